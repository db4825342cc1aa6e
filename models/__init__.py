"""Plain values and the tables that keep them. Knows no front and no vendor."""
