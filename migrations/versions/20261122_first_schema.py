"""Lay the tables, give the program a role of its own, show each person their areas' rows only, and add the job queue.

The queue is procrastinate's, exactly as the library ships it. A test holds the digest of that schema: a new version of
the library with another schema needs a migration of its own.
"""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision = "20261122_first_schema"
down_revision = None
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
        "letter_receipt",
        "contact",
        "audit_event",
        "emergency_access",
        "shadow_recommendation",
        "engine_archive",
    ],
    "SELECT, INSERT, UPDATE": [
        "message",
        "referral",
        "information_request",
        "consent",
        "app_user",
        "session",
        "suggestion_stop",
        "reading",
    ],
    "SELECT, INSERT, DELETE": [
        "data_key",
        "search_term",
        "letter_underway",
        "draft",
        "saved_view",
        "contract_specialist",
    ],
    "SELECT, INSERT, UPDATE, DELETE": ["report_file"],
    "SELECT, UPDATE": ["audit_head"],
}

# Set for one transaction: `*` for the program itself, areas with commas between for a person, nothing for nobody.
# Each is a subquery, so that it is worked out once for a query and not for each row.
AREAS = "(SELECT current_setting('triage.areas', true))"
LIST = "(SELECT string_to_array(current_setting('triage.areas', true), ','))::text[]"
EVERYTHING = f"{AREAS} = '*'"
# A referral whose area nobody knows yet is shown to everyone who sees any referral, so that it is not lost.
OWN_AREA = f"{AREAS} <> '' AND (area IS NULL OR area = ANY ({LIST}))"

# Another department's referral, for whoever gave a reason to see it, and for as long as that lasts. Read only.
BROKEN_GLASS = """
CREATE POLICY broken_glass ON referral FOR SELECT USING (id IN (
    SELECT referral_id FROM emergency_access WHERE username = current_setting('triage.user', true) AND until > now()))
"""
OWN_ACCESS = "username = current_setting('triage.user', true)"

OUR_TABLES = [*{name for tables in RIGHTS.values() for name in tables} - {"alembic_version"}]

# A row is visible when the row that it belongs to is.
PARENTS = {
    "attachment": ("referral", "referral_id"),
    "search_term": ("referral", "referral_id"),
    "recommendation": ("referral", "referral_id"),
    "shadow_recommendation": ("referral", "referral_id"),
    "decision": ("referral", "referral_id"),
    "information_request": ("referral", "referral_id"),
    "letter": ("referral", "referral_id"),
    "consent": ("referral", "referral_id"),
    "contact": ("referral", "referral_id"),
    "reading": ("referral", "referral_id"),
    "draft": ("referral", "referral_id"),
    "decision_undone": ("decision", "decision_id"),
    "dispatch": ("letter", "letter_id"),
    "letter_receipt": ("letter", "letter_id"),
    "letter_underway": ("letter", "letter_id"),
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

JOB_TABLES = ("procrastinate_periodic_defers", "procrastinate_events", "procrastinate_jobs", "procrastinate_workers")

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
    lay_the_tables()
    guard_the_rows()
    run(SchemaManager.get_schema())
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(JOB_TABLES)} TO triage_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO triage_app")


