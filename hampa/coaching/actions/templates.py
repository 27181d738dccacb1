"""Templates of plans: making and changing them, saving a plan as one, and filling a plan from one."""

import datetime as dt
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from hampa.coaching.actions.events import log
from hampa.coaching.actions.sessions import add_sessions, check_day
from hampa.coaching.actions.starting_plans import starting_rows
from hampa.coaching.models.sessions import MOST_SESSIONS, MOST_TEMPLATES, CoachedPlan, PlanSession
from hampa.coaching.models.templates import (
    FIRST_BEFORE,
    PLANNED_COLUMNS,
    PlanTemplate,
    Scale,
    placed,
    scaled,
    scaled_milestones,
)
from hampa.coaching.queries.sessions import sessions_of_plan
from hampa.coaching.queries.templates import rows_of_plan, template_of
from hampa.people.models import Person
from hampa.platform import ids
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused, TooFast
from hampa.platform.limits import limit
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, number
from hampa.training.models.plans import MOST_MILESTONES, Milestone
from hampa.training.queries.plans import locked_plan

MOST_TEMPLATES_A_DAY = 50


def create_template(person: Person, name: str, start: str = "") -> PlanTemplate:
    """Make a template, empty or with the rows of a starting plan. Raise Refused for too many."""
    return _add(person, name, *(starting_rows(start) if start else ([], [])))


def _add(person: Person, name: str, sessions: list[Any], milestones: list[Any]) -> PlanTemplate:
    limit(person, "coaching.templates", MOST_TEMPLATES_A_DAY, per="day", error=_too_many)
    count = select(func.count()).where(PlanTemplate.coach_id == person.id)
    if (db.session.scalar(count) or 0) >= MOST_TEMPLATES:
        raise Refused(_("You have %(most)s templates. Delete some first.", most=number(MOST_TEMPLATES)), "name")
    template = PlanTemplate(coach_id=person.id, name=name, sessions=sessions, milestones=milestones)
    db.session.add(template)
    db.session.flush()
    return template


def rename_template(person: Person, template_id: uuid.UUID, name: str) -> PlanTemplate:
    """Call a template otherwise. Raise NotFound."""
    template = template_of(person, template_id, lock=True)
    template.name = name
    db.session.flush()
    return template


def delete_template(person: Person, template_id: uuid.UUID) -> None:
    """Delete a template; plans that were made from it stay. Raise NotFound."""
    db.session.delete(template_of(person, template_id, lock=True))
    db.session.flush()


def set_template(
    person: Person, template_id: uuid.UUID, sessions: list[dict[str, Any]], milestones: list[dict[str, Any]]
) -> PlanTemplate:
    """Replace all sessions and milestones of a template. Raise NotFound and Refused."""
    template = template_of(person, template_id, lock=True)
    _check_count(len(sessions), len(milestones))
    template.sessions = [{**one, "id": _new_id()} for one in sessions]
    template.milestones = [{**one, "id": _new_id()} for one in milestones]
    db.session.flush()
    return template


def add_template_session(
    person: Person, template_id: uuid.UUID, values: Mapping[str, Any], repeat: int = 1
) -> PlanTemplate:
    """Add a session to a template, and the same to each of the weeks before, `repeat` in all. Raise NotFound and Refused."""
    template = template_of(person, template_id, lock=True)
    befores = [values["before"] + 7 * week for week in range(repeat)]
    if befores[-1] > FIRST_BEFORE:
        raise Refused(_("A template covers a year at most. Repeat it in fewer weeks."), "repeat")
    _check_count(len(template.sessions) + repeat, 0)
    added = [{**values, "before": before, "id": _new_id()} for before in befores]
    template.sessions = [*template.sessions, *added]
    db.session.flush()
    return template


def change_template_session(
    person: Person, template_id: uuid.UUID, session_id: uuid.UUID, values: Mapping[str, Any]
) -> PlanTemplate:
    """Change a session of a template. Raise NotFound."""
    template = template_of(person, template_id, lock=True)
    old = session_in(template, session_id)
    new = {**old, **values}
    template.sessions = [new if one is old else one for one in template.sessions]
    db.session.flush()
    return template


def delete_template_session(person: Person, template_id: uuid.UUID, session_id: uuid.UUID) -> None:
    """Delete a session of a template. Raise NotFound."""
    template = template_of(person, template_id, lock=True)
    old = session_in(template, session_id)
    template.sessions = [one for one in template.sessions if one is not old]
    db.session.flush()


def add_template_milestone(person: Person, template_id: uuid.UUID, name: str, before: int) -> PlanTemplate:
    """Add a milestone to a template. Raise NotFound and Refused."""
    template = template_of(person, template_id, lock=True)
    _check_count(0, len(template.milestones) + 1)
    template.milestones = [*template.milestones, {"id": _new_id(), "before": before, "name": name}]
    db.session.flush()
    return template


