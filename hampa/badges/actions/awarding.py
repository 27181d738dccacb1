"""Awarding badges, and taking them back: by the worker, when what people did changes, and by hand."""

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import and_, delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from hampa.badges.models import BadgeAward, BadgeCheck, BadgeProgress
from hampa.badges.queries.checking import Held, Rule, Runner, awards_of, crews_of_people, rules_for, runners
from hampa.badges.queries.holders import award_to_take
from hampa.badges.queries.measuring import Deeds, deeds_of, standing_of
from hampa.badges.queries.timeline import EARNED
from hampa.notifications.actions.notifying import notify
from hampa.notifications.actions.reading import read_about
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.jobs import enqueue
from hampa.platform.locale import dates, i18n
from hampa.timeline.actions import Occurrence, record_all

CHECKS_AT_ONCE = 2_000
LOCK = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('badges ' || id, 0))"
    " FROM (SELECT unnest(CAST(:ids AS text[])) AS id ORDER BY 1) AS people"
)

Listener = Callable[[Sequence[uuid.UUID]], None]
_listeners: list[Listener] = []


def when_checked(act: Listener) -> Listener:
    """Register what else is done, in the same transaction, for people whose activities, runs or duties changed."""
    _listeners.append(act)
    return act


def collect_checks() -> int:
    """Enqueue a job for each person who did something new, and return how many notes of that there were."""
    some = select(BadgeCheck.id).order_by(BadgeCheck.id).limit(CHECKS_AT_ONCE).with_for_update(skip_locked=True)
    gone = delete(BadgeCheck).where(BadgeCheck.id.in_(some.scalar_subquery())).returning(BadgeCheck.person_id)
    notes = db.session.scalars(gone.execution_options(synchronize_session=False)).all()
    for person_id in sorted(set(notes)):
        enqueue("badges.check", person_id=person_id)
    return len(notes)


def check_people(person_ids: Sequence[uuid.UUID], only: uuid.UUID | None = None) -> int:
    """Award people what they have earned, take back what they have not any more, and return how many awards there are.

    With `only`, look at one badge. One worker looks at a person at a time; what others awarded before stays.
    """
    db.session.execute(LOCK, {"ids": [str(one) for one in person_ids]})
    people = runners(person_ids)
    known = [one.id for one in people]
    crews = crews_of_people(known)
    rules = rules_for(known, only)
    held = awards_of(known, only)
    deeds = deeds_of(known)
    awarded = 0
    for person in people:
        with i18n.use_locale(person.locale, person.timezone, person.calendar):
            awarded += _settle(person, rules, held[person.id], deeds[person.id], crews[person.id], of_all=only is None)
    if only is None:
        _forget_progress([person_id for person_id in known if deeds[person_id].is_empty])
        for act in _listeners:
            act(known)
    return awarded


def _settle(
    person: Runner, rules: Sequence[Rule], held: Held, deeds: Deeds, crews: set[uuid.UUID], *, of_all: bool
) -> int:
    today = dates.today()
    awarded: list[Rule] = []
    amounts: dict[str, int] = {}
    for rule in rules:
        if rule.crew_id is not None and rule.crew_id not in crews:
            continue
        standing = standing_of(deeds, rule.criteria, today, of_crew=rule.crew_id)
        amounts[str(rule.id)] = standing.amount
        award = held.get(rule.id)
        if award is not None and award.by_hand:
            continue
        if standing.reached_on is None:
            if award is not None and award.revoked_at is None:
                _take_back(award.id)
        elif (award is None or award.revoked_at is not None) and _award(person.id, rule.id, standing.reached_on):
            awarded.append(rule)
        elif award is not None and award.revoked_at is None and award.earned_on != standing.reached_on:
            _move(award.id, standing.reached_on)
    if not deeds.is_empty:
        _keep_progress(person.id, amounts, today, of_all=of_all)
    if awarded:
        now = clock.now()
        record_all(EARNED, [Occurrence(person.id, rule.id, now, crew_id=rule.crew_id) for rule in awarded])
        _tell(person.id, [rule.id for rule in awarded])
    return len(awarded)


