"""Who has a badge, and from whom it was taken."""

import datetime as dt
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, select, tuple_

from hampa.badges.models import BadgeAward
from hampa.badges.queries.badges import managed_badge, shows_badges_to
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, stand_in, summary_columns
from hampa.platform.db import scalar_or_404
from hampa.platform.statements import built_once
from hampa.platform.web.paging import Page, decode

A_PAGE = 30


@dataclass(frozen=True, slots=True)
class Holder:
    """A person who has a badge."""

    id: uuid.UUID
    person: PersonSummary
    earned_on: dt.date
    awarded_at: datetime


def holders_of(viewer: Person, badge_id: uuid.UUID, after: str | None = None, size: int = A_PAGE) -> Page[Holder]:
    """Return a page of those who have a badge and show it to the viewer, the latest first; operators see all."""
    before, last_id = decode(after, datetime, uuid.UUID) or (None, None)
    shape = {"is_operator": viewer.is_operator, "goes_on": before is not None}
    rows = [Holder(*row) for row in _holders(viewer.id, badge_id, before, last_id, size + 1, **shape)]
    return Page.of(rows, size, lambda one: (one.awarded_at, one.id))


@built_once
def _holders(
    viewer_id: uuid.UUID,
    badge_id: uuid.UUID,
    before: datetime | None,
    last_id: uuid.UUID | None,
    most: int,
    *,
    is_operator: bool,
    goes_on: bool,
) -> Any:
    columns = BadgeAward.id, summary_columns(), BadgeAward.earned_on, BadgeAward.awarded_at
    query = select(*columns).select_from(BadgeAward).join(Person, Person.id == BadgeAward.person_id)
    is_seen = _holder_is_seen_by(stand_in(viewer_id, is_operator=is_operator))
    query = query.where(BadgeAward.badge_id == badge_id, BadgeAward.revoked_at.is_(None), is_seen)
    if goes_on:
        query = query.where(tuple_(BadgeAward.awarded_at, BadgeAward.id) < tuple_(before, last_id))
    return query.order_by(BadgeAward.awarded_at.desc(), BadgeAward.id.desc()).limit(most)


def _holder_is_seen_by(viewer: Person) -> ColumnElement[bool]:
    return Person.state != "erased" if viewer.is_operator else shows_badges_to(viewer)


def award_to_take(manager: Person, badge_id: uuid.UUID, person_id: uuid.UUID, *, is_taken: bool = False) -> BadgeAward:
    """Return the award, locked, of somebody who shows it to a manager, or that was taken by hand. Raise NotFound."""
    managed_badge(manager, badge_id)
    query = select(BadgeAward).join(Person, Person.id == BadgeAward.person_id)
    query = query.where(
        BadgeAward.badge_id == badge_id, BadgeAward.person_id == person_id, BadgeAward.by_hand == is_taken
    )
    if not is_taken:
        query = query.where(BadgeAward.revoked_at.is_(None), _holder_is_seen_by(manager))
    return scalar_or_404(query.with_for_update(of=BadgeAward).execution_options(populate_existing=True))


def taken_from(badge_id: uuid.UUID, size: int = A_PAGE) -> list[tuple[PersonSummary, datetime, str]]:
    """Return from whom a badge was taken by hand, when and why, for who may change it: the latest."""
    return [(row[0], row[1], row[2]) for row in _taken_from(badge_id, size)]


@built_once
def _taken_from(badge_id: uuid.UUID, size: int) -> Any:
    return (
        select(summary_columns(), BadgeAward.revoked_at, BadgeAward.reason)
        .select_from(BadgeAward)
        .join(Person, Person.id == BadgeAward.person_id)
        .where(BadgeAward.badge_id == badge_id, BadgeAward.by_hand, Person.state == "active")
        .order_by(BadgeAward.revoked_at.desc(), BadgeAward.id)
        .limit(size)
    )


def is_held(badge_id: uuid.UUID) -> bool:
    """Return whether somebody has a badge, or had it taken."""
    return bool(_is_held(badge_id).scalar())


@built_once
def _is_held(badge_id: uuid.UUID) -> Any:
    return select(exists().where(BadgeAward.badge_id == badge_id))
