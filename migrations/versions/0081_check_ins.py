"""Members of crews check in once a period."""

import sqlalchemy as sa
from alembic import op

revision = "0081_check_ins"
down_revision = "0084_people_by_name"
branch_labels = None
depends_on = None

SCALES = ("productive", "satisfied", "body", "care")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "check_ins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=True),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        *(sa.Column(name, sa.SmallInteger(), nullable=False) for name in SCALES),
        sa.Column(
            "score",
            sa.SmallInteger(),
            sa.Computed("productive + satisfied + body - care", persisted=True),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("mood", sa.Text(), server_default="", nullable=False),
        sa.Column("energy", sa.SmallInteger(), nullable=True),
        sa.Column("health", sa.Text(), server_default="well", nullable=False),
        sa.Column("sharing", sa.Text(), server_default="private", nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        *(sa.CheckConstraint(f"{name} BETWEEN 1 AND 10", name=op.f(f"ck_check_ins_{name}")) for name in SCALES),
        sa.CheckConstraint("energy BETWEEN 1 AND 5", name=op.f("ck_check_ins_energy")),
        sa.CheckConstraint("char_length(note) <= 1000", name=op.f("ck_check_ins_note_length")),
        sa.CheckConstraint("char_length(mood) <= 8", name=op.f("ck_check_ins_mood_length")),
        sa.CheckConstraint("health IN ('well', 'ill', 'injured')", name=op.f("ck_check_ins_health")),
        sa.CheckConstraint("sharing IN ('crew', 'private')", name=op.f("ck_check_ins_sharing")),
        sa.CheckConstraint("period_from < period_to", name=op.f("ck_check_ins_period")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_check_ins_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["crew_id"], ["crews.id"], name=op.f("fk_check_ins_crew_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_ins")),
        sa.UniqueConstraint(
            "person_id", "crew_id", "period_from", name=op.f("uq_check_ins_person_id_crew_id_period_from")
        ),
    )
    op.create_index("ix_check_ins_person_id_period_from", "check_ins", ["person_id", "period_from", "id"])
    op.create_index(
        "ix_check_ins_crew_id_period_from",
        "check_ins",
        ["crew_id", "period_from", "id"],
        postgresql_where=sa.text("sharing = 'crew'"),
    )
    op.create_index("ix_check_ins_crew_id", "check_ins", ["crew_id"])


def downgrade() -> None:
    op.drop_table("check_ins")
