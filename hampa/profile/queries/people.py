"""A person as others see them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select

from hampa.cards.queries import listing as cards
from hampa.cards.queries.companions import are_companions, number_for_companions
from hampa.cards.queries.listing import ListedCard
from hampa.people.models.person import Person
from hampa.people.queries.blocks import are_hidden
from hampa.people.queries.privacy import Circle, opens
from hampa.people.queries.summaries import PersonSummary
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.web.paging import Page
from hampa.runs.queries import listing as runs
from hampa.runs.queries.contributions import Contributions, contributions_of
from hampa.runs.queries.listing import ListedRun

ACTIVE_TO = timedelta(minutes=5)
CLOSE: tuple[Circle, ...] = ("companion", "self", "operator")
"""Who sees when somebody was last here."""


@dataclass(frozen=True, slots=True)
class Shown(PersonSummary):
    """What a circle sees of a person on their page; None, or nothing, is what it does not see.

    `born` is the year of birth where the age band may be seen (the page shows the band alone), `last_active_at` is to
    five minutes, `past` is a page of the runs they have been to.
    """

    handle: str | None
    bio: str
    city: str
    phone: str | None
    circle: Circle
    open_to_all: bool
    may_write: bool
    state: str | None
    born: int | None
    last_active_at: datetime | None
    cards: Sequence[ListedCard]
    upcoming: Sequence[ListedRun]
    past: Page[ListedRun] | None
    contributions: Contributions

    @property
    def can_be_reported(self) -> bool:
        """Whether the viewer may block or report the person."""
        return self.circle != "self" and self.state != "erased"


def page_of(viewer: Person | None, person_id: uuid.UUID, after: str | None = None) -> Shown:
    """A person's page as this viewer sees it. Raises `NotFound`, the same for who is not there and who is not shown."""
    return _page_of(viewer, Person.id == person_id, after)


def page_of_handle(viewer: Person | None, handle: str, after: str | None = None) -> Shown:
    """The page of whoever is found by this name, in any case. Raises `NotFound`, likewise."""
    return _page_of(viewer, Person.handle == handle.lower(), after)


def shown_to(person: Person, circle: Circle, viewer: Person | None = None, after: str | None = None) -> Shown | None:
    """What a circle sees of a person, None when it sees no page; the rows of runs and cards are the viewer's own."""
    if not opens(person.profile_visibility, circle):
        return None
    past = runs.past_runs_of(viewer, person, after) if person.shows_past_runs or circle == "self" else None
    return Shown(
        id=person.id,
        name=person.name,
        handle=person.handle,
        avatar=person.avatar,
        bio=person.bio,
        city=person.city,
        phone=number_for_companions(person) if circle == "companion" else None,
        circle=circle,
        open_to_all=opens(person.profile_visibility, "visitor"),
        may_write=circle in ("stranger", "companion") and opens(person.message_visibility, circle),
        state=person.state if circle == "operator" else None,
        born=person.birth_year if person.shows_age else None,
        last_active_at=_to_five_minutes(person.last_active_at) if circle in CLOSE else None,
        cards=cards.of_owner(viewer, person.id),
        upcoming=runs.organised_runs(viewer, person),
        past=past,
        contributions=contributions_of(person),
    )


def circle_of(viewer: Person | None, person: Person) -> Circle | None:
    """How the viewer stands to the person; None when one of them has blocked the other, or the person is not there."""
    if viewer is not None and viewer.id == person.id:
        return "self"
    if viewer is not None and viewer.is_operator:
        return "operator"
    if person.state != "active" or not person.name:
        return None
    if viewer is None:
        return "visitor"
    if are_hidden(viewer.id, person.id):
        return None
    return "companion" if are_companions(viewer.id, person.id) else "stranger"


def age_now(born: int) -> int:
    """The age that somebody born in this year has or reaches this year."""
    return clock.now().year - born


def _page_of(viewer: Person | None, condition: ColumnElement[bool], after: str | None) -> Shown:
    person = db.session.scalar(select(Person).where(condition))
    circle = circle_of(viewer, person) if person is not None else None
    shown = shown_to(person, circle, viewer, after) if person is not None and circle is not None else None
    if shown is None:
        raise NotFound
    return shown


def _to_five_minutes(at: datetime | None) -> datetime | None:
    return at and at - (at - at.replace(minute=0, second=0, microsecond=0)) % ACTIVE_TO
