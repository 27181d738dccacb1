"""When the start of a run was set, the start that people agreed to, and looks at phone numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0048_phone_windows"
down_revision = "0042_run_invitations"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    for name in ("starts_set_at", "steady_starts_at", "steady_until"):
        op.add_column("runs", sa.Column(name, TIME, nullable=True))
    op.add_column("participations", sa.Column("agreed_starts_at", TIME, nullable=True))
    op.create_table(
        "phone_looks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("organiser_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.Column("created_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_phone_looks_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["organiser_id"], ["people.id"], name=op.f("fk_phone_looks_organiser_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_phone_looks_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_looks")),
        sa.UniqueConstraint(
            "run_id", "organiser_id", "person_id", name=op.f("uq_phone_looks_run_id_organiser_id_person_id")
        ),
    )
    op.create_index("ix_phone_looks_person_id_created_at", "phone_looks", ["person_id", "created_at", "id"])
    op.create_index("ix_phone_looks_organiser_id", "phone_looks", ["organiser_id"])


def downgrade() -> None:
    op.drop_table("phone_looks")
    op.drop_column("participations", "agreed_starts_at")
    for name in ("steady_until", "steady_starts_at", "starts_set_at"):
        op.drop_column("runs", name)
