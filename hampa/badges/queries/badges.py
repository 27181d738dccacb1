"""Badges: which a person may know of, how far they are from each, and who has one."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    cast,
    exists,
    false,
    func,
    literal_column,
    null,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from hampa.badges.models import (
    MOST_OF_CREW,
    MOST_OF_SITE,
    Badge,
    BadgeAward,
    BadgeCheck,
    BadgeCircle,
    BadgePicture,
    BadgeProgress,
    Criteria,
    picture_file_name,
    stored_criteria,
)
from hampa.badges.queries.measuring import Standing, deeds_of, kept_standing, standing_of
from hampa.badges.queries.words import amount_in_words, progress_in_words, text_in_language
from hampa.cards.queries.interests import companion_ids
from hampa.crews.models import ACTIVE, ADMIN, Crew, CrewMembership
from hampa.crews.queries.crews import MOST_CREWS, is_in_crew, is_known_to, member_of, membership_of
from hampa.people.models import Person
from hampa.people.queries import hidden_from, names_people, stand_in
from hampa.platform.db import constants, scalar_or_404
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.media import pictures
from hampa.platform.statements import built_once
from hampa.training.models.activities import COMPANIONS, CREW, EVERYONE, ME

MOST_SHOWN = 100
"""Badges of one person that a page shows; the latest."""


@dataclass(frozen=True, slots=True)
class BadgeRow:
    """A badge, in both languages, with when its viewer earned it; `reason` is why it was taken from them by hand."""

    id: uuid.UUID
    crew_id: uuid.UUID | None
    crew_name: str | None
    name_fa: str
    name_en: str
    description_fa: str
    description_en: str
    drawing: str
    picture: str | None
    criteria: dict[str, Any]
    is_whole: bool
    retired_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int
    earned_on: dt.date | None = None
    taken_at: datetime | None = None
    reason: str = ""
    awarded_at: datetime | None = None

    @property
    def name(self) -> str:
        """Return the name in the reader's language, or in the other one."""
        return text_in_language(self.name_fa, self.name_en)

    @property
    def description(self) -> str:
        """Return the description in the reader's language, or in the other one."""
        return text_in_language(self.description_fa, self.description_en)

    @property
    def asks(self) -> Criteria | None:
        """Return what it asks for."""
        return stored_criteria(self.criteria)

    @property
    def is_earnable(self) -> bool:
        """Return whether somebody may earn it still."""
        return self.retired_at is None and self.is_whole and self.asks is not None


@dataclass(frozen=True, slots=True)
class BadgeStep:
    """A badge that a person does not have, and how far they are."""

    badge: BadgeRow
    criteria: Criteria
    standing: Standing

    @property
    def words(self) -> str:
        """Return how far it is in words: “6 h of 10 h: 4 h to go”."""
        if self.standing.reached_on is not None:
            return _("You have it: the badge comes in a moment.")
        return progress_in_words(self.criteria.metric, self.standing.amount, self.standing.target)

    @property
    def share(self) -> float:
        """Return how much of it is done, 1 for all."""
        if self.standing.reached_on is not None:
            return 1.0
        return min(1.0, self.standing.amount / self.standing.target)

    @property
    def target(self) -> str:
        """Return the whole in words."""
        return amount_in_words(self.criteria.metric, self.standing.target)


def is_whole() -> ColumnElement[bool]:
    """Return the condition that neither the plan nor the crew of a `Badge`'s criteria is gone."""
    plan = or_(~Badge.criteria.has_key("plan"), Badge.plan_id.is_not(None))
    crew = or_(~Badge.criteria.has_key("crew"), Badge.counted_crew_id.is_not(None))
    return and_(plan, crew)


COLUMNS = (
    Badge.id,
    Badge.crew_id,
    Crew.name.label("crew_name"),
    Badge.name_fa,
    Badge.name_en,
    Badge.description_fa,
    Badge.description_en,
    Badge.drawing,
    Badge.picture,
    Badge.criteria,
    is_whole().label("is_whole"),
    Badge.retired_at,
    Badge.created_at,
    Badge.updated_at,
    Badge.version,
)
OWN = (
    BadgeAward.earned_on,
    BadgeAward.revoked_at,
    func.coalesce(BadgeAward.reason, "").label("reason"),
    func.coalesce(BadgeAward.by_hand, false()).label("by_hand"),
    BadgeAward.awarded_at,
)


