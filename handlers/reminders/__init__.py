"""Reminding payers of what they have not paid: by plan, at once, never against their will."""
