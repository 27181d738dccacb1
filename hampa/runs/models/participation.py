"""Participations of people in runs."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, FetchedValue, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of
from hampa.runs.models.run import MOST_GUESTS

INTERESTED, REQUESTED, WAITLISTED, OFFERED = "INTERESTED", "REQUESTED", "WAITLISTED", "OFFERED"
GOING, COMPLETED, NO_SHOW, LEFT = "GOING", "COMPLETED", "NO_SHOW", "LEFT"
STATUSES = (INTERESTED, REQUESTED, WAITLISTED, OFFERED, GOING, COMPLETED, NO_SHOW, LEFT)
TAKING_PART = (GOING, OFFERED, WAITLISTED, REQUESTED, INTERESTED)
"""The statuses of participants before the end of a run; afterwards GOING becomes COMPLETED or NO_SHOW."""
INVOLVED = (*TAKING_PART, COMPLETED, NO_SHOW)
WANTS_TO_GO = (GOING, WAITLISTED, OFFERED, REQUESTED)
CAME = (GOING, COMPLETED)
HAD_PLACE = (GOING, COMPLETED, NO_SHOW)


class Participation(Record, Changing, db.Model):
    """The participation of one person in one run, which is kept when the person leaves.

    `rank` is the order of joining within the run and of the waitlist, given under the run's lock and never twice. A
    person who comes back, or turns from interested to going, gets a new rank. `guests` come along and take places.
    `card_id` is the runner card that the person joined with; `note` is a line to the organiser, `organiser_note` one
    from the organiser.

    `answers` are the texts by the ids of the run's questions; they end when the person leaves.

    A person on the waitlist is given a free place (`take_at_once`) or is offered it until `offer_ends_at`. Two people
    who name each other (`together_with_id`) get two places or none. `declined_at` is when an organiser declined the
    request; the person can't ask again. `removed_at` is when an organiser took the person off the list; until an
    organiser has let them in again they can only ask. `still_in_at` is when the person confirmed, the evening before,
    that they come.
    `late_min` is the number of minutes by which the person has said to be late. `agreed_starts_at` is the start that the
    run had when the person last said something about coming; None if a series or an organiser said it for them.

    `run_starts_at` is when the run starts: triggers of the database write it, and an index finds the next runs by it.

    `walked_in` people were added by an organiser at the meeting point under a `display_name` of the organiser's choice;
    `added_by_organiser` means that the person has not said anything about the run. `claim_name` ends both.
    """

    __tablename__ = "participations"
    __table_args__ = (
        UniqueConstraint("run_id", "person_id"),
        UniqueConstraint("run_id", "rank"),
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint("(status = 'LEFT') = (left_at IS NOT NULL)", name="left"),
        CheckConstraint("(status = 'OFFERED') = (offer_ends_at IS NOT NULL)", name="offer"),
        CheckConstraint(f"guests BETWEEN 0 AND {MOST_GUESTS}", name="guests"),
        CheckConstraint("together_with_id <> person_id", name="together"),
        CheckConstraint("char_length(note) <= 200", name="note_length"),
        CheckConstraint("char_length(organiser_note) <= 200", name="organiser_note_length"),
        CheckConstraint("late_min BETWEEN 1 AND 60", name="late_min"),
        CheckConstraint("char_length(called) <= 60", name="called_length"),
        Index("ix_participations_pace_group_id", "pace_group_id", postgresql_where="pace_group_id IS NOT NULL"),
        Index(
            "ix_participations_together_with_id", "together_with_id", postgresql_where="together_with_id IS NOT NULL"
        ),
        Index("ix_participations_run_id_status_rank", "run_id", "status", "rank"),
        Index("ix_participations_person_id_run_id", "person_id", "run_id"),
        Index("ix_participations_person_id_run_starts_at", "person_id", "run_starts_at", "run_id"),
        Index("ix_participations_offered", "person_id", postgresql_where="status = 'OFFERED'"),
        Index("ix_participations_card_id", "card_id", postgresql_where="card_id IS NOT NULL"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    status: Mapped[str]
    rank: Mapped[int]
    note: Mapped[str] = mapped_column(default="", server_default="")
    card_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cards.id", ondelete="SET NULL"))
    guests: Mapped[int] = mapped_column(default=0, server_default="0")
    pace_group_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("pace_groups.id", ondelete="SET NULL"))
    answers: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default="{}")
    take_at_once: Mapped[bool] = mapped_column(default=True, server_default="true")
    together_with_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    offer_ends_at: Mapped[datetime | None]
    organiser_note: Mapped[str] = mapped_column(default="", server_default="")
    walked_in: Mapped[bool] = mapped_column(default=False, server_default="false")
    added_by_organiser: Mapped[bool] = mapped_column("put_in", default=False, server_default="false")
    display_name: Mapped[str] = mapped_column("called", default="", server_default="")
    still_in_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    late_min: Mapped[int | None]
    left_at: Mapped[datetime | None]
    agreed_starts_at: Mapped[datetime | None]
    run_starts_at: Mapped[datetime] = mapped_column(server_default=FetchedValue())

    @property
    def left_by_themselves(self) -> bool:
        """Return whether the person has left, and no organiser took them off the list, or declined them, at that."""
        return self.status == LEFT and self.declined_at is None and self.removed_at != self.left_at

    def claim_name(self) -> None:
        """Show the person by their own name, once they have said something about the run themselves."""
        self.added_by_organiser, self.display_name = False, ""

    def agree(self, starts_at: datetime) -> None:
        """Note that the person has said something about the run themselves, by the start that it has now."""
        self.claim_name()
        self.agreed_starts_at = starts_at

    @property
    def has_to_ask(self) -> bool:
        """Whether an organiser took the person off the list, and has not declined them since."""
        return self.removed_at is not None and self.declined_at is None

    @property
    def seats(self) -> int:
        """The number of places that the person takes, or would take."""
        return 1 + self.guests
