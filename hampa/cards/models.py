"""Tables of cards, their pictures, and interests in them."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from math import cos, radians
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hampa.people.models import Person
from hampa.platform import clock, versions
from hampa.platform.db import Changing, Record, db, one_of
from hampa.platform.geo.places import locate_town
from hampa.platform.geo.squares import CELLS, LocatedMixin
from hampa.platform.media.pictures import PictureMixin, picture_constraints
from hampa.platform.row_versions import change_with
from hampa.platform.texts.search import WordVector, searchable_words

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIMES_OF_DAY = ("dawn", "morning", "noon", "afternoon", "evening", "night")
LEVELS = ("beginner", "regular", "advanced")
PHONE_VISIBILITIES = ("hidden", "accepted", "public")
COMPANIES = ("anyone", "women")
CARD_STATES = ("active", "resting")
MOST_CARDS = 5
PIN_STEP = 0.005
"""Degrees of latitude between the points of the grid that others see pins on: 556 m."""
MATCHED_GRIDS = ("cell", "wide_cell")
"""The grids of squares in which companions are looked for: about 5 and 28 kilometres wide."""

PENDING, ACCEPTED, DECLINED, WITHDRAWN = "pending", "accepted", "declined", "withdrawn"
ENDED = "ended"
"""The card was deleted, or one of the two blocked the other or left, while the interest was pending."""
PARTED = "parted"
"""The interest was accepted, and one of the two ended the companionship."""
INTEREST_STATES = (PENDING, ACCEPTED, DECLINED, WITHDRAWN, ENDED, PARTED)
UNDO_LASTS = timedelta(minutes=10)
"""The time for which the owner of a card may take a decline back."""
MOST_PENDING = 20
MOST_A_DAY = 60
"""Interests that one person may send, withdrawn ones included: each notifies somebody, in the sender's own words."""

_LISTED = "state = 'active'"


def _match_index(name: str, condition: str, *columns: str) -> Index:
    return Index(f"ix_cards_match_{name}", *columns, "time_of_day", "pace", "id", postgresql_where=condition)


class CardState:
    """Properties of the state of a card, for cards and for rows of lists."""

    __slots__ = ()

    @property
    def is_active(self: Any) -> bool:
        """Whether others find the card."""
        return bool(self.state == "active")

    @property
    def is_resting(self: Any) -> bool:
        """Whether the owner has hidden the card for a while."""
        return bool(self.state == "resting")


class Card(CardState, LocatedMixin, Record, Changing, db.Model):
    """A runner's description of how, where, when and how fast they run, for others to find.

    `pace` is seconds a kilometre, best times are seconds. `latitude` and `longitude` are the exact pin, which only the
    owner sees. A resting card is in no list and takes no new interest. `search` holds the folded words of the texts.
    """

    __tablename__ = "cards"
    __table_args__ = (
        CheckConstraint("char_length(title) BETWEEN 3 AND 80", name="title_length"),
        CheckConstraint("char_length(description) <= 1000", name="description_length"),
        CheckConstraint("char_length(place) BETWEEN 2 AND 80", name="place_length"),
        CheckConstraint("char_length(aim) <= 80", name="aim_length"),
        CheckConstraint(
            "cardinality(days) BETWEEN 1 AND 7 AND days <@ ARRAY['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']",
            name="days",
        ),
        CheckConstraint(one_of("time_of_day", TIMES_OF_DAY), name="time_of_day"),
        CheckConstraint("distance_km BETWEEN 1 AND 200", name="distance"),
        CheckConstraint("pace BETWEEN 150 AND 900", name="pace"),
        CheckConstraint(one_of("level", LEVELS), name="level"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="whole_pin"),
        CheckConstraint("best_5k > 0 AND best_10k > 0 AND best_half > 0 AND best_marathon > 0", name="best_times"),
        CheckConstraint(one_of("phone_visibility", PHONE_VISIBILITIES), name="phone_visibility"),
        CheckConstraint(one_of("company", COMPANIES), name="company"),
        CheckConstraint(one_of("state", CARD_STATES), name="state"),
        Index("ix_cards_listed", "created_at", "id", postgresql_where=_LISTED),
        Index("ix_cards_search", "search", postgresql_using="gin"),
        *(
            Index(f"ix_cards_{name}", name, "created_at", "id", postgresql_where=f"{_LISTED} AND {name} IS NOT NULL")
            for name in CELLS
        ),
        *(_match_index(name, f"{_LISTED} AND {name} IS NOT NULL", name) for name in MATCHED_GRIDS),
        _match_index("nowhere", f"{_LISTED} AND cell IS NULL"),
        _match_index("anywhere", _LISTED),
        Index("ix_cards_owner_id_created_at", "owner_id", "created_at", "id"),
    )

    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="", server_default="")
    place: Mapped[str]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    days: Mapped[list[str]] = mapped_column(ARRAY(Text))
    time_of_day: Mapped[str]
    distance_km: Mapped[Decimal] = mapped_column(Numeric(4, 1))
    pace: Mapped[int]
    level: Mapped[str]
    aim: Mapped[str] = mapped_column(default="", server_default="")
    best_5k: Mapped[int | None]
    best_10k: Mapped[int | None]
    best_half: Mapped[int | None]
    best_marathon: Mapped[int | None]
    phone_visibility: Mapped[str] = mapped_column(default="hidden", server_default="hidden")
    company: Mapped[str] = mapped_column(default="anyone", server_default="anyone")
    state: Mapped[str] = mapped_column(default="active", server_default="active")
    search: Mapped[Any] = mapped_column(WordVector, deferred=True)

    owner: Mapped[Person] = relationship(lazy="raise")

    @property
    def shown_pin(self) -> tuple[float, float] | None:
        """The pin as others may see it: the nearest point of a grid of about 500 m, anywhere on Earth.

        A grid and not a random offset: repeated looks, or several cards of one home, reveal nothing more.
        """
        if self.latitude is None or self.longitude is None:
            return None
        latitude = round(self.latitude / PIN_STEP) * PIN_STEP
        step = PIN_STEP / max(cos(radians(latitude)), PIN_STEP)
        longitude = round(self.longitude / step) * step
        return round(latitude, 4), round(max(-180.0, min(180.0, longitude)), 4)

    def update_search_index(self, owner: Person) -> None:
        """Recompute the words and the spot by which searches and matches find the card.

        The spot is the pin as others may see it, so that searches do not reveal the exact one; else the town that the
        place or the owner names, else nothing.
        """
        texts = (self.title, self.place, *owner.search_names, self.aim or "", self.description or "")
        self.search = searchable_words(*texts)
        self.set_location(*(self.shown_pin or locate_town(self.place, owner.city, owner.timezone)))


