"""Invitations to organise or own a run, which the invited person accepts or declines."""

import sqlalchemy as sa
from alembic import op

revision = "0042_run_invitations"
down_revision = "0043_hidden_zones"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("for_series", "takes_over"):
        op.add_column("run_organisers", sa.Column(name, sa.Boolean(), server_default="false", nullable=False))
    op.create_table(
        "run_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("asker_id", sa.Uuid(), nullable=False),
        sa.Column("with_series", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("stays", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role IN ('organiser', 'owner')", name=op.f("ck_run_invitations_role")),
        sa.CheckConstraint("(person_id IS NULL) <> (phone IS NULL)", name=op.f("ck_run_invitations_one_person")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_invitations_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_run_invitations_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["asker_id"], ["people.id"], name=op.f("fk_run_invitations_asker_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_invitations")),
        sa.UniqueConstraint("run_id", "role", "person_id", name=op.f("uq_run_invitations_run_id_role_person_id")),
        sa.UniqueConstraint("run_id", "role", "phone", name=op.f("uq_run_invitations_run_id_role_phone")),
    )
    index("uq_run_invitations_offer", "run_id", unique=True, postgresql_where=sa.text("role = 'owner'"))
    index("ix_run_invitations_person_id", "person_id", postgresql_where=sa.text("person_id IS NOT NULL"))
    index("ix_run_invitations_phone", "phone", postgresql_where=sa.text("phone IS NOT NULL"))
    index("ix_run_invitations_asker_id", "asker_id")
    index("ix_run_invitations_expires_at", "expires_at")
    # People who were asked and have not answered: few rows, and none of them is named anywhere.
    op.execute(
        "INSERT INTO run_invitations (id, run_id, role, person_id, asker_id, expires_at) "
        "SELECT o.id, o.run_id, 'organiser', o.person_id, coalesce(o.added_by_id, r.organiser_id), "
        "now() + interval '14 days' FROM run_organisers o JOIN runs r ON r.id = o.run_id "
        "WHERE o.agreed_at IS NULL"
    )
    op.execute("DELETE FROM run_organisers WHERE agreed_at IS NULL")


def downgrade() -> None:
    op.execute(
        "INSERT INTO run_organisers (id, run_id, person_id, added_by_id) "
        "SELECT id, run_id, person_id, asker_id FROM run_invitations "
        "WHERE role = 'organiser' AND person_id IS NOT NULL AND declined_at IS NULL ON CONFLICT DO NOTHING"
    )
    op.drop_table("run_invitations")
    for name in ("takes_over", "for_series"):
        op.drop_column("run_organisers", name)


def index(name: str, column: str, **options: object) -> None:
    """Create an index of the new table."""
    op.create_index(name, "run_invitations", [column], **options)
