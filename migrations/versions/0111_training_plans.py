"""Training plans, who belongs to them, their milestones, and the plan of an activity."""

import sqlalchemy as sa
from alembic import op

revision = "0111_training_plans"
down_revision = "0110_training"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "training_plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("visibility", sa.Text(), server_default="private", nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 100", name=op.f("ck_training_plans_name_length")),
        sa.CheckConstraint("char_length(description) <= 2000", name=op.f("ck_training_plans_description_length")),
        sa.CheckConstraint("visibility IN ('private', 'members', 'public')", name=op.f("ck_training_plans_visibility")),
        sa.CheckConstraint(
            "status IN ('planned', 'active', 'on_hold', 'completed', 'archived')", name=op.f("ck_training_plans_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_plans")),
    )
    op.create_table(
        "training_plan_members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), server_default="contributor", nullable=False),
        sa.Column("status", sa.Text(), server_default="invited", nullable=False),
        sa.Column("invited_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("role IN ('owner', 'contributor', 'viewer')", name=op.f("ck_training_plan_members_role")),
        sa.CheckConstraint("status IN ('invited', 'joined')", name=op.f("ck_training_plan_members_status")),
        sa.CheckConstraint("role <> 'owner' OR status = 'joined'", name=op.f("ck_training_plan_members_owner")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["training_plans.id"], name=op.f("fk_training_plan_members_plan_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_training_plan_members_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["people.id"], name=op.f("fk_training_plan_members_invited_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_plan_members")),
        sa.UniqueConstraint("plan_id", "person_id", name=op.f("uq_training_plan_members_plan_id_person_id")),
    )
    op.create_index(
        "uq_training_plan_members_owner",
        "training_plan_members",
        ["plan_id"],
        unique=True,
        postgresql_where=sa.text("role = 'owner'"),
    )
    op.create_index("ix_training_plan_members_person_id", "training_plan_members", ["person_id", "plan_id"])
    op.create_index("ix_training_plan_members_invited_by_id", "training_plan_members", ["invited_by_id"])
    op.create_table(
        "training_milestones",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 100", name=op.f("ck_training_milestones_name_length")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["training_plans.id"], name=op.f("fk_training_milestones_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_milestones")),
    )
    op.create_index("ix_training_milestones_plan_id", "training_milestones", ["plan_id", "due_on", "id"])
    op.add_column("activities", sa.Column("plan_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_activities_plan_id"), "activities", "training_plans", ["plan_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index("ix_activities_plan_id", "activities", ["plan_id", "started_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_activities_plan_id", "activities")
    op.drop_column("activities", "plan_id")
    for table in ("training_milestones", "training_plan_members", "training_plans"):
        op.drop_table(table)
