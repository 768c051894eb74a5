"""Keep who prepared a referral for the doctors, and what was said on the phone about it."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_prepare"
down_revision = "20261122_stop"
branch_labels = None
depends_on = None

EVERYTHING = "(SELECT current_setting('triage.areas', true)) = '*'"
VISIBLE = "EXISTS (SELECT FROM referral WHERE referral.id = contact.referral_id)"


def upgrade() -> None:
    op.add_column("referral", sa.Column("prepared_by", sa.Text(), nullable=True))
    op.add_column("referral", sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True))
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
    op.execute("GRANT SELECT, INSERT ON contact TO triage_app")
    op.execute("ALTER TABLE contact ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE contact FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY areas ON contact USING ({EVERYTHING} OR {VISIBLE})")


def downgrade() -> None:
    op.drop_table("contact")
    op.drop_column("referral", "prepared_at")
    op.drop_column("referral", "prepared_by")