class Interest(Record, Changing, db.Model):
    """A person's request to run with the owner of a card; once accepted, the two are companions.

    `line` is the sender's message. `card_id` is empty once the card is deleted; the two stay companions.
    """

    __tablename__ = "interests"
    __table_args__ = (
        CheckConstraint(one_of("status", INTEREST_STATES), name="status"),
        CheckConstraint("sender_id <> owner_id", name="two_people"),
        CheckConstraint("char_length(line) <= 200", name="line_length"),
        CheckConstraint("(status = 'pending') = (decided_at IS NULL)", name="decided"),
        Index("uq_interests_pending", "card_id", "sender_id", unique=True, postgresql_where="status = 'pending'"),
        Index("ix_interests_card_id", "card_id"),
        Index("ix_interests_owner_id_created_at", "owner_id", "created_at", "id"),
        Index("ix_interests_sender_id_created_at", "sender_id", "created_at", "id"),
    )

    card_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cards.id", ondelete="SET NULL"))
    sender_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    line: Mapped[str] = mapped_column(default="", server_default="")
    status: Mapped[str] = mapped_column(default=PENDING, server_default=PENDING)
    decided_at: Mapped[datetime | None]

    card: Mapped[Card | None] = relationship(lazy="raise")
    sender: Mapped[Person] = relationship(foreign_keys=[sender_id], lazy="raise")
    owner: Mapped[Person] = relationship(foreign_keys=[owner_id], lazy="raise")

    @property
    def is_pending(self) -> bool:
        """Whether this interest waits for an answer."""
        return self.status == PENDING

    @property
    def is_accepted(self) -> bool:
        """Whether this interest makes the two companions."""
        return self.status == ACCEPTED

    @property
    def may_reopen(self) -> bool:
        """Whether this interest was declined so lately that its owner may take that back."""
        if self.status != DECLINED or self.decided_at is None or self.card_id is None:
            return False
        return clock.now() - self.decided_at <= UNDO_LASTS

    def allowed_decisions(self, person_id: uuid.UUID) -> tuple[str, ...]:
        """Return what this one of the two may decide now: "withdraw", "accept" and "decline", or "reopen"."""
        if self.may_reopen and person_id == self.owner_id:
            return ("reopen",)
        if self.status != PENDING:
            return ()
        return ("withdraw",) if person_id == self.sender_id else ("accept", "decline")


ALL_INTERESTS = "interests"
"""The name of the version that changes with statements that write many interests."""
EACH_INTERESTS = "interests:"


def interests_version(person_id: uuid.UUID) -> str:
    """Return the name of the version that changes with each interest that a person sends or receives."""
    return f"{EACH_INTERESTS}{person_id}"


versions.short_lived.add(EACH_INTERESTS)
change_with(
    Interest, lambda row: (interests_version(row.sender_id), interests_version(row.owner_id)), for_all=ALL_INTERESTS
)


class CardPicture(PictureMixin, Record, Changing, db.Model):
    """A picture that the owner added to a card; the newest finished one replaces the one before."""

    __tablename__ = "card_pictures"
    __table_args__ = (*picture_constraints(), Index("ix_card_pictures_card_id", "card_id", "created_at", "id"))

    card_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cards.id", ondelete="CASCADE"))

    @property
    def folder(self) -> str:
        """The folder of the picture's files in storage."""
        return f"cards/{self.card_id}/{self.id}"


def picture_file_name(card_id: uuid.UUID, picture_id: uuid.UUID, width: int) -> str:
    """Return the name in storage of a picture's file in one of its widths."""
    return f"cards/{card_id}/{picture_id}/{width}.webp"
