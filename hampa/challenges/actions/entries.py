"""Taking part in challenges, what each has done, and the end."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from hampa.badges.actions.awarding import when_checked
from hampa.challenges.models import Challenge, ChallengeEntry, entries_version
from hampa.challenges.queries.challenges import ChallengeRow, challenge_for, due_to_finish
from hampa.challenges.queries.counting import takes_part, value_of_entry
from hampa.crews.actions.endings import when_banned
from hampa.crews.queries.crews import holds_membership
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock, ids, versions
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.row_versions import bumping


def join_challenge(person: Person, shown: ChallengeRow, *, by_link: bool) -> None:
    """Let a person who sees a challenge take part: a member of the crew, or who has the link. Joining twice is joining once.

    Raise Refused when it is over or the crew is closed, and NotFound for who is no member any more.
    """
    if shown.is_closed:
        raise Refused(_("The crew is closed, and can only be read."))
    if shown.state in ("counting", "over"):
        raise Refused(_("This challenge is over."))
    if not by_link and not shown.takes_part and not holds_membership(person.id, shown.crew_id):
        raise NotFound
    now = clock.now()
    row = {"id": ids.new_id(), "challenge_id": shown.id, "person_id": person.id, "by_link": by_link}
    made = (
        insert(ChallengeEntry)
        .values(**row, created_at=now, updated_at=now)
        .on_conflict_do_nothing(index_elements=["challenge_id", "person_id"])
        .returning(ChallengeEntry.id)
    )
    if db.session.execute(made, execution_options=bumping([entries_version(shown.id)])).first() is not None:
        refresh([person.id], shown.id)


def leave_challenge(person: Person, challenge_id: uuid.UUID) -> None:
    """Let a person leave a challenge; what they did counts in it no more. Raise NotFound, and Refused when it is over."""
    shown = challenge_for(person, challenge_id)
    if shown.state == "over":
        raise Refused(_("This challenge is over."))
    _drop(ChallengeEntry.challenge_id == challenge_id, ChallengeEntry.person_id == person.id)


@when_checked
def refresh_people(person_ids: Sequence[uuid.UUID]) -> None:
    """Count anew what people did for challenges that are not over."""
    refresh(person_ids)


def refresh(person_ids: Sequence[uuid.UUID] | None = None, challenge_id: uuid.UUID | None = None) -> None:
    """Count anew for some people or all, in one challenge or all that are not over; only what changed is written."""
    value, open_value = value_of_entry(), value_of_entry(openly=True)
    has_changed = or_(ChallengeEntry.value != value, ChallengeEntry.open_value != open_value)
    statement = update(ChallengeEntry).where(
        ChallengeEntry.challenge_id == Challenge.id, Challenge.finished_at.is_(None), has_changed
    )
    if person_ids is not None:
        statement = statement.where(ChallengeEntry.person_id.in_(person_ids))
    if challenge_id is not None:
        statement = statement.where(Challenge.id == challenge_id)
    changed = {
        "value": value,
        "open_value": open_value,
        "version": ChallengeEntry.version + 1,
        "updated_at": clock.now(),
    }
    statement = statement.values(changed).returning(ChallengeEntry.challenge_id)
    written = db.session.scalars(statement.execution_options(synchronize_session=False, **bumping(())))
    for changed_id in set(written):
        versions.bump(entries_version(changed_id))


def finish_challenges(now: datetime, most: int = 10) -> int:
    """End challenges that are over: count a last time, keep the ranks, tell who took part; return how many."""
    challenges = due_to_finish(now, most)
    for challenge in challenges:
        refresh(challenge_id=challenge.id)
        _keep_ranks(challenge.id)
        challenge.finished_at = now
        db.session.flush()
        people = select(ChallengeEntry.person_id).join(Challenge, Challenge.id == ChallengeEntry.challenge_id)
        people = people.where(Challenge.id == challenge.id, takes_part())
        notify(people, "challenge_over", subject_id=challenge.id, data={}, event=challenge.id)
    return len(challenges)


def _keep_ranks(challenge_id: uuid.UUID) -> None:
    rank = func.rank().over(order_by=ChallengeEntry.value.desc()).label("rank")
    query = select(ChallengeEntry.id, rank).join(Challenge, Challenge.id == ChallengeEntry.challenge_id)
    ranked = query.where(ChallengeEntry.challenge_id == challenge_id, takes_part()).subquery()
    statement = update(ChallengeEntry).where(ChallengeEntry.id == ranked.c.id).values(final_rank=ranked.c.rank)
    db.session.execute(
        statement.execution_options(synchronize_session=False, **bumping([entries_version(challenge_id)]))
    )


@when_banned
def drop_banned(crew_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Take somebody whom a crew bans out of its challenges."""
    theirs = select(Challenge.id).where(Challenge.crew_id == crew_id)
    _drop(ChallengeEntry.challenge_id.in_(theirs), ChallengeEntry.person_id == person_id)


def _drop(*conditions: Any) -> None:
    statement = delete(ChallengeEntry).where(*conditions).returning(ChallengeEntry.challenge_id)
    dropped = db.session.scalars(statement.execution_options(synchronize_session=False, **bumping(())))
    for challenge_id in set(dropped):
        versions.bump(entries_version(challenge_id))
