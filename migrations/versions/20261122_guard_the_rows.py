"""Give the program a role of its own, show each person their areas' rows only, and close the audit log for changes."""

from alembic import op

revision = "20261122_guards"
down_revision = "20261122_tables"
branch_labels = None
depends_on = None

MAKE_ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'triage_app') THEN
        CREATE ROLE triage_app NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
    END IF;
    IF NOT pg_has_role(current_user, 'triage_app', 'SET') THEN
        GRANT triage_app TO current_user;
    END IF;
END $$
"""

RIGHTS = {
    "SELECT": ["alembic_version"],
    "SELECT, INSERT": [
        "recommendation",
        "decision",
        "decision_undone",
        "letter",
        "attachment",
        "dispatch",
        "audit_event",
    ],
    "SELECT, INSERT, UPDATE": ["message", "referral", "information_request", "consent", "app_user", "session"],
    "SELECT, INSERT, DELETE": ["data_key", "search_term"],
    "SELECT, UPDATE": ["audit_head"],
}

# Set for one transaction: `*` for the program itself, areas with commas between for a person, nothing for nobody.
# Each is a subquery, so that it is worked out once for a query and not for each row.
AREAS = "(SELECT current_setting('triage.areas', true))"
LIST = "(SELECT string_to_array(current_setting('triage.areas', true), ','))::text[]"
EVERYTHING = f"{AREAS} = '*'"
# A referral whose area nobody knows yet is shown to everyone who sees any referral, so that it is not lost.
OWN_AREA = f"{AREAS} <> '' AND (area IS NULL OR area = ANY ({LIST}))"

# A row is visible when the row that it belongs to is.
PARENTS = {
    "attachment": ("referral", "referral_id"),
    "search_term": ("referral", "referral_id"),
    "recommendation": ("referral", "referral_id"),
    "decision": ("referral", "referral_id"),
    "information_request": ("referral", "referral_id"),
    "letter": ("referral", "referral_id"),
    "consent": ("referral", "referral_id"),
    "decision_undone": ("decision", "decision_id"),
    "dispatch": ("letter", "letter_id"),
}

# What waits in the tray has no area; a person must see it. The rest is seen through its referrals.
MESSAGE = f"""
{AREAS} <> '' AND (outcome IN ('tray', 'refused')
                   OR EXISTS (SELECT FROM referral WHERE referral.message_id = message.id))
"""

NEVER = """
CREATE FUNCTION triage_never() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only ever added to';
END $$
"""

ONLY_EVER_ADDED_TO = """
CREATE TRIGGER only_ever_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
    EXECUTE FUNCTION triage_never()
"""


def upgrade() -> None:
    op.execute(MAKE_ROLE)
    op.execute("GRANT USAGE ON SCHEMA public TO triage_app")
    for rights, tables in RIGHTS.items():
        op.execute(f"GRANT {rights} ON {', '.join(tables)} TO triage_app")
    guard("referral", OWN_AREA)
    guard("message", MESSAGE)
    for table, (parent, key) in PARENTS.items():
        guard(table, f"EXISTS (SELECT FROM {parent} WHERE {parent}.id = {table}.{key})")
    op.execute("INSERT INTO audit_head (id, sequence, mac) VALUES (1, 0, '')")
    op.execute(NEVER)
    op.execute(ONLY_EVER_ADDED_TO)


def guard(table: str, visible: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY areas ON {table} USING ({EVERYTHING} OR ({visible}))")


def downgrade() -> None:
    op.execute("DROP TRIGGER only_ever_added_to ON audit_event")
    op.execute("DROP FUNCTION triage_never")
    op.execute("DELETE FROM audit_head")
    for table in ["message", "referral", *PARENTS]:
        op.execute(f"DROP POLICY areas ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    # The role belongs to the server, and other databases there may use it: it stays, without rights here.
    for tables in RIGHTS.values():
        op.execute(f"REVOKE ALL ON {', '.join(tables)} FROM triage_app")
    op.execute("REVOKE USAGE ON SCHEMA public FROM triage_app")
