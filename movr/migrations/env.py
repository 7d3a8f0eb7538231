"""Run by Alembic for each of its commands: gives it the connection of upgrade.py."""

from alembic import context

context.configure(**context.config.attributes["options"])
with context.begin_transaction():
    context.run_migrations()
