"""Flags of activities: a reason is deleted with the account of who gave it."""

from alembic import op

revision = "0155_reasons_of_flags"
down_revision = "0140_deadlines"
branch_labels = None
depends_on = None

TABLE, NAME = "activity_flags", "ck_activity_flags_reason_length"


def upgrade() -> None:
    op.drop_constraint(op.f(NAME), TABLE, type_="check")
    op.create_check_constraint(op.f(NAME), TABLE, "reason = '' OR char_length(reason) BETWEEN 3 AND 500")


def downgrade() -> None:
    op.execute("UPDATE activity_flags SET reason = '...' WHERE reason = ''")
    op.drop_constraint(op.f(NAME), TABLE, type_="check")
    op.create_check_constraint(op.f(NAME), TABLE, "char_length(reason) BETWEEN 3 AND 500")
