"""Let suggestions be stopped and resumed, and keep who did so when and why."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_stop"
down_revision = "20261122_jobs"
branch_labels = None
depends_on = None


def upgrade() -> None:
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
    op.execute("GRANT SELECT, INSERT, UPDATE ON suggestion_stop TO triage_app")


def downgrade() -> None:
    op.drop_table("suggestion_stop")
