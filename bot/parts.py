"""The parts of the product. One process runs all of them, or some (`paylink run --only`)."""

PARTS = ("web", "slack", "mail", "work")
