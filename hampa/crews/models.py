"""Tables of crews: memberships, ways in, notices and the log; and the rights of a membership."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Row, SmallInteger, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import Changing, Record, db, one_of
from hampa.platform.media.pictures import PictureMixin, picture_constraints
from hampa.platform.row_versions import changes_with

OPEN, REQUEST, INVITATION = "open", "request", "invitation"
JOINING = (OPEN, REQUEST, INVITATION)
"""How somebody without an invitation gets in: at once, when an organiser says yes, or not at all."""
DAILY, WEEKLY, BIWEEKLY = "daily", "weekly", "biweekly"
FREQUENCIES = (DAILY, WEEKLY, BIWEEKLY)
ADMIN, MODERATOR, MEMBER = "admin", "moderator", "member"
ROLES = (ADMIN, MODERATOR, MEMBER)
ACTIVE, INACTIVE, BANNED = "active", "inactive", "banned"
STATUSES = (ACTIVE, INACTIVE, BANNED)
"""Active members belong to the crew; inactive ones left or were removed; banned ones can't come back by any way."""
RIGHTS = ("invite", "remove", "edit", "post", "runs", "reports", "duties")
"""What a member may do beyond belonging: invite and answer requests, remove, mute and ban, change the settings, post
notices, publish runs of the crew, see reports, and coordinate duties."""
ROLE_RIGHTS: dict[str, tuple[str, ...]] = {
    ADMIN: RIGHTS,
    MODERATOR: ("invite", "remove", "post", "runs", "reports", "duties"),
    MEMBER: (),
}
SHORTEST_NAME, LONGEST_NAME, LONGEST_TEXT = 3, 100, 2_000
FEWEST_MEMBERS, MOST_MEMBERS, USUAL_MEMBERS = 2, 5_000, 20
FEWEST_NUMBERS, MOST_NUMBERS, USUAL_NUMBERS = 3, 20, 5
CLOSING_PERIOD = timedelta(days=30)
"""How long a closed crew can be read, and opened again, before it is deleted."""
NEWCOMER_PERIOD = timedelta(days=14)
"""How long a member is marked as new."""
CREWS = "crews"
"""The name of the version of what everybody sees of crews in other lists (`platform.versions`)."""
LOGGED = (
    "created",
    "joined",
    "left",
    "removed",
    "banned",
    "unbanned",
    "muted",
    "unmuted",
    "role",
    "rights",
    "settings",
    "invited",
    "revoked",
    "code",
    "accepted",
    "declined",
    "posted",
    "closed",
    "opened",
    "message",
    "picture",
    "agreement",
    "agreed",
    "group",
    "grouped",
    "numbers",
    "exported",
    "hidden",
)
GROUP_KINDS = PACE, PLACE, OTHER = ("pace", "place", "other")
"""What the sub-groups of a crew are made by."""
LONGEST_GROUP_NAME = 40
PICTURE_WIDTHS = (512, 256, 96)


