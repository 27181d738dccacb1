"""Where the shifts of a duty are, and how somebody showed that they were there."""

import sqlalchemy as sa
from alembic import op

revision = "0103_being_at_a_duty"
down_revision = "0112_training_goals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("duty_schedules", sa.Column("latitude", sa.Double))
    op.add_column("duty_schedules", sa.Column("longitude", sa.Double))
    op.add_column("duty_schedules", sa.Column("within_m", sa.SmallInteger, nullable=False, server_default="150"))
    op.create_check_constraint("within_m", "duty_schedules", "within_m BETWEEN 20 AND 5000")
    op.create_check_constraint(
        "point",
        "duty_schedules",
        "num_nulls(latitude, longitude) IN (0, 2) AND latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180",
    )
    op.add_column("duty_bookings", sa.Column("attendance_how", sa.Text))
    op.create_check_constraint(
        "attendance_how", "duty_bookings", "attendance_how IS NULL OR attendance_how IN ('code', 'place')"
    )


def downgrade() -> None:
    """Remove the columns."""
    op.drop_column("duty_bookings", "attendance_how")
    for name in ("within_m", "longitude", "latitude"):
        op.drop_column("duty_schedules", name)
