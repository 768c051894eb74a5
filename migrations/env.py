"""Run by Alembic, always in-process and on the connection that `triage.store.migrating` gives it."""

from alembic import context

from triage.store.tables import Table


def ours(name: str | None, kind: str, _parents: object) -> bool:
    """Tables and columns, which the mapped classes repeat. The job tables are procrastinate's own."""
    return kind in ("schema", "table", "column") and not (name or "").startswith("procrastinate_")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    include_name=ours,
    transaction_per_migration=False,
)
context.run_migrations()