class Crew(Record, Changing, db.Model):
    """A group of people who run together.

    Who is no member finds only a crew that `is_listed`. Members check in by `frequency`, in periods that begin on
    `first_day` (the ISO number of the weekday) in `timezone`; numbers about all are shown from `numbers_from` answers
    on. `agreement` is what new members accept, `welcome` what they read first, `guide` when, where and how fast the crew
    runs. `access_code` lets in who knows it. `picture` is the id of the picture that is shown. `agreement_version` counts
    the changes of the agreement.

    A trigger counts `members` and `admins`, the active ones. The checks on them decide races: nobody gets in beyond
    `max_members`, and a crew with members keeps an admin. From `closed_at` on, the crew is only read; if operators closed
    it, its admins don't open it again. From `hidden_at` on, operators keep it from those who do not belong to it.
    """

    __tablename__ = "crews"
    __table_args__ = (
        CheckConstraint(f"char_length(name) BETWEEN {SHORTEST_NAME} AND {LONGEST_NAME}", name="name_length"),
        CheckConstraint(f"char_length(description) <= {LONGEST_TEXT}", name="description_length"),
        CheckConstraint(f"char_length(agreement) <= {LONGEST_TEXT}", name="agreement_length"),
        CheckConstraint(f"char_length(welcome) <= {LONGEST_TEXT}", name="welcome_length"),
        CheckConstraint(f"char_length(guide) <= {LONGEST_TEXT}", name="guide_length"),
        CheckConstraint(one_of("joining", JOINING), name="joining"),
        CheckConstraint(one_of("frequency", FREQUENCIES), name="frequency"),
        CheckConstraint("first_day BETWEEN 1 AND 7", name="first_day"),
        CheckConstraint(f"max_members BETWEEN {FEWEST_MEMBERS} AND {MOST_MEMBERS}", name="max_members"),
        CheckConstraint(f"numbers_from BETWEEN {FEWEST_NUMBERS} AND {MOST_NUMBERS}", name="numbers_from"),
        CheckConstraint("members BETWEEN 0 AND max_members", name="members"),
        CheckConstraint("admins BETWEEN 0 AND members AND (admins > 0 OR members = 0)", name="keeps_an_admin"),
        Index(
            "ix_crews_alphabet",
            text("alphabet_key(name)"),  # with COLLATE "C", which is not read back
            "id",
            postgresql_where="is_listed AND closed_at IS NULL AND hidden_at IS NULL",
        ),
        Index("ix_crews_search", func.search_words(text("name")), postgresql_using="gin"),
        Index("ix_crews_closed_at", "closed_at", postgresql_where="closed_at IS NOT NULL"),
    )

    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="", server_default="")
    timezone: Mapped[str]
    is_listed: Mapped[bool] = mapped_column(default=False, server_default="false")
    joining: Mapped[str] = mapped_column(default=INVITATION, server_default=INVITATION)
    max_members: Mapped[int] = mapped_column(default=USUAL_MEMBERS, server_default=str(USUAL_MEMBERS))
    members_may_invite: Mapped[bool] = mapped_column(default=True, server_default="true")
    members_may_publish: Mapped[bool] = mapped_column(default=True, server_default="true")
    frequency: Mapped[str] = mapped_column(default=WEEKLY, server_default=WEEKLY)
    first_day: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    agreement: Mapped[str] = mapped_column(default="", server_default="")
    welcome: Mapped[str] = mapped_column(default="", server_default="")
    guide: Mapped[str] = mapped_column(default="", server_default="")
    numbers_from: Mapped[int] = mapped_column(SmallInteger, default=USUAL_NUMBERS, server_default=str(USUAL_NUMBERS))
    access_code: Mapped[str | None] = mapped_column(unique=True)
    members: Mapped[int] = mapped_column(default=0, server_default="0")
    admins: Mapped[int] = mapped_column(default=0, server_default="0")
    closed_at: Mapped[datetime | None]
    closed_by_operators: Mapped[bool] = mapped_column(default=False, server_default="false")
    hidden_at: Mapped[datetime | None]
    picture: Mapped[str | None]
    agreement_version: Mapped[int] = mapped_column(default=1, server_default="1")
    agreement_changed_at: Mapped[datetime | None]

    @property
    def is_found(self) -> bool:
        """Return whether people who are no members find the crew."""
        return self.is_listed and self.closed_at is None and self.hidden_at is None

    @property
    def deleted_from(self) -> datetime | None:
        """When a closed crew is deleted; None for others."""
        return self.closed_at + CLOSING_PERIOD if self.closed_at is not None else None

    @property
    def is_full(self) -> bool:
        """Return whether nobody else gets in."""
        return self.members >= self.max_members


changes_with(Crew, lambda _crew: CREWS, for_all=None, columns=("name", "is_listed", "closed_at", "hidden_at"))


