"""What Slack shows: pure views of answers as Block Kit. What people typed is data here and never markup."""
