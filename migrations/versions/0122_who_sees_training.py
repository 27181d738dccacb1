"""Who sees activities, their lines and their pulse; the part of a track outside hidden zones."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0122_who_sees_training"
down_revision = "0129_search"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
CIRCLES = "('me', 'companions', 'crew', 'everyone')"
CHOICES = ("visibility", "map_visibility", "heart_visibility")


def upgrade() -> None:
    for circle in CHOICES[1:]:
        op.add_column("activities", sa.Column(circle, sa.Text(), server_default="me", nullable=False))
        op.create_check_constraint(op.f(f"ck_activities_{circle}"), "activities", f"{circle} IN {CIRCLES}")
    for number in ("visible_duration_s", "visible_distance_m", "visible_climb_m"):
        op.add_column("activities", sa.Column(number, sa.Integer(), nullable=True))
    op.create_check_constraint(op.f("ck_activities_visible_duration"), "activities", "visible_duration_s >= 1")
    op.create_table(
        "training_choices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        *(sa.Column(circle, sa.Text(), server_default="me", nullable=False) for circle in CHOICES),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        *(
            sa.CheckConstraint(f"{circle} IN {CIRCLES}", name=op.f(f"ck_training_choices_{circle}"))
            for circle in CHOICES
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_training_choices_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_choices")),
        sa.UniqueConstraint("person_id", name=op.f("uq_training_choices_person_id")),
    )
    op.add_column("activity_timers", sa.Column("pauses", JSONB(), server_default="[]", nullable=False))
    op.add_column("activity_tracks", sa.Column("visible", JSONB(), nullable=True))
    op.add_column("activity_tracks", sa.Column("zones", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("activity_tracks", "zones")
    op.drop_column("activity_tracks", "visible")
    op.drop_column("activity_timers", "pauses")
    op.drop_table("training_choices")
    op.drop_constraint(op.f("ck_activities_visible_duration"), "activities")
    for number in ("visible_climb_m", "visible_distance_m", "visible_duration_s"):
        op.drop_column("activities", number)
    for circle in reversed(CHOICES[1:]):
        op.drop_constraint(op.f(f"ck_activities_{circle}"), "activities")
        op.drop_column("activities", circle)
