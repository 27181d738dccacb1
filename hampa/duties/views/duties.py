"""Shifts that one can take, and one's own duties; on home, on the page of a run and on that of a crew."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from flask import Response, request

from hampa.crews.models import Crew, CrewMembership
from hampa.crews.queries.crews import may
from hampa.duties.forms import ShiftsForm
from hampa.duties.queries import bookings as queries
from hampa.duties.queries.mine import coming_condition, has_duties
from hampa.duties.queries.occasions import CLOSE_OUT
from hampa.duties.queries.offers import (
    BUDDIES,
    OFFERS,
    asked_of,
    buddies_for,
    may_be_buddy,
    may_have_offers,
    offers_for,
)
from hampa.duties.queries.schedules import RIGHT, schedules_of_crew, schedules_of_run
from hampa.duties.queries.shifts import LONGEST_SPAN, USUAL_LIMIT, Shift, ShownShift, first_shifts, shifts_for
from hampa.duties.views.blueprint import blueprint
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.answers import ANSWERS, AnswerKind
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web import pages, slots
from hampa.platform.web.hats import HATS, Hat
from hampa.platform.web.home_modules import MODULES, HomeModule
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.runs.models.run import Run

SOON = timedelta(hours=24)
AROUND = timedelta(hours=3)
"""How long before a run, and after it, its duties are."""


@blueprint.get("/duties")
@signed_in
def index() -> Response:
    """List the shifts that the viewer may take, from a day on and until one, by default for four weeks from now."""
    now = clock.now()
    form = ShiftsForm()
    since, until, limit = form.span(now)
    only_free = request.args.get("show") != "all"
    found = first_shifts(me(), since, until, limit, only_free=only_free)
    goes_on = found.later < (now + LONGEST_SPAN).date() and (found.is_cut or form.to.data is None)
    return pages.render(
        "duties/index.html",
        form=form,
        days=rows_by_day(found.shown),
        only_free=only_free,
        others=found.others,
        later=found.later.isoformat() if goes_on else None,
        is_usual=not request.args.get("from") and not request.args.get("to"),
    )


def rows_by_day(shifts: Sequence[Shift]) -> list[tuple[date, tuple[ShownShift, ...]]]:
    """Return the rows of shifts by day, both in the order of the clock."""
    ordered = sorted(shifts, key=lambda shift: (shift.day, shift.begins_at, shift.schedule.name))
    return [(day, tuple(shift.shown for shift in of_day)) for day, of_day in groupby(ordered, lambda shift: shift.day)]


@blueprint.get("/me/duties")
@signed_in
def mine() -> Response:
    """Show the viewer's duties to come and past, and their hours."""
    after = request.args.get("after")
    return pages.render(
        "duties/mine.html",
        asked=[] if after else asked_of(me()),
        coming=[] if after else queries.coming(me(), clock.now() + LONGEST_SPAN),
        page=queries.past(me(), after),
        hours=queries.hours_of(me()),
        is_first=not after,
    )


def hat(person: Person, **_values: Any) -> Hat:
    """Return the hat of who has duties or coordinates them."""
    return Hat("duties", _l("Duties"), "duties.mine", has_duties(person.id), (OFFERS, BUDDIES, CLOSE_OUT))


def offers_waiting(person: Person, now: Any, **_values: Any) -> AnswerKind:
    """Return the duties that are offered to a person."""
    return AnswerKind(OFFERS, "duties/offer.html", offers_for(person, now), may_have_offers(person, now))


def buddies_waiting(person: Person, now: Any, **_values: Any) -> AnswerKind:
    """Return the duties on which a person is asked to come along."""
    return AnswerKind(BUDDIES, "duties/buddy.html", buddies_for(person, now), may_be_buddy(person, now))


def module(person: Person, now: Any, **_values: Any) -> HomeModule:
    """Return the module of home with the duties of the next day."""
    return HomeModule("duties/on_home.html", coming_condition(person.id, now), soon)


def soon(person: Person) -> dict[str, Any] | None:
    """Return a person's duties of the next day, as values of a template."""
    found = queries.coming(person, clock.now() + SOON, queries.COMING_SHOWN)
    return {"duties": found} if found else None


def on_run(run: Run, **_values: Any) -> dict[str, Any] | None:
    """Return the duties around a run of the crew or the series that it belongs to, for the page of the run."""
    viewer = me()
    if viewer is None or run.cancelled_at is not None or (run.series_id is None and run.crew_id is None):
        return None
    schedules = schedules_of_run(viewer, run.series_id, run.crew_id)
    shifts = shifts_for(viewer, run.starts_at - AROUND, run.ends_at, schedules) if schedules else []
    return {"rows": tuple(shift.shown for shift in shifts[:USUAL_LIMIT])} if shifts else None


def on_crew(crew: Crew, membership: CrewMembership | None) -> dict[str, Any] | None:
    """Return what the page of a crew says of its duties."""
    if membership is None or not membership.is_active or crew.closed_at is not None:
        return None
    coordinates = may(membership, RIGHT)
    has_any = coordinates or bool(schedules_of_crew(me(), crew.id))
    return {"coordinates": coordinates} if has_any else None


slots.contribute(blueprint, HATS, hat)
slots.contribute(blueprint, ANSWERS, offers_waiting)
slots.contribute(blueprint, ANSWERS, buddies_waiting)
slots.contribute(blueprint, MODULES, module)
slots.fill(blueprint, "crew.top", "duties/on_crew.html", on_crew)
slots.fill(blueprint, "run.crew", "duties/on_run.html", on_run)