class CrewMembership(Record, Changing, db.Model):
    """A person in a crew, one row for both; it stays when they leave, since their check-ins do, and when they are banned.

    `rights` replaces the rights of the role, unless it is empty. A muted member reads until `muted_until` and does not
    write. `ends_at` is the end of a ban, if it has one; `reason` is that of a ban, or of being muted or removed.
    `agreed_at` is when they accepted the crew's agreement, `agreed_version` which one. `notices` is whether they hear of
    what happens in the crew, `shares_phone` whether its admins see their number.
    """

    __tablename__ = "crew_memberships"
    __table_args__ = (
        UniqueConstraint("crew_id", "person_id"),
        CheckConstraint(one_of("role", ROLES), name="role"),
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint("jsonb_typeof(rights) = 'array'", name="rights"),
        CheckConstraint("ends_at IS NULL OR status = 'banned'", name="ends_at"),
        CheckConstraint("char_length(reason) <= 200", name="reason_length"),
        Index("ix_crew_memberships_crew_id_joined_at", "crew_id", "status", "joined_at", "id"),
        Index("ix_crew_memberships_person_id", "person_id", "status"),
    )

    crew_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(default=MEMBER, server_default=MEMBER)
    rights: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    status: Mapped[str] = mapped_column(default=ACTIVE, server_default=ACTIVE)
    joined_at: Mapped[datetime]
    last_active_at: Mapped[datetime | None]
    agreed_at: Mapped[datetime | None]
    agreed_version: Mapped[int | None]
    shares_phone: Mapped[bool] = mapped_column(default=False, server_default="false")
    notices: Mapped[bool] = mapped_column(default=True, server_default="true")
    muted_until: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="", server_default="")

    crew: Mapped[Crew] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise")

    @property
    def is_active(self) -> bool:
        """Return whether the person belongs to the crew now."""
        return self.status == ACTIVE

    @property
    def is_muted(self) -> bool:
        """Return whether the member may not write now."""
        return self.muted_until is not None and self.muted_until > clock.now()

    @property
    def is_new(self) -> bool:
        """Return whether the member is a newcomer."""
        return self.joined_at > clock.now() - NEWCOMER_PERIOD

    @property
    def is_shut_out(self) -> bool:
        """Return whether a ban holds now."""
        return self.status == BANNED and (self.ends_at is None or self.ends_at > clock.now())


def rights_of(
    membership: CrewMembership | Row[Any], *, members_may_invite: bool, members_may_publish: bool
) -> frozenset[str]:
    """Return the rights of an active member, or of a row of their membership, whatever the state of the crew."""
    if not membership.is_active:
        return frozenset()
    role = membership.role
    rights = set(membership.rights if membership.rights and role != ADMIN else ROLE_RIGHTS[role])
    if members_may_invite:
        rights.add("invite")
    if members_may_publish:
        rights.add("runs")
    return frozenset(rights)


ALL_MEMBERS = "members"
"""The name of a version that changes with statements that write memberships of any crews."""


def members_version(crew_id: uuid.UUID) -> str:
    """Return the name of the version of who belongs to a crew."""
    return f"{ALL_MEMBERS}:{crew_id}"


changes_with(CrewMembership, lambda row: members_version(row.crew_id), for_all=ALL_MEMBERS, columns=("status",))


class CrewInvitation(Record, Changing, db.Model):
    """A link into a crew, by its id: until `expires_at`, for `most_uses` people, unless it is revoked."""

    __tablename__ = "crew_invitations"
    __table_args__ = (
        CheckConstraint("uses BETWEEN 0 AND most_uses", name="uses"),
        CheckConstraint("most_uses BETWEEN 1 AND 5000", name="most_uses"),
        Index("ix_crew_invitations_crew_id", "crew_id", "created_at", "id"),
        Index("ix_crew_invitations_inviter_id", "inviter_id"),
        Index("ix_crew_invitations_expires_at", "expires_at"),
    )

    crew_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    inviter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime]
    most_uses: Mapped[int]
    uses: Mapped[int] = mapped_column(default=0, server_default="0")
    revoked_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        """Return whether the link still lets somebody in."""
        return self.revoked_at is None and self.uses < self.most_uses and self.expires_at > clock.now()


