"""Let a decision be corrected again when its correction was taken back.

That nobody corrects one that is corrected already, `workflow.decide` sees to with the referral locked.
"""

from alembic import op

revision = "20261123_correct_again"
down_revision = "20261122_roles_in_areas"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("uq_decision_corrects", "decision")


def downgrade() -> None:
    op.create_unique_constraint("uq_decision_corrects", "decision", ["corrects"])