def _with_award(*values: Any) -> BadgeRow:
    earned_on, revoked_at, reason, by_hand, awarded_at = values[-5:]
    own: tuple[Any, ...] = (earned_on, None, "", awarded_at)
    if revoked_at is not None:
        own = (None, revoked_at if by_hand else None, reason)
    return BadgeRow(*values[:-5], *own)


def badges_for(person: Person) -> list[BadgeRow]:
    """Return the badges that a person has or may earn: those of the site and of their crews, and what they earned before."""
    return [_with_award(*row) for row in _badges_for(person.id, MOST_OF_SITE + MOST_CREWS * MOST_OF_CREW)]


@built_once
def _badges_for(person_id: uuid.UUID, most: int) -> Any:
    query = select(*COLUMNS, *OWN).select_from(Badge).outerjoin(Crew, Crew.id == Badge.crew_id)
    held = and_(BadgeAward.badge_id == Badge.id, BadgeAward.person_id == person_id)
    theirs = or_(Badge.crew_id.is_(None), is_in_crew(person_id, Badge.crew_id))
    earnable = and_(theirs, Badge.retired_at.is_(None))
    query = query.outerjoin(BadgeAward, held).where(
        or_(earnable, BadgeAward.revoked_at.is_(None) & BadgeAward.id.is_not(None))
    )
    return query.order_by(BadgeAward.earned_on.desc().nulls_last(), Badge.created_at, Badge.id).limit(most)


class KeptProgress(NamedTuple):
    """What the worker saw last of a person, None where it saw nothing yet, and whether something has changed since."""

    has_changed: bool
    amounts: dict[str, int] | None
    seen_on: dt.date | None


def next_of(person: Person, rows: Sequence[BadgeRow], kept: KeptProgress | None = None) -> list[BadgeStep]:
    """Return how far a person is from those badges that they do not have, the nearest first."""
    missing = [
        (row, row.asks)
        for row in rows
        if row.earned_on is None and row.taken_at is None and row.is_earnable and row.asks is not None
    ]
    if not missing:
        return []
    today = dates.today()
    kept = kept or KeptProgress(*_kept_progress(person.id).one())
    amounts = kept.amounts or {}
    if not kept.has_changed and (kept.amounts is None or all(str(row.id) in amounts for row, _asks in missing)):
        # Of who has no row the worker has seen nothing yet, so that nothing is done.
        seen_on = kept.seen_on or today
        standings = [kept_standing(amounts.get(str(row.id), 0), asks, seen_on, today) for row, asks in missing]
    else:
        deeds = deeds_of([person.id])[person.id]
        standings = [standing_of(deeds, asks, today, of_crew=row.crew_id) for row, asks in missing]
    pairs = zip(missing, standings, strict=True)
    return sorted((BadgeStep(row, asks, one) for (row, asks), one in pairs), key=lambda step: -step.share)


@built_once
def _kept_progress(person_id: uuid.UUID) -> Any:
    query = select(_has_changed(person_id), BadgeProgress.amounts, BadgeProgress.seen_on)
    query = query.select_from(Person).outerjoin(BadgeProgress, BadgeProgress.person_id == Person.id)
    return query.where(Person.id == person_id)


def _has_changed(person_id: Any) -> Any:
    return exists().where(BadgeCheck.person_id == person_id).label("has_changed")


def badges_of_site(person: Person) -> list[BadgeRow]:
    """Return the badges of the site with what a person has of them."""
    return [_with_award(*row[:-3]) for row in _badges_of_site(person.id, MOST_OF_SITE)]


def progress_on_site(person: Person) -> tuple[list[BadgeRow], list[BadgeStep]]:
    """Return the badges of the site with what a person has of them, and how far they are from the others."""
    found = _badges_of_site(person.id, MOST_OF_SITE).all()
    if not found:
        return [], []
    has_changed, _amount, seen_on = found[0][-3:]
    amounts = {str(row[0]): row[-2] for row in found if row[-2] is not None}
    rows = [_with_award(*row[:-3]) for row in found]
    return rows, next_of(person, rows, KeptProgress(has_changed, None if seen_on is None else amounts, seen_on))


