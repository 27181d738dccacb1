"""Features register the kinds of notifications: the database lists them no longer."""

from alembic import op

revision = "0035_notification_kinds"
down_revision = "0034_resting_handles"
branch_labels = None
depends_on = None

TYPES = (
    "interest_received",
    "interest_accepted",
    "interest_ended",
    "run_joined",
    "run_promoted",
    "run_changed",
    "run_cancelled",
    "account_security",
    "run_offered",
    "run_requested",
    "run_approved",
    "run_declined",
    "run_set",
    "run_reminder",
    "run_still_in",
    "organiser_message",
    "run_handed_over",
    "run_organiser",
    "run_comment",
    "series_changed",
    "home_safe",
    "export_ready",
    "phone_changed",
    "email_changed",
    "person_leaving",
    "contact_seen",
    "report_decided",
)


def upgrade() -> None:
    op.drop_constraint("ck_notifications_type", "notifications")


def downgrade() -> None:
    # Not validated: rows of kinds that came later may stay, and none is read while the table is locked.
    op.create_check_constraint(
        op.f("ck_notifications_type"),
        "notifications",
        f"type IN ({', '.join(map(repr, TYPES))})",
        postgresql_not_valid=True,
    )
