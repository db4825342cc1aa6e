"""What payers see, and everything that is Stripe's: pages, checkout, webhook."""
