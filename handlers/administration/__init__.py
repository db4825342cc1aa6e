"""What admins change while the product runs: settings, accounts, people, notifications; and the trail of it."""
