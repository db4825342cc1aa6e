"""Tortoise's own migrations; one set serves SQLite and PostgreSQL, and is applied whole or not at all.

Writing one (`.venv/bin/tortoise makemigrations -n what_it_does`): give new columns a `db_default`; after an AlterField name
the table's indexes and composite uniques again in RunSQL('CREATE … INDEX IF NOT EXISTS …'), for on SQLite Tortoise
rebuilds the table without them (the drift test of tests/models/test_migrations.py finds it).
"""
