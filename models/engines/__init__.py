"""Tortoise's two engines, made safe against a task that is cancelled while it enters a transaction.

The stock engines hang the whole process then (tortoise-orm issue #1152): on SQLite the lock stays taken, on PostgreSQL
the connection never returns to the pool. Both modules lean on private names of tortoise-orm 1.1, hence the narrow pin and
the cancel-storm test. Tortoise chooses its migration dialect by the module's name, so the names hold sqlite and asyncpg.
"""