def lay_the_tables() -> None:
    op.create_table(
        "app_user",
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("hpr", sa.Text(), nullable=True),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("areas", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_app_user")),
    )
    op.create_table(
        "audit_event",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous_mac", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_event")),
    )
    op.create_index("ix_audit_event_actor", "audit_event", ["actor", "at"], unique=False)
    op.create_index(
        "ix_audit_event_referrals",
        "audit_event",
        [sa.text("(details['referrals'])")],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index("ix_audit_event_subject", "audit_event", ["subject", "sequence"], unique=False)
    op.create_index(
        "ix_audit_event_rare",
        "audit_event",
        ["action", "subject", "actor"],
        unique=False,
        postgresql_where=sa.text("action IN ('destroyed', 'held', 'hold_ended', 'purpose_read')"),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "data_key",
        sa.Column("owner", sa.Uuid(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_data_key")),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("label", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("format", sa.Text(), nullable=True),
        sa.Column("sender_key", sa.Text(), nullable=True),
        sa.Column("sender_message_id", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("deviations", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("receipt", sa.LargeBinary(), nullable=True),
        sa.Column("duplicate_of", sa.Uuid(), nullable=True),
        sa.Column("handled_by", sa.Text(), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('registered', 'tray', 'duplicate', 'refused')", name=op.f("ck_message_outcome")
        ),
        sa.ForeignKeyConstraint(["duplicate_of"], ["message.id"], name=op.f("fk_message_duplicate_of")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index(
        "ix_message_first_sha256", "message", ["sha256"], unique=True, postgresql_where=sa.text("duplicate_of IS NULL")
    )
    op.create_index("ix_message_sender_id", "message", ["sender_key", "sender_message_id"], unique=False)
    op.create_index(
        "ix_message_tray",
        "message",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("outcome IN ('tray', 'refused') AND handled_at IS NULL"),
    )
    op.create_index(
        "ix_message_unread", "message", ["received_at"], unique=False, postgresql_where=sa.text("outcome IS NULL")
    )
    op.create_table(
        "referral",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("requested", sa.Text(), nullable=True),
        sa.Column("age", sa.SmallInteger(), nullable=True),
        sa.Column("sex", sa.Text(), nullable=True),
        sa.Column("municipality", sa.Text(), nullable=True),
        sa.Column("referrer", sa.Text(), nullable=True),
        sa.Column("sender_key", sa.Text(), nullable=True),
        sa.Column("sender_organisation", sa.Text(), nullable=True),
        sa.Column("stated_urgency", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), server_default="new", nullable=False),
        sa.Column("test_message", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("patient_key", sa.LargeBinary(), nullable=True),
        sa.Column("content_key", sa.LargeBinary(), nullable=False),
        sa.Column("duplicate_of", sa.Uuid(), nullable=True),
        sa.Column("bounce_of", sa.Uuid(), nullable=True),
        sa.Column("sent_date", sa.Date(), nullable=True),
        sa.Column("first_received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seniority_date", sa.Date(), nullable=True),
        sa.Column("clock_start", sa.Date(), nullable=False),
        sa.Column("assessment_due", sa.Date(), nullable=False),
        sa.Column("recommendation_id", sa.Uuid(), nullable=True),
        sa.Column("pathway", sa.Text(), nullable=True),
        sa.Column("unsure", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("rules", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("queue_rank", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("prepared_by", sa.Text(), nullable=True),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("area IN ('endoscopy', 'eye', 'ent')", name=op.f("ck_referral_area")),
        sa.CheckConstraint("kind IN ('new', 'change', 'cancel', 'addition')", name=op.f("ck_referral_kind")),
        sa.CheckConstraint("language IN ('nb', 'nn')", name=op.f("ck_referral_language")),
        sa.CheckConstraint(
            "pathway IN ("
            "'emergency', 'cancer_pathway', 'hospital', 'contract_specialist', 'primary_care', "
            "'more_information')",
            name=op.f("ck_referral_pathway"),
        ),
        sa.CheckConstraint("sex IN ('female', 'male')", name=op.f("ck_referral_sex")),
        sa.CheckConstraint(
            "stated_urgency IN ('routine', 'urgent', 'emergency', 'cancer_pathway')",
            name=op.f("ck_referral_stated_urgency"),
        ),
        sa.CheckConstraint("status IN ('open', 'decided', 'closed')", name=op.f("ck_referral_status")),
        sa.ForeignKeyConstraint(["bounce_of"], ["referral.id"], name=op.f("fk_referral_bounce_of")),
        sa.ForeignKeyConstraint(["duplicate_of"], ["referral.id"], name=op.f("fk_referral_duplicate_of")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_referral_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
    )
    op.create_index(
        "ix_referral_claimed_by",
        "referral",
        ["claimed_by"],
        unique=False,
        postgresql_where=sa.text("claimed_by IS NOT NULL"),
    )
    op.create_index("ix_referral_first_received_at", "referral", ["first_received_at"], unique=False)
    op.create_index("ix_referral_patient_key", "referral", ["patient_key"], unique=False)
    op.create_index(
        "ix_referral_deadline",
        "referral",
        ["assessment_due", "first_received_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(
        "ix_referral_queue",
        "referral",
        ["queue_rank", "assessment_due", "first_received_at", "id"],
        unique=False,
        postgresql_include=["area", "pathway", "unsure", "bounce_of", "claimed_by"],
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index("uq_referral_message_id_ordinal", "referral", ["message_id", "ordinal"], unique=True)
    op.create_table(
        "session",
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_action_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["username"], ["app_user.username"], name=op.f("fk_session_username")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_username"), "session", ["username"], unique=False)
    op.create_table(
        "attachment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.SmallInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_attachment_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index("uq_attachment_referral_id_ordinal", "attachment", ["referral_id", "ordinal"], unique=True)
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_consent_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_referral_id"), "consent", ["referral_id"], unique=False)
    op.create_table(
        "contract_specialist",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("waiting_weeks", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_specialist")),
    )
    op.create_table(
        "information_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_information_request_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_information_request")),
    )
    op.create_index(op.f("ix_information_request_referral_id"), "information_request", ["referral_id"], unique=False)
    op.create_table(
        "recommendation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pathway", sa.Text(), nullable=False),
        sa.Column("confident", sa.Boolean(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "pathway IN ("
            "'emergency', 'cancer_pathway', 'hospital', 'contract_specialist', 'primary_care', "
            "'more_information')",
            name=op.f("ck_recommendation_pathway"),
        ),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_recommendation_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendation")),
    )
    op.create_index(op.f("ix_recommendation_made_at"), "recommendation", ["made_at"], unique=False)
    op.create_index("uq_recommendation_referral_id_digest", "recommendation", ["referral_id", "digest"], unique=True)
    op.create_foreign_key("fk_referral_recommendation_id", "referral", "recommendation", ["recommendation_id"], ["id"])
    op.create_table(
        "shadow_recommendation",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pathway", sa.Text(), nullable=False),
        sa.Column("confident", sa.Boolean(), nullable=False),
        sa.Column("probabilities", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_shadow_recommendation_referral_id")),
        sa.PrimaryKeyConstraint("referral_id", "model", name=op.f("pk_shadow_recommendation")),
    )
    op.create_table(
        "engine_archive",
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("label", name=op.f("pk_engine_archive")),
    )
    op.create_table(
        "search_term",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("term", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_search_term_referral_id")),
        sa.PrimaryKeyConstraint("referral_id", "term", name=op.f("pk_search_term")),
    )
    op.create_index(op.f("ix_search_term_term"), "search_term", ["term"], unique=False)
    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("criteria", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrects", sa.Uuid(), nullable=True),
        sa.Column("recommendation_id", sa.Uuid(), nullable=True),
        sa.Column("disagreement", sa.Text(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("area IN ('endoscopy', 'eye', 'ent')", name=op.f("ck_decision_area")),
        sa.CheckConstraint(
            "outcome IN ('right_granted', 'right_refused', 'forwarded', 'emergency_handled', 'misdirected')",
            name=op.f("ck_decision_outcome"),
        ),
        sa.CheckConstraint(
            "place IN ('own_department', 'other_hospital', 'private_supplier', 'contract_specialist')",
            name=op.f("ck_decision_place"),
        ),
        sa.ForeignKeyConstraint(["corrects"], ["decision.id"], name=op.f("fk_decision_corrects")),
        sa.ForeignKeyConstraint(
            ["recommendation_id"], ["recommendation.id"], name=op.f("fk_decision_recommendation_id")
        ),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_decision_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("corrects", name=op.f("uq_decision_corrects")),
    )
    op.create_index(op.f("ix_decision_decided_at"), "decision", ["decided_at"], unique=False)
    op.create_index(op.f("ix_decision_referral_id"), "decision", ["referral_id"], unique=False)
    op.create_table(
        "decision_undone",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_decision_undone_decision_id")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decision_undone")),
    )
    op.create_table(
        "letter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("information_request_id", sa.Uuid(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("pdf_sha256", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("html", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "kind IN ("
            "'right_granted', 'right_refused', 'granted_at_contract_specialist', "
            "'refused_see_contract_specialist', 'consent_request', 'forwarded', "
            "'information_request', 'emergency', 'misdirected', 'correction', 'deadline_breach', "
            "'closing_question')",
            name=op.f("ck_letter_kind"),
        ),
        sa.CheckConstraint("language IN ('nb', 'nn')", name=op.f("ck_letter_language")),
        sa.CheckConstraint("recipient IN ('patient', 'referrer')", name=op.f("ck_letter_recipient")),
        sa.CheckConstraint("num_nonnulls(decision_id, information_request_id) = 1", name=op.f("ck_letter_one_cause")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_letter_decision_id")),
        sa.ForeignKeyConstraint(
            ["information_request_id"], ["information_request.id"], name=op.f("fk_letter_information_request_id")
        ),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_letter_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
    )
    op.create_index(op.f("ix_letter_referral_id"), "letter", ["referral_id"], unique=False)
    op.create_index("uq_letter_decision_id_recipient", "letter", ["decision_id", "recipient"], unique=True)
    op.create_index(
        "uq_letter_information_request_id_recipient", "letter", ["information_request_id", "recipient"], unique=True
    )
    op.create_table(
        "dispatch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_dispatch_letter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch")),
    )
    op.create_index(op.f("ix_dispatch_letter_id"), "dispatch", ["letter_id"], unique=False)
    op.create_table(
        "letter_underway",
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_letter_underway_letter_id")),
        sa.PrimaryKeyConstraint("letter_id", name=op.f("pk_letter_underway")),
    )
    op.create_table(
        "letter_receipt",
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_letter_receipt_letter_id")),
        sa.PrimaryKeyConstraint("letter_id", "accepted", name=op.f("pk_letter_receipt")),
    )
    op.create_table(
        "suggestion_stop",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stopped_by", sa.Text(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("resumed_by", sa.Text(), nullable=True),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion_stop")),
    )
    op.create_index(
        "uq_suggestion_stop_holds",
        "suggestion_stop",
        [sa.text("(resumed_at IS NULL)")],
        unique=True,
        postgresql_where=sa.text("resumed_at IS NULL"),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_contact_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_index(op.f("ix_contact_referral_id"), "contact", ["referral_id"])
    op.create_table(
        "reading",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("holds_letters", sa.Boolean(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_of", sa.Text(), nullable=True),
        sa.Column("question", sa.LargeBinary(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=True),
        sa.Column("reader_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("comment", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("kind IN ('drawn', 'refused_red', 'opinion', 'first')", name=op.f("ck_reading_kind")),
        sa.CheckConstraint(
            "outcome IN ('right_granted', 'right_refused', 'forwarded', 'emergency_handled', 'misdirected')",
            name=op.f("ck_reading_outcome"),
        ),
        sa.CheckConstraint("(answered_at IS NULL) = (outcome IS NULL)", name=op.f("ck_reading_answered")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_reading_decision_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_reading_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
    )
    op.create_index(op.f("ix_reading_referral_id"), "reading", ["referral_id"])
    op.create_index(op.f("ix_reading_decision_id"), "reading", ["decision_id"])
    op.create_index("ix_reading_waiting", "reading", ["asked_at"], postgresql_where=sa.text("answered_at IS NULL"))
    op.create_index(
        "uq_reading_first",
        "reading",
        ["referral_id", "asked_by"],
        unique=True,
        postgresql_where=sa.text("kind = 'first'"),
    )
    op.create_table(
        "report_file",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_report_file")),
    )
    op.create_table(
        "emergency_access",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_emergency_access_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_access")),
    )
    op.create_index("ix_emergency_access_username", "emergency_access", ["username", "until"])
    op.create_table(
        "draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("form", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_draft_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
    )
    op.create_index("uq_draft_referral_id_username", "draft", ["referral_id", "username"], unique=True)
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["username"], ["app_user.username"], name=op.f("fk_saved_view_username")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("username", "name", name=op.f("uq_saved_view_username")),
    )


def guard_the_rows() -> None:
    op.execute(MAKE_ROLE)
    op.execute("GRANT USAGE ON SCHEMA public TO triage_app")
    for rights, tables in RIGHTS.items():
        op.execute(f"GRANT {rights} ON {', '.join(tables)} TO triage_app")
    guard("referral", OWN_AREA)
    guard("message", MESSAGE)
    guard("emergency_access", OWN_ACCESS)
    op.execute(BROKEN_GLASS)
    for table, (parent, key) in PARENTS.items():
        found = f"EXISTS (SELECT FROM {parent} WHERE {parent}.id = {table}.{key}"
        # Whoever broke the glass reads, and writes nothing.
        guard(table, f"{found})", writable=f"{found} AND {OWN_AREA})" if parent == "referral" else "")
    op.execute("INSERT INTO audit_head (id, sequence, mac) VALUES (1, 0, '')")
    op.execute(NEVER)
    op.execute(ONLY_EVER_ADDED_TO)


def guard(table: str, visible: str, *, writable: str = "") -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    check = f" WITH CHECK ({EVERYTHING} OR ({writable}))" if writable else ""
    op.execute(f"CREATE POLICY areas ON {table} USING ({EVERYTHING} OR ({visible})){check}")


def downgrade() -> None:
    """The role belongs to the server, and other databases there may use it: it stays, without rights here."""
    op.execute(f"DROP TABLE {', '.join([*JOB_TABLES, *OUR_TABLES])} CASCADE")
    run(DROP_THE_REST)
    op.execute("DROP FUNCTION triage_never")
    op.execute("REVOKE ALL ON alembic_version FROM triage_app")
    op.execute("REVOKE USAGE ON SCHEMA public FROM triage_app")


def run(script: str) -> None:
    """Several statements with colons and percent signs in them: straight to the driver, which leaves them alone."""
    op.get_bind().connection.driver_connection.execute(script)
