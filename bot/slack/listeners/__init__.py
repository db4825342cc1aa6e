"""What people do in Slack, one file for each of its features."""
