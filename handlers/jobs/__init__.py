"""What we owe, one kind a file: each an idempotent step that the worker claims and runs."""
