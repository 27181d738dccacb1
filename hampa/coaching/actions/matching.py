"""Which activity was done for which session: found by the worker, and changed or undone by the athlete.

Days are compared as they are: that of an activity is the date on the clock where it began, that of a session a date of the
athlete's calendar. So neither clock changes nor zones move anything to another day.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from math import log as logarithm

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from hampa.coaching.actions.events import log
from hampa.coaching.actions.sessions import write
from hampa.coaching.models.matching import NEAR_DAYS, MatchChoice, family_of
from hampa.coaching.models.sessions import PLANNED, CoachedPlan, PlanSession, percent_done
from hampa.coaching.queries.matching import days_to_match, plans_person
from hampa.coaching.queries.sessions import own_sessions, session_of, sessions_of_plan
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db, raise_if_taken
from hampa.platform.errors import Conflict, Refused
from hampa.platform.jobs import enqueue
from hampa.platform.locale.i18n import gettext as _
from hampa.training.actions.activities import when_logged
from hampa.training.models.activities import Activity
from hampa.training.models.plans import PlanMember, TrainingPlan

ASKED_FOR = dt.timedelta(days=3)
"""How long the question how a session was is asked."""
UNKNOWN_DISTANCE = 9.0
"""How far apart a session and an activity are that do not compare."""


@when_logged
def match_soon(activity: Activity) -> None:
    """Let the worker look to which session a new or changed activity belongs, if its person has one on that day."""
    if plans_person(activity.person_id, activity.day, activity.id):
        enqueue("coaching.match", person_id=activity.person_id, day=activity.day)


def match_plan_soon(plan_id: uuid.UUID, day: dt.date) -> None:
    """Let the worker look what was done for a session that was put on a day."""
    enqueue("coaching.match_plan", plan_id=plan_id, day=day)


def match_day(person_id: uuid.UUID, day: dt.date) -> None:
    """Match what a person did on a day with what was planned for it; doing it again changes nothing.

    One at a time for each person. What they chose or said how it was stays.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"coaching.match:{person_id}", 0))))
    for one in sorted({day, *_release_strays(person_id, day)}):
        _match(person_id, one)


def match_plan(plan_id: uuid.UUID, day: dt.date) -> None:
    """Match what the owner of a plan did on a day."""
    owner = select(PlanMember.person_id).where(PlanMember.plan_id == plan_id, PlanMember.role == "owner")
    if (person_id := db.session.scalar(owner)) is not None:
        match_day(person_id, day)


def match_recent(after: tuple[uuid.UUID, dt.date] | None, size: int) -> tuple[uuid.UUID, dt.date] | None:
    """Match what of the last days could be and is not yet; return the last person and day that was looked at."""
    found = days_to_match(clock.now().date(), after, size)
    for person_id, day in found:
        match_day(person_id, day)
    return found[-1] if found else None


def _release_strays(person_id: uuid.UUID, day: dt.date) -> Collection[dt.date]:
    """Take activities of a day, to which they were moved, from sessions of other days; return these days."""
    strays = (
        update(PlanSession)
        .where(
            PlanSession.activity_id == Activity.id,
            PlanSession.day != Activity.day,
            Activity.person_id == person_id,
            Activity.day == day,
            ~exists().where(MatchChoice.activity_id == Activity.id),
        )
        .values(activity_id=None, updated_at=clock.now(), version=PlanSession.version + 1)
        .returning(PlanSession.day)
    )
    return set(db.session.scalars(strays.execution_options(synchronize_session=False)))


def _match(person_id: uuid.UUID, day: dt.date) -> None:
    mine = (
        select(PlanSession)
        .join(PlanMember, PlanMember.plan_id == PlanSession.plan_id)
        .join(TrainingPlan, TrainingPlan.id == PlanSession.plan_id)
        .where(own_sessions(person_id), PlanSession.day == day, PlanSession.state == PLANNED)
        .order_by(PlanSession.id)
        .with_for_update(of=PlanSession)
        .execution_options(populate_existing=True)
    )
    sessions = db.session.scalars(mine).all()
    if not sessions:
        return
    # An activity that is being changed is left to whoever changes it: waiting for it could stop both for ever.
    done = (
        select(Activity)
        .where(Activity.person_id == person_id, Activity.day == day)
        .where(~exists().where(MatchChoice.activity_id == Activity.id))
        .order_by(Activity.id)
        .with_for_update(key_share=True, skip_locked=True, of=Activity)
        .execution_options(populate_existing=True)
    )
    activities = {one.id: one for one in db.session.scalars(done)}
    free = [
        one for one in sessions if one.activity_id is None or (not one.answered_at and one.activity_id in activities)
    ]
    said = {one.activity_id for one in sessions if one not in free}
    elsewhere = select(PlanSession.activity_id).where(
        PlanSession.activity_id.in_(activities), PlanSession.id.not_in([one.id for one in sessions])
    )
    said |= set(db.session.scalars(elsewhere))
    chosen = best_pairs(free, [one for key, one in activities.items() if key not in said])
    before = {one.id: one.activity_id for one in free}
    changed = [one for one in free if before[one.id] != chosen.get(one.id)]
    for one in changed:
        one.activity_id = None
    db.session.flush()  # two sessions may change places, and an activity belongs to one
    for one in changed:
        one.activity_id = chosen.get(one.id)
        if one.activity_id is not None:
            _tell(person_id, one)
    db.session.flush()


