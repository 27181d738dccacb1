"""Crews: members with roles, invitations, requests, notices and the log; members and admins are counted by a trigger."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0080_crews"
down_revision = "0073_webhooks"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
# The row of the crew is locked by the update: of two admins who leave at once, the second meets the check. A membership
# never moves to another crew.
COUNT = """
CREATE FUNCTION count_crew_members() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    came integer := 0;
    rose integer := 0;
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.status = 'active' THEN
        came := came - 1;
        rose := rose - (OLD.role = 'admin')::integer;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.status = 'active' THEN
        came := came + 1;
        rose := rose + (NEW.role = 'admin')::integer;
    END IF;
    IF came <> 0 OR rose <> 0 THEN
        UPDATE crews SET members = members + came, admins = admins + rose WHERE id = COALESCE(NEW.crew_id, OLD.crew_id);
    END IF;
    RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER count_members AFTER INSERT OR UPDATE OF status, role OR DELETE ON crew_memberships
FOR EACH ROW EXECUTE FUNCTION count_crew_members()
"""


def upgrade() -> None:
    op.create_table(
        "crews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("is_listed", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("joining", sa.Text(), server_default="invitation", nullable=False),
        sa.Column("max_members", sa.Integer(), server_default="20", nullable=False),
        sa.Column("members_may_invite", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("frequency", sa.Text(), server_default="weekly", nullable=False),
        sa.Column("first_day", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("agreement", sa.Text(), server_default="", nullable=False),
        sa.Column("welcome", sa.Text(), server_default="", nullable=False),
        sa.Column("guide", sa.Text(), server_default="", nullable=False),
        sa.Column("numbers_from", sa.SmallInteger(), server_default="5", nullable=False),
        sa.Column("access_code", sa.Text(), nullable=True),
        sa.Column("members", sa.Integer(), server_default="0", nullable=False),
        sa.Column("admins", sa.Integer(), server_default="0", nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("frequency IN ('daily', 'weekly', 'biweekly')", name=op.f("ck_crews_frequency")),
        sa.CheckConstraint("joining IN ('open', 'request', 'invitation')", name=op.f("ck_crews_joining")),
        sa.CheckConstraint(
            "admins BETWEEN 0 AND members AND (admins > 0 OR members = 0)", name=op.f("ck_crews_keeps_an_admin")
        ),
        sa.CheckConstraint("char_length(agreement) <= 2000", name=op.f("ck_crews_agreement_length")),
        sa.CheckConstraint("char_length(description) <= 2000", name=op.f("ck_crews_description_length")),
        sa.CheckConstraint("char_length(guide) <= 2000", name=op.f("ck_crews_guide_length")),
        sa.CheckConstraint("char_length(name) BETWEEN 3 AND 100", name=op.f("ck_crews_name_length")),
        sa.CheckConstraint("char_length(welcome) <= 2000", name=op.f("ck_crews_welcome_length")),
        sa.CheckConstraint("first_day BETWEEN 1 AND 7", name=op.f("ck_crews_first_day")),
        sa.CheckConstraint("max_members BETWEEN 2 AND 5000", name=op.f("ck_crews_max_members")),
        sa.CheckConstraint("members BETWEEN 0 AND max_members", name=op.f("ck_crews_members")),
        sa.CheckConstraint("numbers_from BETWEEN 3 AND 20", name=op.f("ck_crews_numbers_from")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crews")),
        sa.UniqueConstraint("access_code", name=op.f("uq_crews_access_code")),
    )
    op.create_index("ix_crews_closed_at", "crews", ["closed_at"], postgresql_where="closed_at IS NOT NULL")
    op.create_index("ix_crews_listed", "crews", ["name", "id"], postgresql_where="is_listed AND closed_at IS NULL")
    op.create_table(
        "crew_memberships",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), server_default="member", nullable=False),
        sa.Column("rights", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("joined_at", MOMENT, nullable=False),
        sa.Column("last_active_at", MOMENT, nullable=True),
        sa.Column("agreed_at", MOMENT, nullable=True),
        sa.Column("notices", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("muted_until", MOMENT, nullable=True),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("ends_at IS NULL OR status = 'banned'", name=op.f("ck_crew_memberships_ends_at")),
        sa.CheckConstraint("jsonb_typeof(rights) = 'array'", name=op.f("ck_crew_memberships_rights")),
        sa.CheckConstraint("role IN ('admin', 'moderator', 'member')", name=op.f("ck_crew_memberships_role")),
        sa.CheckConstraint("status IN ('active', 'inactive', 'banned')", name=op.f("ck_crew_memberships_status")),
        sa.CheckConstraint("char_length(reason) <= 200", name=op.f("ck_crew_memberships_reason_length")),
        sa.ForeignKeyConstraint(
            ["crew_id"], ["crews.id"], name=op.f("fk_crew_memberships_crew_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_crew_memberships_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crew_memberships")),
        sa.UniqueConstraint("crew_id", "person_id", name=op.f("uq_crew_memberships_crew_id_person_id")),
    )
    op.create_index(
        "ix_crew_memberships_crew_id_joined_at", "crew_memberships", ["crew_id", "status", "joined_at", "id"]
    )
    op.create_index("ix_crew_memberships_person_id", "crew_memberships", ["person_id", "status"])
    op.create_table(
        "crew_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("inviter_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("most_uses", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), server_default="0", nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("most_uses BETWEEN 1 AND 5000", name=op.f("ck_crew_invitations_most_uses")),
        sa.CheckConstraint("uses BETWEEN 0 AND most_uses", name=op.f("ck_crew_invitations_uses")),
        sa.ForeignKeyConstraint(
            ["crew_id"], ["crews.id"], name=op.f("fk_crew_invitations_crew_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["inviter_id"], ["people.id"], name=op.f("fk_crew_invitations_inviter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crew_invitations")),
    )
    op.create_index("ix_crew_invitations_crew_id", "crew_invitations", ["crew_id", "created_at", "id"])
    op.create_index("ix_crew_invitations_expires_at", "crew_invitations", ["expires_at"])
    op.create_index("ix_crew_invitations_inviter_id", "crew_invitations", ["inviter_id"])
    op.create_table(
        "crew_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("char_length(line) <= 200", name=op.f("ck_crew_requests_line_length")),
        sa.ForeignKeyConstraint(["crew_id"], ["crews.id"], name=op.f("fk_crew_requests_crew_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_crew_requests_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crew_requests")),
        sa.UniqueConstraint("crew_id", "person_id", name=op.f("uq_crew_requests_crew_id_person_id")),
    )
    op.create_index("ix_crew_requests_crew_id_created_at", "crew_requests", ["crew_id", "created_at", "id"])
    op.create_index("ix_crew_requests_person_id", "crew_requests", ["person_id"])
    op.create_table(
        "crew_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("char_length(text) BETWEEN 1 AND 1000", name=op.f("ck_crew_notices_text_length")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["people.id"], name=op.f("fk_crew_notices_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["crew_id"], ["crews.id"], name=op.f("fk_crew_notices_crew_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crew_notices")),
    )
    op.create_index("ix_crew_notices_author_id", "crew_notices", ["author_id"])
    op.create_index("ix_crew_notices_crew_id", "crew_notices", ["crew_id", "created_at", "id"])
    op.create_table(
        "crew_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint(
            "what IN ('created', 'joined', 'left', 'removed', 'banned', 'unbanned', 'muted', 'unmuted', 'role', 'rights', 'settings', 'invited', 'revoked', 'code', 'accepted', 'declined', 'posted', 'closed', 'opened')",
            name=op.f("ck_crew_log_what"),
        ),
        sa.CheckConstraint("char_length(note) <= 200", name=op.f("ck_crew_log_note_length")),
        sa.ForeignKeyConstraint(["actor_id"], ["people.id"], name=op.f("fk_crew_log_actor_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["crew_id"], ["crews.id"], name=op.f("fk_crew_log_crew_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_crew_log_person_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crew_log")),
    )
    op.create_index("ix_crew_log_actor_id", "crew_log", ["actor_id"])
    op.create_index("ix_crew_log_crew_id", "crew_log", ["crew_id", "created_at", "id"])
    op.create_index("ix_crew_log_person_id", "crew_log", ["person_id"])

    op.execute(COUNT)
    op.execute(TRIGGER)


def downgrade() -> None:
    for table in ("crew_log", "crew_notices", "crew_requests", "crew_invitations", "crew_memberships", "crews"):
        op.drop_table(table)
    op.execute("DROP FUNCTION count_crew_members()")
