"""Lists of invoices: reading, reviewing, deciding."""
