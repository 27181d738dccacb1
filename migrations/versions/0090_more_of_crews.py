"""More of crews: pictures, sub-groups, versions of the agreement, invitations of numbers, and what operators do."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0090_more_of_crews"
down_revision = "0086_conversations_of_crews"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
# The rows of the sub-group are locked by the update; a sub-group that is deleted counts nobody.
COUNT = """
CREATE FUNCTION count_crew_group_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE crew_groups SET members = members + 1 WHERE id = NEW.group_id;
    ELSE
        UPDATE crew_groups SET members = members - 1 WHERE id = OLD.group_id;
    END IF;
    RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER count_members AFTER INSERT OR DELETE ON crew_group_members
FOR EACH ROW EXECUTE FUNCTION count_crew_group_members()
"""
LOGGED = "created, joined, left, removed, banned, unbanned, muted, unmuted, role, rights, settings, invited, revoked, code, accepted, declined, posted, closed, opened, message"
MORE_LOGGED = f"{LOGGED}, picture, agreement, agreed, group, grouped, numbers, exported, hidden"
REPORTED = "person, card, run, comment, photo, message"
DECISIONS = "nothing, remove, warn, suspend, ban, restore"
DECIDED = (("reports", "decision"), ("moderation_decisions", "decision"))


def upgrade() -> None:
    op.add_column("crews", sa.Column("closed_by_operators", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("crews", sa.Column("hidden_at", MOMENT, nullable=True))
    op.add_column("crews", sa.Column("picture", sa.Text(), nullable=True))
    op.add_column("crews", sa.Column("agreement_version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("crews", sa.Column("agreement_changed_at", MOMENT, nullable=True))
    op.drop_index("ix_crews_listed", "crews")
    op.create_index(
        "ix_crews_listed",
        "crews",
        ["name", "id"],
        postgresql_where="is_listed AND closed_at IS NULL AND hidden_at IS NULL",
    )
    op.add_column("crew_memberships", sa.Column("agreed_version", sa.Integer(), nullable=True))
    op.add_column("crew_memberships", sa.Column("shares_phone", sa.Boolean(), server_default="false", nullable=False))
    op.execute("UPDATE crew_memberships SET agreed_version = 1 WHERE agreed_at IS NOT NULL")
    op.add_column("crew_requests", sa.Column("agreed_version", sa.Integer(), nullable=True))
    _create_groups()
    op.add_column("crew_notices", sa.Column("group_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_crew_notices_group_id"), "crew_notices", "crew_groups", ["group_id"], ["id"], ondelete="CASCADE"
    )
    op.create_index("ix_crew_notices_group_id", "crew_notices", ["group_id"])
    _create_pictures()
    _create_invitations()
    _allow("crew_log", "what", MORE_LOGGED)
    _allow("reports", "kind", f"{REPORTED}, crew, crew_notice, crew_picture")
    for table, column in DECIDED:
        _allow(table, column, DECISIONS.replace("remove,", "remove, hide,"))
    op.execute(COUNT)
    op.execute(TRIGGER)


def _create_groups() -> None:
    op.create_table(
        "crew_groups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="other", nullable=False),
        sa.Column("is_open", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("members", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 40", name=op.f("ck_crew_groups_name_length")),
        sa.CheckConstraint("kind IN ('pace', 'place', 'other')", name=op.f("ck_crew_groups_kind")),
        sa.CheckConstraint("members >= 0", name=op.f("ck_crew_groups_members")),
        sa.ForeignKeyConstraint(["crew_id"], ["crews.id"], name=op.f("fk_crew_groups_crew_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crew_groups")),
    )
    op.create_index("uq_crew_groups_name", "crew_groups", ["crew_id", sa.text("lower(name)")], unique=True)
    op.create_table(
        "crew_group_members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["crew_groups.id"], name=op.f("fk_crew_group_members_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["crew_memberships.id"],
            name=op.f("fk_crew_group_members_membership_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crew_group_members")),
        sa.UniqueConstraint("group_id", "membership_id", name=op.f("uq_crew_group_members_group_id_membership_id")),
    )
    op.create_index("ix_crew_group_members_membership_id", "crew_group_members", ["membership_id"])


def _create_pictures() -> None:
    op.create_table(
        "crew_pictures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("upload", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("widths", postgresql.ARRAY(sa.Integer()), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "reason IN ('not_a_picture', 'heic', 'too_large', 'too_small', 'broken', 'failed', 'avif', 'tiff', 'gif', 'bmp', 'jpeg_xl', 'jpeg_2000', 'svg', 'pdf', 'video')",
            name=op.f("ck_crew_pictures_reason"),
        ),
        sa.CheckConstraint("(widths IS NULL) = (height IS NULL)", name=op.f("ck_crew_pictures_size")),
        sa.CheckConstraint("num_nonnulls(upload, reason, widths) = 1", name=op.f("ck_crew_pictures_one_state")),
        sa.ForeignKeyConstraint(["crew_id"], ["crews.id"], name=op.f("fk_crew_pictures_crew_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_crew_pictures_person_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crew_pictures")),
    )
    op.create_index("ix_crew_pictures_crew_id", "crew_pictures", ["crew_id", "created_at", "id"])
    op.create_index("ix_crew_pictures_person_id", "crew_pictures", ["person_id"])


def _create_invitations() -> None:
    table = "crew_number_invitations"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("inviter_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("number_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("accepted_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("accepted_at IS NULL OR revoked_at IS NULL", name=op.f(f"ck_{table}_one_end")),
        sa.ForeignKeyConstraint(["crew_id"], ["crews.id"], name=op.f(f"fk_{table}_crew_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["inviter_id"], ["people.id"], name=op.f(f"fk_{table}_inviter_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("crew_id", "number_hash", name=op.f(f"uq_{table}_crew_id_number_hash")),
    )
    op.create_index(f"ix_{table}_crew_id", table, ["crew_id", "created_at", "id"])
    op.create_index(f"ix_{table}_number_hash", table, ["number_hash", "created_at"])
    op.create_index(f"ix_{table}_inviter_id", table, ["inviter_id", "created_at", "id"])
    op.create_index(f"ix_{table}_expires_at", table, ["expires_at"])
    op.create_index(f"ix_{table}_unsent", table, ["crew_id", "id"], postgresql_where="sent_at IS NULL")


def _allow(table: str, column: str, words: str) -> None:
    """Have a column take these words, and no others."""
    name = op.f(f"ck_{table}_{column}")
    listed = ", ".join(f"'{word}'" for word in words.split(", "))
    op.drop_constraint(name, table, type_="check")
    op.create_check_constraint(name, table, f"{column} IN ({listed})")


def downgrade() -> None:
    op.execute("DROP TRIGGER count_members ON crew_group_members")
    op.execute("DROP FUNCTION count_crew_group_members()")
    _allow_only("crew_log", "what", LOGGED)
    _allow_only("reports", "kind", REPORTED)
    for table, column in DECIDED:
        op.execute(f"UPDATE {table} SET {column} = 'nothing' WHERE {column} = 'hide'")  # noqa: S608 - of this file
        _allow(table, column, DECISIONS)
    op.drop_table("crew_number_invitations")
    op.drop_table("crew_pictures")
    op.drop_column("crew_notices", "group_id")
    op.drop_table("crew_group_members")
    op.drop_table("crew_groups")
    op.drop_column("crew_requests", "agreed_version")
    for name in ("agreed_version", "shares_phone"):
        op.drop_column("crew_memberships", name)
    op.drop_index("ix_crews_listed", "crews")
    for name in ("closed_by_operators", "hidden_at", "picture", "agreement_version", "agreement_changed_at"):
        op.drop_column("crews", name)
    op.create_index("ix_crews_listed", "crews", ["name", "id"], postgresql_where="is_listed AND closed_at IS NULL")


def _allow_only(table: str, column: str, words: str) -> None:
    """Have a column take these words again, and delete the rows with others, which the version before cannot show."""
    listed = ", ".join(f"'{word}'" for word in words.split(", "))
    op.execute(f"DELETE FROM {table} WHERE {column} NOT IN ({listed})")  # noqa: S608 - of this file
    _allow(table, column, words)
