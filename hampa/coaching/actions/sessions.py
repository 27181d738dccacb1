"""Planning sessions, changing and moving them, and what became of them; each change is written down with who and why."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from hampa.coaching.actions.events import log
from hampa.coaching.models.athletes import Athlete, Coach
from hampa.coaching.models.sessions import EXCUSED, EXCUSES, MOST_SESSIONS, PLANNED, SKIPPED, CoachedPlan, PlanSession
from hampa.coaching.queries.athletes import athlete_for
from hampa.coaching.queries.sessions import PlanSeen, session_of, sessions_of_plan
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.jobs import enqueue
from hampa.platform.limits import limit
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, number
from hampa.training.actions.plans import tells_of_changes, too_many_plans
from hampa.training.models.plans import JOINED, MOST_PLANS_A_DAY, OWNER, PLANS_MADE, Milestone, PlanMember, TrainingPlan
from hampa.training.queries.plans import locked_plan

SHOWN = ("day", "kind", "distance_m", "duration_s", "effort", "text", "state", "excuse")
"""The columns of a session that a change is shown by."""
TOLD = (
    *("changed", "moved", "shortened", "skipped", "excused", "planned", "deleted", "race_moved"),
    *("step_added", "step_deleted"),
)
"""Changes by a coach of which the athlete is notified."""
OF_PLANS = ("plan_changed", "step_added", "step_open", "step_deleted")
"""Changes of a plan itself, which stand on timelines where it is that of an athlete."""
REACHED = "step_reached"
"""That a milestone is reached has an entry of its own on timelines."""
FARTHEST = timedelta(days=730)
SHORTER = 50
"""Percent of a session that is left when it is shortened."""


def create_plan_for(
    person: Person, athlete_id: uuid.UUID, values: Mapping[str, Any], race_on: dt.date | None
) -> TrainingPlan:
    """Make a plan for an athlete, who owns it if they have an account; `values` are columns of the plan.

    Raise NotFound and Forbidden.
    """
    seen = athlete_for(person, athlete_id, "plans", changes=True)
    limit(person, PLANS_MADE, 4 * MOST_PLANS_A_DAY, per="day", error=too_many_plans)
    return add_plan(person, seen.record, values, race_on)


def add_plan(person: Person, record: Athlete, values: Mapping[str, Any], race_on: dt.date | None) -> TrainingPlan:
    """Add a plan to a record, whose permissions the caller has checked."""
    plan = TrainingPlan(**{"deadline": race_on, **values})
    db.session.add(plan)
    db.session.flush()
    db.session.add(CoachedPlan(plan_id=plan.id, athlete_id=record.id, race_on=race_on))
    if record.person_id is not None:
        db.session.add(PlanMember(plan_id=plan.id, person_id=record.person_id, role=OWNER, status=JOINED))
    after = {"name": plan.name, "day": race_on.isoformat() if race_on else None}
    log("plan_made", person, athlete_id=record.id, plan_id=plan.id, after=after)
    db.session.flush()
    return plan


def add_session(person: Person, plan_id: uuid.UUID, values: Mapping[str, Any], why: str = "") -> PlanSession:
    """Add a session to a plan. Raise NotFound, Forbidden and Refused."""
    seen = sessions_of_plan(person, plan_id, changes=True)
    locked_plan(plan_id)
    count = select(func.count()).select_from(PlanSession).where(PlanSession.plan_id == plan_id)
    if (db.session.scalar(count) or 0) >= MOST_SESSIONS:
        raise Refused(_("A plan has %(most)s sessions at most.", most=number(MOST_SESSIONS)), "day")
    check_day(values["day"])
    session = PlanSession(plan_id=plan_id, **values)
    db.session.add(session)
    db.session.flush()
    write(seen, "added", person, why, after=shown(session))
    _match_soon(session)
    return session


def change_session(
    person: Person, plan_id: uuid.UUID, session_id: uuid.UUID, values: Mapping[str, Any], why: str = ""
) -> PlanSession:
    """Change what is planned. Raise NotFound, Forbidden and Refused."""
    seen = sessions_of_plan(person, plan_id, changes=True)
    session = session_of(seen, session_id, lock=True)
    before = shown(session)
    if "day" in values and values["day"] != session.day:
        check_day(values["day"])
    for name, value in values.items():
        setattr(session, name, value)
    if not session.distance_m and not session.duration_s:
        raise Refused(_("Enter a distance or a duration."), "distance_km")
    db.session.flush()
    write(seen, "changed", person, why, before, shown(session))
    _match_soon(session)
    return session


def move_session(person: Person, plan_id: uuid.UUID, session_id: uuid.UUID, day: dt.date, why: str = "") -> PlanSession:
    """Put a session that is not done on another day; who coaches sees that. Raise NotFound, Forbidden and Refused."""
    seen = sessions_of_plan(person, plan_id, changes=True)
    session = session_of(seen, session_id, lock=True)
    _not_done(session)
    check_day(day)
    if day < dates.today():
        raise Refused(_("Move it to today or later."), "day")
    before = shown(session)
    session.day, session.state, session.excuse = day, PLANNED, ""
    db.session.flush()
    write(seen, "moved", person, why, before, shown(session))
    if seen.is_own and seen.athlete is not None and before["day"] != session.day.isoformat():
        tell_coaches_of_move(seen.athlete, session, before["day"])
    _match_soon(session)
    return session


def tell_coaches_of_move(athlete: Athlete, session: PlanSession, before: str) -> None:
    """Notify the coaches of an athlete, who moved a session."""
    coaches = select(Coach.coach_id).where(Coach.athlete_id == athlete.id, Coach.person_id == athlete.person_id)
    notify(
        coaches,
        "session_moved",
        actor_id=athlete.person_id,
        subject_id=athlete.id,
        data={"kind": session.kind, "day": before, "moved_to": session.day.isoformat()},
        event=ids.new_id(),
    )


def set_state(
    person: Person, plan_id: uuid.UUID, session_id: uuid.UUID, state: str, excuse: str = "", why: str = ""
) -> PlanSession:
    """Skip a session, excuse it, or plan it again. Raise NotFound, Forbidden and Refused."""
    seen = sessions_of_plan(person, plan_id, changes=True)
    session = session_of(seen, session_id, lock=True)
    if state not in (PLANNED, SKIPPED, EXCUSED) or (state == EXCUSED) != (excuse in EXCUSES):
        raise Refused(_("Choose one of these."))
    if state != PLANNED:
        _not_done(session)
    before = shown(session)
    session.state, session.excuse = state, excuse
    db.session.flush()
    write(seen, state, person, why, before, shown(session))
    return session


def shorten_session(person: Person, plan_id: uuid.UUID, session_id: uuid.UUID, why: str = "") -> PlanSession:
    """Leave half of a session that is not done, today if its day is over. Raise NotFound, Forbidden and Refused."""
    seen = sessions_of_plan(person, plan_id, changes=True)
    session = session_of(seen, session_id, lock=True)
    _not_done(session)
    before = shown(session)
    if session.distance_m:
        session.distance_m = max(100, 100 * round(session.distance_m * SHORTER / 10_000))
    if session.duration_s:
        session.duration_s = max(60, round(session.duration_s * SHORTER / 100 / 60) * 60)
    session.day, session.state, session.excuse = max(session.day, dates.today()), PLANNED, ""
    db.session.flush()
    write(seen, "shortened", person, why, before, shown(session))
    return session


def delete_session(person: Person, plan_id: uuid.UUID, session_id: uuid.UUID, why: str = "") -> None:
    """Delete a session. Raise NotFound and Forbidden."""
    seen = sessions_of_plan(person, plan_id, changes=True)
    session = session_of(seen, session_id, lock=True)
    write(seen, "deleted", person, why, before=shown(session))
    db.session.delete(session)
    db.session.flush()


def answer_session(person: Person, plan_id: uuid.UUID, session_id: uuid.UUID, values: Mapping[str, Any]) -> PlanSession:
    """Say how a session was, and what was done if no activity says so. Raise NotFound, Forbidden and Refused.

    `values` has `felt_effort`, `feeling` and `line`, and `distance_m` and `duration_s` of who has no activity.
    """
    seen = sessions_of_plan(person, plan_id, answers=True)
    session = session_of(seen, session_id, lock=True)
    if session.day > dates.today():
        raise Refused(_("This session is still to come."))
    before = _answer(session)
    for name in ("felt_effort", "feeling", "line"):
        if name in values:
            setattr(session, name, values[name])
    if session.activity_id is None:
        session.done_at = session.done_at or clock.now()
        given = values.get("distance_m"), values.get("duration_s")
        if any(given):
            session.done_distance_m, session.done_duration_s = given
        elif session.done_distance_m is None and session.done_duration_s is None:
            session.done_distance_m, session.done_duration_s = session.distance_m, session.duration_s
    session.state, session.excuse = PLANNED, ""
    if session.answered_at is not None and before == _answer(session):
        return session
    session.answered_at = clock.now()
    db.session.flush()
    after: dict[str, Any] = {"day": session.day.isoformat(), "kind": session.kind, "feeling": session.feeling}
    after |= {"felt_effort": session.felt_effort, "line": session.line}
    write(seen, "answered", person, "", after=after)
    return session


def _answer(session: PlanSession) -> tuple[Any, ...]:
    done = session.activity_id or session.done_at, session.done_distance_m, session.done_duration_s
    return *done, session.felt_effort, session.feeling, session.line, session.state


def set_race(person: Person, plan_id: uuid.UUID, race_on: dt.date, why: str = "") -> CoachedPlan:
    """Move a plan with its race: what is still to come keeps its distance to the race.

    Sessions that would lie in the past are skipped. Raise NotFound, Forbidden and Refused.
    """
    seen = sessions_of_plan(person, plan_id, changes=True)
    plan = locked_plan(plan_id)
    today = dates.today()
    if race_on < today:
        raise Refused(_("This day is over."), "race_on")
    check_day(race_on, "race_on")
    coached = db.session.scalar(select(CoachedPlan).where(CoachedPlan.plan_id == plan_id).with_for_update())
    if coached is None:
        coached = CoachedPlan(plan_id=plan_id)
        db.session.add(coached)
    before = coached.race_on
    coached.race_on = plan.deadline = race_on
    if before is not None and before != race_on:
        _shift(plan_id, race_on - before, today)
    db.session.flush()
    old = {"day": before.isoformat()} if before else {}
    write(seen, "race_moved", person, why, old, {"day": race_on.isoformat()})
    return coached


def _shift(plan_id: uuid.UUID, by: timedelta, today: dt.date) -> None:
    """Move what is still to come of a plan by so many days; what comes to lie in the past is skipped where it was."""
    open_sessions = select(PlanSession).where(
        *(PlanSession.plan_id == plan_id, PlanSession.day >= today, PlanSession.state == PLANNED),
        *(PlanSession.activity_id.is_(None), PlanSession.done_at.is_(None)),
    )
    for session in db.session.scalars(open_sessions.with_for_update()).all():
        if session.day + by < today:
            session.state = SKIPPED
        else:
            session.day += by
    steps = select(Milestone).where(
        Milestone.plan_id == plan_id, Milestone.due_on >= today, Milestone.done_at.is_(None)
    )
    for step in db.session.scalars(steps.with_for_update()).all():
        if step.due_on is not None:
            step.due_on = max(today, step.due_on + by)


def _match_soon(session: PlanSession) -> None:
    """Let the worker look what was done for a session whose day has come."""
    if session.day <= dates.today() and session.activity_id is None:
        enqueue("coaching.match_plan", plan_id=session.plan_id, day=session.day)


def check_day(day: dt.date, field: str = "day") -> None:
    """Raise Refused for a day that is years away."""
    if abs(day - dates.today()) > FARTHEST:
        raise Refused(_("This day is years away. Look at it again."), field)


def _not_done(session: PlanSession) -> None:
    if session.activity_id is not None or session.done_at is not None:
        raise Refused(_("This session is done already."))


def shown(session: PlanSession) -> dict[str, Any]:
    """Return a session as a change shows it."""
    values = {name: getattr(session, name) for name in SHOWN}
    return values | {"day": session.day.isoformat()}


def write(
    seen: PlanSeen,
    what: str,
    person: Person | None,
    why: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write down a change of a plan, by what differs; nothing if nothing does."""
    was, now = dict(before or {}), dict(after or {})
    if was and now:
        if was == now:
            return
        kept = {"day", "kind"}
        was = {name: value for name, value in was.items() if name in kept or value != now.get(name)}
        now = {name: value for name, value in now.items() if name in kept or name in was}
    athlete_id = seen.coached.athlete_id if seen.coached is not None else None
    days = [side["day"] for side in (was, now) if side.get("day")]
    tells = what in TOLD and any(day >= dates.today().isoformat() for day in days)
    is_told = tells and person is not None and _tell_athlete(seen, person)
    whose: dict[str, Any] = {"athlete_id": athlete_id, "plan_id": seen.plan.id}
    on_timelines = what != REACHED and (athlete_id is not None or what not in OF_PLANS)
    told: dict[str, Any] = {"is_told": is_told, "on_timelines": on_timelines}
    log(what, person, **whose, why=why, before=was, after=now, **told)
    db.session.flush()


@tells_of_changes
def write_change(
    person: Person, plan_id: uuid.UUID, what: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Write down a change of a plan, or of a milestone of it."""
    write(sessions_of_plan(person, plan_id), what, person, "", before, after)


def _tell_athlete(seen: PlanSeen, coach: Person) -> bool:
    """Notify the athlete of a plan that a coach changes what is still to come; return whether that is somebody else."""
    athlete = seen.athlete
    if athlete is None or athlete.person_id is None:
        return False
    to = [athlete.person_id]
    return notify(to, "plan_changed", actor_id=coach.id, subject_id=seen.plan.id, data={}, event=ids.new_id()) > 0


def add_sessions(plan_id: uuid.UUID, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add many sessions to a plan at once."""
    db.session.add_all([PlanSession(plan_id=plan_id, **row) for row in rows])
    db.session.flush()
