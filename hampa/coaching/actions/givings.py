"""Giving a template to athletes: few at once, many by the worker, and each decided by what the athlete lets then."""

import datetime as dt
import uuid
from collections.abc import Collection

from sqlalchemy import exists, select, update

from hampa.coaching.actions.sessions import add_plan, check_day
from hampa.coaching.actions.templates import last_day, place
from hampa.coaching.models.athletes import Athlete
from hampa.coaching.models.templates import (
    GIVEN,
    MOST_GIVEN,
    NOT_ACTIVE,
    NOT_ALLOWED,
    NOT_YOURS,
    TOO_MANY,
    WAITING,
    GivingResult,
    Scale,
    TemplateGiving,
    scaled,
    scaled_milestones,
)
from hampa.coaching.queries.athletes import athlete_for
from hampa.coaching.queries.templates import athletes_to_plan_for, template_of
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, NotFound, Refused, TooFast
from hampa.platform.jobs import enqueue
from hampa.platform.limits import limit
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, number

FEW = 5
"""Athletes who get a template at once; more of them get it from the worker."""
MOST_GIVINGS_A_DAY, MOST_PLANS_A_DAY = 50, 500


def give(
    person: Person,
    template_id: uuid.UUID,
    athletes: Collection[uuid.UUID],
    name: str,
    day: dt.date,
    scale: Scale,
    *,
    is_start: bool = False,
) -> TemplateGiving:
    """Give a template to athletes of one's own, as a plan of each with this name. Raise NotFound and Refused.

    It leads to the race on `day`, or begins then. What becomes of each athlete is a result.
    """
    template = template_of(person, template_id)
    chosen = set(athletes)
    if not chosen:
        raise Refused(_("Choose at least one."), "athletes")
    if len(chosen) > MOST_GIVEN:
        raise Refused(_("Give it to %(most)s athletes at a time.", most=number(MOST_GIVEN)), "athletes")
    if len(athletes_to_plan_for(person, chosen)) != len(chosen):
        raise Refused(_("Choose athletes of yours whose plans you may change."), "athletes")
    if not template.sessions:
        raise Refused(_("This template has no sessions yet."))
    limit(person, "coaching.give", MOST_GIVINGS_A_DAY, per="day", error=_too_many)
    check_day(day)
    last_on = last_day(template.sessions, day, is_start=is_start, scale=scale)
    if last_on < dates.today():
        raise Refused(_("This day is over."), "day")
    giving = TemplateGiving(
        coach_id=person.id,
        name=name,
        template=template.name,
        last_on=last_on,
        has_race=not is_start,
        sessions=scaled(template.sessions, scale),
        milestones=scaled_milestones(template.milestones, scale),
    )
    db.session.add(giving)
    db.session.flush()
    db.session.add_all([GivingResult(giving_id=giving.id, athlete_id=one) for one in sorted(chosen)])
    db.session.flush()
    if len(chosen) <= FEW:
        while give_next(giving.id):
            pass
        finish(giving.id)
    else:
        enqueue("coaching.give", giving_id=giving.id)
    return giving


def give_next(giving_id: uuid.UUID) -> bool:
    """Give a template to the next athlete who waits, unless another worker does; return whether there was one."""
    row = GivingResult
    query = select(row).where(row.giving_id == giving_id, row.outcome == WAITING).order_by(row.athlete_id).limit(1)
    result = db.session.scalar(query.with_for_update(skip_locked=True))
    if result is None:
        return False
    giving = db.session.get_one(TemplateGiving, giving_id)
    coach = db.session.get_one(Person, giving.coach_id)
    result.outcome = _give_one(coach, giving, result)
    db.session.flush()
    return True


def _give_one(coach: Person, giving: TemplateGiving, result: GivingResult) -> str:
    if coach.state != "active":
        return NOT_YOURS
    record = db.session.scalar(select(Athlete).where(Athlete.id == result.athlete_id).with_for_update())
    try:
        seen = athlete_for(coach, result.athlete_id, "plans", changes=True)
    except NotFound:
        return NOT_YOURS
    except Forbidden:
        return NOT_ALLOWED
    if record is None or record.archived_at is not None:
        return NOT_ACTIVE
    try:
        limit(coach, "coaching.give_plans", MOST_PLANS_A_DAY, per="day", error=_too_many)
    except TooFast:
        return TOO_MANY
    plan = add_plan(coach, seen.record, {"name": giving.name}, giving.last_on if giving.has_race else None)
    if not giving.has_race:
        plan.deadline = giving.last_on
    result.plan_id = plan.id
    rows = giving.sessions, giving.milestones
    result.left_out = place(coach, plan.id, seen.record.id, giving.template, giving.last_on, *rows)
    if seen.record.person_id is not None:
        notify([seen.record.person_id], "plan_given", actor_id=coach.id, subject_id=plan.id, data={}, event=plan.id)
    return GIVEN


def finish(giving_id: uuid.UUID, *, tells: bool = False) -> bool:
    """Say that a giving is done, once nobody waits, and tell its coach; return whether it was this call that did."""
    waits = exists().where(GivingResult.giving_id == giving_id, GivingResult.outcome == WAITING)
    done = (
        update(TemplateGiving)
        .where(TemplateGiving.id == giving_id, TemplateGiving.finished_at.is_(None), ~waits)
        .values(finished_at=clock.now())
        .returning(TemplateGiving.coach_id)
    )
    coach_id = db.session.scalar(done.execution_options(synchronize_session="fetch"))
    if coach_id is not None and tells:
        notify([coach_id], "template_given", subject_id=giving_id, data={}, event=giving_id)
    return coach_id is not None


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("You gave many plans today. Give the next ones tomorrow."), seconds)
