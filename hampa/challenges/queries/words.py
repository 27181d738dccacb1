"""Words of challenges: amounts, and the results that notifications show."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, exists, func, or_, select

from hampa.challenges.models import ATTENDANCE, COUNT, DISTANCE, DUTIES, SUM, TIME, Challenge, ChallengeEntry
from hampa.challenges.queries.counting import takes_guests, takes_part
from hampa.crews.models import Crew
from hampa.crews.queries.crews import is_in_crew
from hampa.notifications.models import Reference, Words
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale import measures
from hampa.platform.locale.i18n import lazy_gettext as _l, lazy_pgettext, ngettext

METRIC_WORDS = {
    TIME: lazy_pgettext("challenge", "Hours"),
    DISTANCE: lazy_pgettext("challenge", "Kilometres"),
    COUNT: lazy_pgettext("challenge", "Activities"),
    ATTENDANCE: lazy_pgettext("challenge", "Runs of the crew"),
    DUTIES: lazy_pgettext("challenge", "Duties for the crew"),
}


def amount_in_words(metric: str, amount: int) -> str:
    """Return an amount with its unit."""
    if metric == TIME:
        return measures.duration(amount / 60)
    if metric == DISTANCE:
        return measures.distance(amount / 1_000)
    if metric == COUNT:
        return ngettext("%(num)d activity", "%(num)d activities", amount)
    if metric == ATTENDANCE:
        return ngettext("%(num)d run", "%(num)d runs", amount)
    return ngettext("%(num)d duty", "%(num)d duties", amount)


def _names(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return the names of challenges to those who see them still."""
    seen = _seen_by_readers(references)
    query = select(Challenge.id, Challenge.name).where(Challenge.id.in_({one.subject_id for one in seen}))
    names = {row.id: row.name for row in db.session.execute(query)}
    return {one.id: {"challenge": names[one.subject_id]} for one in seen if one.subject_id in names}


def _seen_by_readers(references: Sequence[Reference]) -> list[Reference]:
    """Return those of the references whose readers see the challenge: in its crew, or by its link."""
    entry, now = ChallengeEntry, clock.now()
    came_by_link = exists().where(entry.challenge_id == Challenge.id, entry.person_id == Person.id, entry.by_link)
    is_guest = and_(came_by_link.correlate_except(ChallengeEntry), takes_guests(Person.id, now))
    query = (
        select(Challenge.id, Person.id)
        .join(Crew, Crew.id == Challenge.crew_id)
        .join(Person, or_(is_in_crew(Person.id, Challenge.crew_id), is_guest))
        .where(Challenge.id.in_({one.subject_id for one in references}))
        .where(Person.id.in_({one.person_id for one in references}))
    )
    seen = {(row[0], row[1]) for row in db.session.execute(query)}
    return [one for one in references if (one.subject_id, one.person_id) in seen]


def _results(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return how challenges ended, and the rank that each reader had in a ranking, to those who see them still."""
    references = _seen_by_readers(references)
    totals = (
        select(func.coalesce(func.sum(value), 0))
        .where(ChallengeEntry.challenge_id == Challenge.id, takes_part())
        .correlate(Challenge)
        .scalar_subquery()
        for value in (ChallengeEntry.value, ChallengeEntry.open_value)
    )
    query = select(Challenge, *totals).where(Challenge.id.in_({one.subject_id for one in references}))
    rows = {
        challenge.id: (challenge, int(total), int(openly)) for challenge, total, openly in db.session.execute(query)
    }
    own = _ranks(rows, {one.person_id for one in references})
    found = {}
    for one in references:
        if one.subject_id in rows:
            challenge, total, openly = rows[one.subject_id]
            is_member, rank = own.get((challenge.id, one.person_id), (False, None))
            found[one.id] = _result(challenge, total if is_member else openly, rank)
    return found


def _ranks(
    challenge_ids: Collection[uuid.UUID], people: Collection[uuid.UUID | None]
) -> dict[tuple[uuid.UUID, uuid.UUID | None], tuple[bool, int | None]]:
    """Return for challenges and people whether they belong to the crew, and their rank among what they are told."""
    open_rank = func.rank().over(partition_by=ChallengeEntry.challenge_id, order_by=ChallengeEntry.open_value.desc())
    is_member = is_in_crew(ChallengeEntry.person_id, Challenge.crew_id)
    ranked = (
        select(
            *(ChallengeEntry.challenge_id, ChallengeEntry.person_id, ChallengeEntry.final_rank),
            *(open_rank.label("open_rank"), is_member.label("is_member")),
        )
        .join(Challenge, Challenge.id == ChallengeEntry.challenge_id)
        .where(ChallengeEntry.challenge_id.in_(challenge_ids), takes_part())
        .subquery()
    )
    return {
        (row.challenge_id, row.person_id): (row.is_member, row.final_rank if row.is_member else row.open_rank)
        for row in db.session.execute(select(ranked).where(ranked.c.person_id.in_(people)))
    }


def _result(challenge: Challenge, total: int, rank: int | None) -> dict[str, Any]:
    is_sum = challenge.mode == SUM
    return {
        "challenge": challenge.name,
        "amount": amount_in_words(challenge.metric, total) if is_sum else "",
        "reached": int(is_sum and total >= (challenge.target or 0)),
        "rank": rank or 0 if not is_sum else 0,
    }


CHALLENGE = Words(_names, gone={"challenge": _l("A challenge that is gone")})
RESULT = Words(_results, gone={"challenge": _l("A challenge that is gone"), "amount": "", "reached": 0, "rank": 0})
