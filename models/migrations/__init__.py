"""Tortoise's own migrations; one set serves SQLite and PostgreSQL."""
