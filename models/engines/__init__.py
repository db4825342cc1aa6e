"""Tortoise's two engines, made safe against cancelled tasks and plain about trouble.

The stock engines hang the whole process when a task is cancelled while it enters a transaction (tortoise-orm issue
#1152): on SQLite the lock stays taken, on PostgreSQL the connection never returns to the pool. Here every beginning and
every end of a transaction is seen through, however often its task is cancelled. Both modules lean on private names of
tortoise-orm 1.1, hence the narrow pin and the cancel-storm test. Tortoise chooses its migration dialect by the module's
name, so the names hold sqlite and asyncpg.
"""