@built_once
def _badges_of_site(person_id: uuid.UUID, most: int) -> Any:
    amount = cast(BadgeProgress.amounts[cast(Badge.id, Text)].astext, BigInteger).label("amount")
    query = _with_awards(person_id).add_columns(_has_changed(person_id), amount, BadgeProgress.seen_on)
    query = query.outerjoin(BadgeProgress, BadgeProgress.person_id == person_id)
    return _in_order(query.where(Badge.crew_id.is_(None)), most)


def badges_of_crew(person: Person, crew_id: uuid.UUID) -> tuple[CrewMembership, list[BadgeRow]]:
    """Return the membership of a person and the badges of the crew. Raise Forbidden and NotFound as `member_of` does."""
    membership = member_of(person, crew_id)
    return membership, [_with_award(*row) for row in _badges_of_crew(person.id, crew_id, MOST_OF_SITE)]


@built_once
def _badges_of_crew(person_id: uuid.UUID, crew_id: uuid.UUID, most: int) -> Any:
    return _in_order(_with_awards(person_id).where(Badge.crew_id == crew_id), most)


def _with_awards(person_id: Any) -> Select[Any]:
    held = and_(BadgeAward.badge_id == Badge.id, BadgeAward.person_id == person_id)
    query = select(*COLUMNS, *OWN).select_from(Badge).outerjoin(Crew, Crew.id == Badge.crew_id)
    return query.outerjoin(BadgeAward, held)


def _in_order(query: Select[Any], most: Any) -> Select[Any]:
    return query.order_by(Badge.retired_at.is_not(None), Badge.created_at, Badge.id).limit(most)


def may_manage(person: Person, badge: Badge | BadgeRow) -> bool:
    """Return whether a person may change a badge: operators those of the site, admins those of their crew."""
    if badge.crew_id is None:
        return person.is_operator
    membership = membership_of(person, badge.crew_id)
    is_admin = membership is not None and membership.is_active and membership.role == ADMIN
    return is_admin and membership is not None and membership.crew.closed_at is None


def is_shown_badge(person: Person) -> ColumnElement[bool]:
    """Return the condition that a person may know of a `Badge`: one of the site, of a crew of theirs, or that they earned."""
    award = aliased(BadgeAward)
    earned = exists().where(award.badge_id == Badge.id, award.person_id == person.id, award.revoked_at.is_(None))
    return or_(Badge.crew_id.is_(None), is_in_crew(person.id, Badge.crew_id), earned.correlate(Badge))


def badge_for(person: Person, badge_id: uuid.UUID) -> BadgeRow:
    """Return a badge that a person may know of, with what they have of it. Raise NotFound."""
    row = _badge(person.id, badge_id).one_or_none()
    if row is None:
        raise NotFound
    return _with_award(*row)


@built_once
def _badge(person_id: uuid.UUID, badge_id: uuid.UUID) -> Any:
    held = and_(BadgeAward.badge_id == Badge.id, BadgeAward.person_id == person_id)
    query = select(*COLUMNS, *OWN).select_from(Badge).outerjoin(Crew, Crew.id == Badge.crew_id)
    return query.outerjoin(BadgeAward, held).where(Badge.id == badge_id, is_shown_badge(stand_in(person_id)))


