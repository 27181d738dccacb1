"""Challenges as scopes of boards: whoever takes part stands there, ranked by what the challenge counts.

The ranks are those of the challenge, also for a week or a month of it. When it is over, they are those that it keeps.
"""

import uuid
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, Date, cast, false, literal, select

from hampa.challenges.models import COUNT, Challenge, ChallengeEntry
from hampa.challenges.queries.challenges import challenge_for
from hampa.challenges.queries.counting import amounts_by_day, takes_part
from hampa.crews.models import Crew
from hampa.leaderboards.models.registry import (
    ALL,
    MONTH,
    TIMES,
    WEEK,
    Metric,
    Scope,
    ScopeKind,
    register_metric,
    register_scope,
)
from hampa.leaderboards.queries.scopes import is_solar
from hampa.people.models import Person
from hampa.platform.db import constants, db
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import lazy_pgettext
from hampa.platform.statements import built_once

CHALLENGE = "challenge"


def open_challenge(viewer: Person, challenge_id: uuid.UUID | None) -> Scope:
    """Return the scope of a challenge to members of its crew who see it. Raise NotFound.

    Its board counts what they may see. Whoever came by the link has the ranking on the page of the challenge.
    """
    shown = challenge_for(viewer, challenge_id) if challenge_id is not None else None
    scope = find_challenge(shown.id) if shown is not None and shown.is_member else None
    if scope is None:
        raise NotFound
    return scope


def find_challenge(challenge_id: uuid.UUID | None) -> Scope | None:
    """Return the scope of a challenge."""
    row = _challenge(challenge_id).one_or_none()
    if row is None:
        return None
    is_final = row.finished_at is not None
    return Scope(
        CHALLENGE,
        row.id,
        row.name,
        row.timezone,
        row.first_day,
        is_solar(),
        since=row.starts_on,
        until=row.ends_on,
        only=(row.metric,),
        crew_id=row.crew_id,
        all_kinds=True,
        windows=(ALL,) if is_final else (ALL, WEEK, MONTH),
        is_final=is_final,
    )


@built_once
def _challenge(challenge_id: uuid.UUID | None) -> Any:
    days = Challenge.starts_on, Challenge.ends_on, Challenge.finished_at
    named = Challenge.id, Challenge.name, Challenge.metric, Challenge.crew_id
    query = select(*named, *days, Crew.timezone, Crew.first_day)
    return query.join(Crew, Crew.id == Challenge.crew_id).where(Challenge.id == challenge_id)


def amounts(scope: Scope, metric: Metric) -> Any:
    """Return what counts for a challenge, as its entries count it; of one that is over what they keep."""
    if scope.id is None or scope.only != (metric.name,):
        return None
    if not scope.is_final:
        return amounts_by_day(scope.id, metric.name)
    columns = (
        ChallengeEntry.person_id,
        cast(literal(scope.since), Date).label("day"),
        ChallengeEntry.value.label("amount"),
    )
    query: Any = select(*columns)
    return query.where(ChallengeEntry.challenge_id == scope.id)


def nothing(_scope: Scope) -> ColumnElement[bool]:
    """Return the condition that no `Activity` counts: `amounts` says what does."""
    return false()


def on_challenge(scope: Scope) -> Any:
    """Return the people who take part in a challenge."""
    query = select(ChallengeEntry.person_id).join(Challenge, Challenge.id == ChallengeEntry.challenge_id)
    query = query.join(Person, Person.id == ChallengeEntry.person_id)
    active = Person.state.in_(constants("active"))
    return query.where(ChallengeEntry.challenge_id == scope.id, takes_part(), active).correlate(None)


def challenges_of(people: Collection[uuid.UUID]) -> Iterable[uuid.UUID | None]:
    """Return the challenges that are not over, in which any of these people takes part."""
    query = select(ChallengeEntry.challenge_id).join(Challenge, Challenge.id == ChallengeEntry.challenge_id)
    mine = ChallengeEntry.person_id.in_(people), Challenge.finished_at.is_(None)
    return db.session.scalars(query.where(*mine).distinct())


def all_challenges() -> Iterable[uuid.UUID | None]:
    """Return the challenges that are not over; boards of others are made when somebody looks."""
    return db.session.scalars(select(Challenge.id).where(Challenge.finished_at.is_(None)))


register_metric(Metric(COUNT, lazy_pgettext("board", "Activities"), TIMES, 6, lambda _scope: None))
register_scope(
    ScopeKind(
        CHALLENGE,
        open_challenge,
        find_challenge,
        nothing,
        on_challenge,
        challenges_of,
        all_challenges,
        stand=None,
        people_are_few=True,
        amounts=amounts,
        page=("challenges.challenge", "challenge_id"),
    )
)