class CrewRequest(Record, db.Model):
    """A person who asks to get in, with a line; it is deleted when it is answered or taken back.

    `agreed_version` is the agreement that they accepted, None without one.
    """

    __tablename__ = "crew_requests"
    __table_args__ = (
        UniqueConstraint("crew_id", "person_id"),
        CheckConstraint("char_length(line) <= 200", name="line_length"),
        Index("ix_crew_requests_crew_id_created_at", "crew_id", "created_at", "id"),
        Index("ix_crew_requests_person_id", "person_id"),
    )

    crew_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    line: Mapped[str] = mapped_column(default="", server_default="")
    agreed_version: Mapped[int | None]

    person: Mapped[Person] = relationship(lazy="raise")


class CrewGroup(Record, Changing, db.Model):
    """A sub-group of a crew, by pace or place; `members` is counted by a trigger.

    Members choose it themselves if it `is_open`; otherwise organisers put them into it.
    """

    __tablename__ = "crew_groups"
    __table_args__ = (
        Index("uq_crew_groups_name", "crew_id", func.lower(text("name")), unique=True),
        CheckConstraint(f"char_length(name) BETWEEN 1 AND {LONGEST_GROUP_NAME}", name="name_length"),
        CheckConstraint(one_of("kind", GROUP_KINDS), name="kind"),
        CheckConstraint("members >= 0", name="members"),
    )

    crew_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default=OTHER, server_default=OTHER)
    is_open: Mapped[bool] = mapped_column(default=True, server_default="true")
    members: Mapped[int] = mapped_column(default=0, server_default="0")


class CrewGroupMember(Record, db.Model):
    """A member in a sub-group; whoever leaves the crew leaves its sub-groups."""

    __tablename__ = "crew_group_members"
    __table_args__ = (
        UniqueConstraint("group_id", "membership_id"),
        Index("ix_crew_group_members_membership_id", "membership_id"),
    )

    group_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crew_groups.id", ondelete="CASCADE"))
    membership_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crew_memberships.id", ondelete="CASCADE"))


class CrewPicture(PictureMixin, Record, Changing, db.Model):
    """A picture of a crew, and who sent it; `Crew.picture` names the one that is shown, the newest finished one."""

    __tablename__ = "crew_pictures"
    __table_args__ = (
        *picture_constraints(),
        Index("ix_crew_pictures_crew_id", "crew_id", "created_at", "id"),
        Index("ix_crew_pictures_person_id", "person_id"),
    )

    crew_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))

    @property
    def folder(self) -> str:
        """The folder of the picture's files in storage."""
        return f"crews/{self.crew_id}/{self.id}"


def picture_file_name(crew_id: uuid.UUID, picture: str, width: int) -> str:
    """Return the name in storage of a picture, as `Crew.picture` names it, in one of its widths."""
    return f"crews/{crew_id}/{picture}/{width}.webp"


class CrewNotice(Record, db.Model):
    """A notice to all members, or to those of a sub-group."""

    __tablename__ = "crew_notices"
    __table_args__ = (
        CheckConstraint("char_length(text) BETWEEN 1 AND 1000", name="text_length"),
        Index("ix_crew_notices_crew_id", "crew_id", "created_at", "id"),
        Index("ix_crew_notices_author_id", "author_id"),
        Index("ix_crew_notices_group_id", "group_id"),
    )

    crew_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    group_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crew_groups.id", ondelete="CASCADE"))
    text: Mapped[str]


class CrewLogEntry(Record, db.Model):
    """What somebody did in a crew (`actor_id`), to whom (`person_id`), for its admins; `note` is a reason or a detail."""

    __tablename__ = "crew_log"
    __table_args__ = (
        CheckConstraint(one_of("what", LOGGED), name="what"),
        CheckConstraint("char_length(note) <= 200", name="note_length"),
        Index("ix_crew_log_crew_id", "crew_id", "created_at", "id"),
        Index("ix_crew_log_actor_id", "actor_id"),
        Index("ix_crew_log_person_id", "person_id"),
    )

    crew_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    what: Mapped[str]
    note: Mapped[str] = mapped_column(default="", server_default="")
