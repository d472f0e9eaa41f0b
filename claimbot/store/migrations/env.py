"""Run the migrations in the transaction that `claimbot.store.schema.upgrade` holds open."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