def _keep_progress(person_id: uuid.UUID, amounts: dict[str, int], today: dt.date, *, of_all: bool) -> None:
    """Keep how far a person is, for their page; one badge is added to what was kept on the same day alone."""
    now = clock.now()
    row = {"id": ids.new_id(), "person_id": person_id, "amounts": amounts, "seen_on": today}
    made = insert(BadgeProgress).values(**row, created_at=now, updated_at=now)
    more = made.excluded.amounts if of_all else BadgeProgress.amounts.op("||")(made.excluded.amounts)
    changed = {"amounts": more, "seen_on": today, "updated_at": now, "version": BadgeProgress.version + 1}
    is_new = more != BadgeProgress.amounts
    is_new = or_(BadgeProgress.seen_on != today, is_new) if of_all else and_(BadgeProgress.seen_on == today, is_new)
    statement = made.on_conflict_do_update(index_elements=[BadgeProgress.person_id], set_=changed, where=is_new)
    db.session.execute(statement)


def _forget_progress(person_ids: Sequence[uuid.UUID]) -> None:
    """Keep nothing of people of whom nothing counts any more: they are as far as who has never done anything."""
    gone = delete(BadgeProgress).where(BadgeProgress.person_id.in_(person_ids))
    db.session.execute(gone.execution_options(synchronize_session=False))


def _award(person_id: uuid.UUID, badge_id: uuid.UUID, earned_on: dt.date) -> bool:
    """Award a badge, and return whether it was: of all who try, the database lets one do it."""
    now = clock.now()
    row = {"id": ids.new_id(), "badge_id": badge_id, "person_id": person_id, "earned_on": earned_on, "awarded_at": now}
    made = insert(BadgeAward).values(**row, created_at=now, updated_at=now)
    again = {"earned_on": earned_on, "awarded_at": now, "revoked_at": None, "reason": "", "updated_at": now}
    made = made.on_conflict_do_update(
        index_elements=[BadgeAward.badge_id, BadgeAward.person_id],
        set_=again | {"version": BadgeAward.version + 1},
        where=BadgeAward.revoked_at.is_not(None) & ~BadgeAward.by_hand,
    )
    return db.session.execute(made.returning(BadgeAward.id)).first() is not None


def _take_back(award_id: uuid.UUID) -> None:
    """Revoke an award of which what earned it is gone; nobody is told."""
    _change(award_id, revoked_at=clock.now())


def _move(award_id: uuid.UUID, earned_on: dt.date) -> None:
    """Set the day of an award that something older, or a change, has moved."""
    _change(award_id, earned_on=earned_on)


def _change(award_id: uuid.UUID, **values: Any) -> None:
    statement = update(BadgeAward).where(BadgeAward.id == award_id, BadgeAward.revoked_at.is_(None))
    statement = statement.values(**values, version=BadgeAward.version + 1, updated_at=clock.now())
    db.session.execute(statement.execution_options(synchronize_session=False))


def _tell(person_id: uuid.UUID, badge_ids: Sequence[uuid.UUID]) -> None:
    """Notify a person of badges that they have just earned, of all of them at once."""
    more = len(badge_ids) - 1
    event = f"{badge_ids[0]}:{clock.now().isoformat()}"
    notify([person_id], "badge_earned", subject_id=badge_ids[0], data={"more": more}, event=event)


def enqueue_check_of(badge_id: uuid.UUID) -> None:
    """Have the worker look who has earned a badge already."""
    enqueue("badges.check_badge", badge_id=badge_id)


def take_award(manager: Person, badge_id: uuid.UUID, person_id: uuid.UUID, reason: str) -> None:
    """Take a badge from somebody, with a reason that they read; the worker does not award it again.

    Raise Forbidden, and NotFound for somebody who does not have it or does not show it to the manager.
    """
    award = award_to_take(manager, badge_id, person_id)
    award.revoked_at, award.by_hand, award.revoked_by_id = clock.now(), True, manager.id
    award.reason = reason
    db.session.flush()
    read_about([person_id], badge_id)
    event = f"{award.id}:{award.version}"
    notify([person_id], "badge_taken", subject_id=badge_id, data={}, event=event)


def give_back(manager: Person, badge_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Let somebody from whom a badge was taken by hand earn it again, at once if they have. Raise Forbidden, NotFound."""
    award = award_to_take(manager, badge_id, person_id, is_taken=True)
    db.session.delete(award)
    db.session.flush()
    enqueue("badges.check", person_id=person_id)