def managed_badge(person: Person, badge_id: uuid.UUID, *, lock: bool = False) -> Badge:
    """Return a badge that a person may change. Raise NotFound for one they may not know of, Forbidden for others."""
    query = select(Badge).where(Badge.id == badge_id, is_shown_badge(person))
    badge = scalar_or_404(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if not may_manage(person, badge):
        raise Forbidden(
            _("Only those who make these badges can change them: operators of the site, or admins of the crew.")
        )
    return badge


def progress_of(person: Person, row: BadgeRow) -> BadgeStep | None:
    """Return how far a person is from a badge; None for one that they have, or that nobody earns any more."""
    return next(iter(next_of(person, [row])), None)


def circle_of(person: Person) -> str:
    """Return who sees the badges of a person."""
    return _circle(person.id).scalar() or ME


@built_once
def _circle(person_id: uuid.UUID) -> Any:
    return select(BadgeCircle.visibility).where(BadgeCircle.person_id == person_id)


def shows_badges_to(viewer: Person) -> ColumnElement[bool]:
    """Return the condition that a `Person` shows their badges to a viewer."""
    mine, theirs = aliased(CrewMembership), aliased(CrewMembership)
    in_one_crew = exists().where(
        *(mine.person_id == viewer.id, mine.status.in_(constants(ACTIVE)), theirs.crew_id == mine.crew_id),
        *(theirs.person_id == Person.id, theirs.status.in_(constants(ACTIVE))),
    )
    chosen = exists().where(
        BadgeCircle.person_id == Person.id,
        or_(
            BadgeCircle.visibility.in_(constants(EVERYONE)),
            and_(BadgeCircle.visibility.in_(constants(COMPANIONS)), Person.id.in_(companion_ids(viewer.id))),
            and_(BadgeCircle.visibility.in_(constants(CREW)), in_one_crew.correlate(Person)),
        ),
    )
    others = and_(Person.state.in_(constants("active")), Person.id.not_in(hidden_from(viewer.id)), chosen)
    return or_(Person.id == viewer.id, others)


_NEVER_TAKEN: tuple[Any, ...] = null().label("taken_at"), literal_column("''").label("reason")


def earned_by(viewer: Person, person_id: uuid.UUID, size: int = MOST_SHOWN) -> list[BadgeRow]:
    """Return the badges of a person that a viewer sees, the latest first; those of crews that they may know of."""
    return [BadgeRow(*row) for row in _earned_by(viewer.id, person_id, size)]


@built_once
def _earned_by(viewer_id: uuid.UUID, person_id: uuid.UUID, size: int) -> Any:
    return (
        select(*COLUMNS, BadgeAward.earned_on, *_NEVER_TAKEN, BadgeAward.awarded_at)
        .select_from(BadgeAward)
        .join(Badge, Badge.id == BadgeAward.badge_id)
        .join(Person, Person.id == BadgeAward.person_id)
        .outerjoin(Crew, Crew.id == Badge.crew_id)
        .where(BadgeAward.person_id == person_id, BadgeAward.revoked_at.is_(None), shows_badges_to(stand_in(viewer_id)))
        .where(or_(Badge.crew_id.is_(None), Person.id == viewer_id, is_known_to(viewer_id)))
        .order_by(BadgeAward.earned_on.desc(), BadgeAward.id.desc())
        .limit(size)
    )


def newest_picture(badge_id: uuid.UUID) -> BadgePicture | None:
    """Return the picture that was added last: finished, waiting to be processed, or refused."""
    return pictures.newest_picture(BadgePicture, BadgePicture.badge_id == badge_id)


def picture_file(viewer: Person, badge_id: uuid.UUID, picture: str, width: int) -> str:
    """Return the name of a file of the picture that a badge shows. Raise NotFound for who may not know of it.

    Whoever is shown the badge of a crew on a page of its holder knows the crew.
    """
    known = or_(is_shown_badge(viewer), and_(Badge.crew_id == Crew.id, is_known_to(viewer.id)))
    query = select(Badge.id).outerjoin(Crew, Crew.id == Badge.crew_id)
    scalar_or_404(query.where(Badge.id == badge_id, Badge.picture == picture, known))
    return picture_file_name(badge_id, picture, width)


@names_people
def is_named_by_badges(viewer: Person | None) -> ColumnElement[bool]:
    """Return the condition that a `Person` shows a badge to everybody who is signed in."""
    if viewer is None:
        return false()
    shown = exists().where(BadgeCircle.person_id == Person.id, BadgeCircle.visibility.in_(constants(EVERYONE)))
    has_one = exists().where(BadgeAward.person_id == Person.id, BadgeAward.revoked_at.is_(None))
    return and_(shown, has_one)