def delete_template_milestone(person: Person, template_id: uuid.UUID, milestone_id: uuid.UUID) -> None:
    """Delete a milestone of a template. Raise NotFound."""
    template = template_of(person, template_id, lock=True)
    left = [one for one in template.milestones if one["id"] != str(milestone_id)]
    if len(left) == len(template.milestones):
        raise NotFound
    template.milestones = left
    db.session.flush()


def session_in(template: PlanTemplate, session_id: uuid.UUID) -> Any:
    """Return a session of a template. Raise NotFound."""
    for one in template.sessions:
        if one["id"] == str(session_id):
            return one
    raise NotFound


def save_as_template(person: Person, plan_id: uuid.UUID, name: str) -> PlanTemplate:
    """Save what is planned in a plan that a person changes as a template, without what was done or said.

    It counts from the race, or from the last session. Raise NotFound, Forbidden and Refused.
    """
    seen = sessions_of_plan(person, plan_id, changes=True)
    last, rows = rows_of_plan(seen)
    if last is None:
        return _add(person, name, [], [])
    days = [((last - day).days, values) for day, values in rows]
    sessions = [{"id": _new_id(), "before": day, **one} for day, one in days if 0 <= day <= FIRST_BEFORE]
    steps = select(Milestone.name, Milestone.due_on).where(Milestone.plan_id == plan_id, Milestone.due_on.is_not(None))
    befores = [(row.name, (last - row.due_on).days) for row in db.session.execute(steps.order_by(Milestone.due_on))]
    milestones = [{"id": _new_id(), "before": day, "name": step} for step, day in befores if 0 <= day <= FIRST_BEFORE]
    return _add(person, name, sessions[:MOST_SESSIONS], milestones[:MOST_MILESTONES])


def fill_plan(
    person: Person, plan_id: uuid.UUID, template_id: uuid.UUID, last_on: dt.date, scale: Scale, why: str = ""
) -> int:
    """Fill a plan backwards from a day with sessions of a template; return how many were left out since they are over.

    Raise NotFound, Forbidden and Refused.
    """
    seen = sessions_of_plan(person, plan_id, changes=True)
    template = template_of(person, template_id)
    locked_plan(plan_id)
    check_day(last_on, "last_on")
    sessions, milestones = scaled(template.sessions, scale), scaled_milestones(template.milestones, scale)
    athlete_id = seen.coached.athlete_id if seen.coached is not None else None
    left_out = place(person, plan_id, athlete_id, template.name, last_on, sessions, milestones, why)
    if left_out == len(sessions):
        raise Refused(_("All of its sessions would be in the past. Choose a later day."), "last_on")
    if seen.coached is None:
        db.session.add(CoachedPlan(plan_id=plan_id))
        db.session.flush()
    return left_out


def place(
    person: Person,
    plan_id: uuid.UUID,
    athlete_id: uuid.UUID | None,
    name: str,
    last_on: dt.date,
    sessions: list[dict[str, Any]],
    milestones: list[dict[str, Any]],
    why: str = "",
) -> int:
    """Put rows of a template into a plan that is locked or new; return how many sessions would lie in the past.

    Raise Refused for more than a plan has.
    """
    today = dates.today()
    rows = [(day, one) for day, one in placed(sessions, last_on) if day >= today]
    steps = [(day, one) for day, one in placed(milestones, last_on) if day >= today]
    there = select(func.count()).select_from(PlanSession).where(PlanSession.plan_id == plan_id)
    if (db.session.scalar(there) or 0) + len(rows) > MOST_SESSIONS:
        raise Refused(_("A plan has %(most)s sessions at most.", most=number(MOST_SESSIONS)))
    reached = select(func.count()).select_from(Milestone).where(Milestone.plan_id == plan_id)
    if (db.session.scalar(reached) or 0) + len(steps) > MOST_MILESTONES:
        raise Refused(_("A plan has fifty milestones at most."))
    add_sessions(plan_id, [{"day": day, **{key: one[key] for key in PLANNED_COLUMNS}} for day, one in rows])
    db.session.add_all([Milestone(plan_id=plan_id, name=one["name"], due_on=day) for day, one in steps])
    after: dict[str, Any] = {"name": name, "sessions": len(rows)}
    if rows:
        after["day"] = min(day for day, _one in rows).isoformat()
    log("from_template", person, athlete_id=athlete_id, plan_id=plan_id, why=why, after=after)
    db.session.flush()
    return len(sessions) - len(rows)


def last_day(template_sessions: list[Any], day: dt.date, *, is_start: bool, scale: Scale) -> dt.date:
    """Return the last day of a template that is given for a race, or from a first day on."""
    if not is_start:
        return day
    rows = scaled(template_sessions, scale)
    return day + timedelta(days=max((one["before"] for one in rows), default=0))


def _check_count(sessions: int, milestones: int) -> None:
    if sessions > MOST_SESSIONS:
        raise Refused(_("A plan has %(most)s sessions at most.", most=number(MOST_SESSIONS)), "repeat")
    if milestones > MOST_MILESTONES:
        raise Refused(_("A plan has fifty milestones at most."), "name")


def _new_id() -> str:
    return str(ids.new_id())


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("That is enough templates for one day. Try again tomorrow."), seconds)