def best_pairs(sessions: Sequence[PlanSession], activities: Sequence[Activity]) -> dict[uuid.UUID, uuid.UUID]:
    """Return the activity for each session by their ids: the same kind first, then the nearest, each once."""
    ranked = sorted(
        (one.kind != other.kind, _distance(one, other), one.id, other.id)
        for one in sessions
        for other in activities
        if family_of(one.kind) == family_of(other.kind)
    )
    pairs: dict[uuid.UUID, uuid.UUID] = {}
    for _kind, _far, session_id, activity_id in ranked:
        if session_id not in pairs and activity_id not in pairs.values():
            pairs[session_id] = activity_id
    return pairs


def _distance(session: PlanSession, activity: Activity) -> float:
    planned, done = (session.distance_m, session.duration_s), (activity.distance_m, activity.duration_s)
    percent = percent_done(planned, done)
    return UNKNOWN_DISTANCE if percent is None else abs(logarithm(max(percent, 1) / 100))


def _tell(person_id: uuid.UUID, session: PlanSession) -> None:
    """Ask a person how a session was, once, and write down that something was done for it."""
    coached = db.session.scalar(select(CoachedPlan.athlete_id).where(CoachedPlan.plan_id == session.plan_id))
    person = db.session.get(Person, person_id)
    after = {"day": session.day.isoformat(), "kind": session.kind}
    log("matched", person, athlete_id=coached, plan_id=session.plan_id, after=after)
    notify(
        [person_id],
        "session_done",
        subject_id=session.id,
        data={"day": session.day.isoformat(), "kind": session.kind},
        event=session.id,
        expires_at=clock.now() + ASKED_FOR,
    )


class ActivityTaken(Conflict):
    """The activity was matched with another session at the same moment."""


def choose_activity(
    person: Person, plan_id: uuid.UUID, session_id: uuid.UUID, activity_id: uuid.UUID | None
) -> PlanSession:
    """Say which of one's activities was done for a session, or that none was. Raise NotFound, Forbidden and Refused.

    Neither that activity nor the one before is matched by itself any more.
    """
    seen = sessions_of_plan(person, plan_id, answers=True)
    session = session_of(seen, session_id, lock=True)
    if activity_id == session.activity_id:
        return session
    if activity_id is not None:
        near = Activity.day.between(session.day - dt.timedelta(NEAR_DAYS), session.day + dt.timedelta(NEAR_DAYS))
        own = select(Activity.id).where(Activity.id == activity_id, Activity.person_id == person.id, near)
        # Who changes it now sees this session afterwards, or is waited for: kept sums of the plan would miss the change.
        if db.session.scalar(own.with_for_update(key_share=True)) is None or not seen.member.belongs:
            raise Refused(_("Choose what you did around that day."), "activity")
    for one in {activity_id, session.activity_id} - {None}:
        row = {"id": ids.new_id(), "activity_id": one, "created_at": clock.now()}
        db.session.execute(insert(MatchChoice).values(row).on_conflict_do_nothing(index_elements=["activity_id"]))
    if activity_id is not None:
        others = update(PlanSession).where(PlanSession.activity_id == activity_id, PlanSession.id != session_id)
        others = others.values(activity_id=None, updated_at=clock.now(), version=PlanSession.version + 1)
        db.session.execute(others.execution_options(synchronize_session=False))
    taken = _("This activity was taken for another session just now. Look again.")
    with raise_if_taken("uq_coaching_sessions_activity_id", lambda: ActivityTaken(taken, "activity")):
        session.activity_id = activity_id
        if activity_id is None:
            session.done_at = session.done_distance_m = session.done_duration_s = None
        db.session.flush()
    what = "unmatched" if activity_id is None else "matched"
    write(seen, what, person, after={"day": session.day.isoformat(), "kind": session.kind})
    if activity_id is None:
        match_plan_soon(plan_id, session.day)
    return session
