"""What runs the product: command line, settings, composition root and sandbox; the Slack front is in slack/."""
