"""Add procrastinate's tables and functions, exactly as the library ships them.

A test holds the digest of that schema: a new version of the library with another schema needs a migration of its own.
"""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "20261122_jobs"
down_revision = "20261122_guards"
branch_labels = None
depends_on = None

TABLES = ("procrastinate_periodic_defers", "procrastinate_events", "procrastinate_jobs", "procrastinate_workers")

DROP_THE_REST = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT oid::regprocedure FROM pg_proc WHERE proname LIKE 'procrastinate\\_%' LOOP
        EXECUTE 'DROP FUNCTION ' || name || ' CASCADE';
    END LOOP;
    FOR name IN SELECT oid::regtype FROM pg_type WHERE typname LIKE 'procrastinate\\_%' AND typtype IN ('e', 'c') LOOP
        EXECUTE 'DROP TYPE ' || name || ' CASCADE';
    END LOOP;
END $$
"""


def upgrade() -> None:
    run(SchemaManager.get_schema())
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(TABLES)} TO triage_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO triage_app")


def downgrade() -> None:
    op.execute(f"DROP TABLE {', '.join(TABLES)} CASCADE")
    run(DROP_THE_REST)


def run(script: str) -> None:
    """Several statements with colons and percent signs in them: straight to the driver, which leaves them alone."""
    op.get_bind().connection.driver_connection.execute(script)
