"""Let a role be given in some areas only, and sessions that are long over be forgotten."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122_roles_in_areas"
down_revision = "20261122_first_schema"
branch_labels = None
depends_on = None


def upgrade() -> None:
    grants = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("app_user", sa.Column("grants", grants, server_default=sa.text("'[]'"), nullable=False))
    op.execute("GRANT DELETE ON session TO triage_app")


def downgrade() -> None:
    op.execute("REVOKE DELETE ON session FROM triage_app")
    op.drop_column("app_user", "grants")
