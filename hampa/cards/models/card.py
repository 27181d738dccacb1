"""Runner cards."""

from __future__ import annotations

import uuid
from decimal import Decimal
from math import cos, radians

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hampa.cards.models.search_index import FINDING_INDEXES, SearchIndexed
from hampa.people.models.person import Person
from hampa.platform.db import Changing, Record, db, one_of

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIMES_OF_DAY = ("dawn", "morning", "noon", "afternoon", "evening", "night")
LEVELS = ("beginner", "regular", "advanced")
PHONE_VISIBILITIES = ("hidden", "accepted", "public")
COMPANIES = ("anyone", "women")
CARD_STATES = ("active", "resting")
MOST_CARDS = 5
PIN_STEP = 0.005
"""Degrees of latitude between the points of the grid that others see pins on: 556 m."""


class Card(SearchIndexed, Record, Changing, db.Model):
    """How, where, when and how fast its owner runs, to be found by others.

    `pace` is seconds a kilometre, best times are seconds. `latitude` and `longitude` are the owner's
    exact pin, for nobody else's eyes. A resting card is in no list, and takes no new interest.
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
        Index("ix_cards_listed", "created_at", "id", postgresql_where="state = 'active'"),
        *FINDING_INDEXES,
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

    owner: Mapped[Person] = relationship(lazy="raise")

    @property
    def is_active(self) -> bool:
        """Whether others find the card."""
        return self.state == "active"

    @property
    def is_resting(self) -> bool:
        """Whether the owner has put the card away for a while."""
        return self.state == "resting"

    @property
    def shown_pin(self) -> tuple[float, float] | None:
        """The pin as others may see it: the nearest point of a grid of about 500 m, anywhere on Earth.

        A grid and not a random offset: looking again and again, or at several cards of one home,
        tells nothing more.
        """
        if self.latitude is None or self.longitude is None:
            return None
        latitude = round(self.latitude / PIN_STEP) * PIN_STEP
        step = PIN_STEP / max(cos(radians(latitude)), PIN_STEP)
        longitude = round(self.longitude / step) * step
        return round(latitude, 4), round(max(-180.0, min(180.0, longitude)), 4)
