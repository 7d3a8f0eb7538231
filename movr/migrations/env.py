"""Run by Alembic for each of its commands: hands it the connection that upgrade.py has opened."""

from alembic import context

context.configure(**context.config.attributes["options"])
with context.begin_transaction():
    context.run_migrations()
