"""Joint runs: finding, publishing, changing and cancelling them."""

import uuid
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated, Any, TypeVar

from flask import url_for
from pydantic import Field

from hampa.api.run_bodies import RunBody, RunChanges, sent
from hampa.api.run_shapes import (
    Company,
    Day,
    Level,
    ListedRunData,
    RunData,
    Terrain,
    group_as_data,
    listed_run_as_data,
    run_as_data,
)
from hampa.crews.queries.crews import names_known_to
from hampa.joining.queries.pages import people_of_page, run_seen
from hampa.leading.queries import possible_leaders
from hampa.organising.actions import ownership, publishing
from hampa.organising.actions.crews import take_out_run
from hampa.organising.forms.new_run import NewRunForm
from hampa.organising.forms.pin import is_left_behind
from hampa.organising.forms.run import CancelForm, RunForm
from hampa.plans import actions as plan
from hampa.platform.api.answers import Created, kept
from hampa.platform.api.codes import Invalid
from hampa.platform.api.forms import valid_filters, valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, CountedPaging, OneOf, with_total
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me
from hampa.run_lists.queries import own
from hampa.run_lists.queries.crews import count_runs_of_crew, runs_of_crew
from hampa.run_search.forms import DISTANCES, PACES_WITHIN, RunFilters
from hampa.run_search.queries import listing
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.runs.queries.runs import LISTING

resource = Resource("runs", _l("Runs"))
PIN = "latitude", "longitude"
F = TypeVar("F", bound=RunForm)
_kept_run = kept(listed_run_as_data)


class RunQuery(CountedPaging):
    """The filters of the list of runs."""

    q: str = Field("", max_length=80, description="Words of the run, or of its organiser's name.")
    near: str = Field("", max_length=80, description="A town, or a point as latitude,longitude.")
    radius_km: int | None = Field(None, ge=1, le=200)
    from_: date | None = Field(None, alias="from", description="The first day.")
    to: date | None = Field(None, description="The last day.")
    level: Level | None = None
    terrain: Terrain | None = None
    company: Company | None = None
    distance: Annotated[str, OneOf(*DISTANCES)] | None = Field(
        None, description="Up to 5 km, 5 to 10, 10 to 21, or longer."
    )
    pace: str = Field("", max_length=20, description="Minutes and seconds a kilometre, such as 5:30.")
    pace_within: Annotated[str, OneOf(*map(str, PACES_WITHIN))] | None = Field(
        None, description="How many seconds a pace may differ."
    )
    weekday: list[Day] = Field([], max_length=7)
    has_room: bool = False
    crew: uuid.UUID | None = Field(
        None, description="A crew: its runs that you may see, also those for its members; without other filters."
    )


class MyRunsQuery(CountedPaging):
    """Which of your runs."""

    when: Annotated[str, OneOf("upcoming", "past")] = "upcoming"


class CancelBody(Body):
    """Why a run is cancelled."""

    reason: str = Field("", max_length=300)


@resource.get("/runs", public=True, versions=(LISTING,))
def list_runs(query: RunQuery) -> Page[ListedRunData]:
    """List public runs that have not begun, soonest first; of a `crew`, those that are not over and that you may see."""
    if (crew_id := query.crew) is not None:
        if not names_known_to(me(), [crew_id]):
            return with_total(Page([]), query, lambda: 0)
        of_crew = runs_of_crew(me(), crew_id, query.after, size=query.limit).of_rows(listed_run_as_data)
        return with_total(of_crew, query, lambda: count_runs_of_crew(me(), crew_id))
    filters = valid_filters(RunFilters)
    page = listing.upcoming_runs(me(), filters, query.after, query.limit)
    return with_total(page.of_rows(_kept_run), query, lambda: listing.count_upcoming(me(), filters))


@resource.get("/me/runs")
def list_my_runs(query: MyRunsQuery) -> Page[ListedRunData]:
    """List the runs that you organise or take part in: upcoming ones soonest first, past ones the last first."""
    is_past = query.when == "past"
    page = own.my_runs(me(), past=is_past, after=query.after, size=query.limit, faces=False)
    return with_total(page.of_rows(listed_run_as_data), query, lambda: own.count_my_runs(me(), past=is_past))


@resource.post("/runs", needs_name=True)
def publish_run(body: RunBody) -> Created[RunData]:
    """Publish a run, or with `repeats` a series, of which the first run is returned."""
    form = valid_run(partial(NewRunForm, leaders=[(me().id, me().name)]), sent(body))
    run = publishing.publish(me(), form.plan(), form.rule() if form.recurs else None)
    return Created(run_of(run.id), f"/runs/{run.id}")


@resource.get("/runs/<uuid:run_id>", public=True)
def read_run(run_id: uuid.UUID) -> RunData:
    """Return a run; one that only who has the link finds is found by its id."""
    return run_of(run_id)


@resource.patch("/runs/<uuid:run_id>", locks=Run)
def change_run(run_id: uuid.UUID, body: RunChanges) -> RunData:
    """Change a run that you organise: the fields that are sent. People are told.

    With another `place` its pin is sent too: two numbers, null for both, or `pin_is_right` for the one that it has.
    """
    run = runs.locked_organised_run(me(), run_id)
    refuse_old_pin(run, body)
    fields = sent(body) | ({"pin_stays": body.place} if body.place else {})
    form = valid_run(partial(RunForm.of, run, plan.plan_of(run), possible_leaders(run)), fields)
    plan.change_run(me(), run_id, form.plan(), run.sequence, quietly=body.quietly)
    return run_of(run_id)


def valid_run(form_class: Callable[..., F], fields: dict[str, Any]) -> F:
    """Return the form of a run with these fields. Raise Invalid with its errors, those of the pin beside both numbers."""
    try:
        return valid_form(form_class, fields)
    except Invalid as error:
        raise Invalid(
            [(name, words) for field, words in error.details for name in (PIN if field == "pin" else (field,))]
        ) from None


def refuse_old_pin(run: Run, body: RunChanges) -> None:
    """Raise Invalid if the place changes and nothing is said of its pin, which would stay at the old one."""
    here = run.latitude, run.longitude
    says_pin = body.pin_is_right or body.model_fields_set.intersection(PIN)
    if body.place and not says_pin and is_left_behind((run.place, *here), body.place, here):
        words = _("The place changes: send its pin too, null for both its numbers, or %(field)s.", field="pin_is_right")
        raise Invalid([(name, words) for name in PIN])


@resource.post("/runs/<uuid:run_id>/cancel")
def cancel_run(run_id: uuid.UUID, body: CancelBody) -> RunData:
    """Cancel a run that you organise; everybody who takes part is told, and it can't be undone."""
    form = valid_form(CancelForm, body)
    plan.cancel_run(me(), run_id, form.reason.data)
    return run_of(run_id)


@resource.delete("/crews/<uuid:crew_id>/runs/<uuid:run_id>")
def take_out_of_crew(crew_id: uuid.UUID, run_id: uuid.UUID) -> None:
    """Take a run out of a crew in which you may remove members; it stays with its organiser, who is told."""
    take_out_run(me(), crew_id, run_id)


@resource.delete("/runs/<uuid:run_id>", locks=Run)
def delete_run(run_id: uuid.UUID) -> None:
    """Delete a run of yours that nobody else has joined, or that was cancelled thirty days ago."""
    ownership.delete_run(me(), run_id)


def run_of(run_id: uuid.UUID) -> RunData:
    """Return a run as the person of the token sees it."""
    db.session.flush()
    viewer = me()
    seen = run_seen(viewer, run_id)
    team, _faces = people_of_page(viewer, seen)
    organises = viewer is not None and any(one.id == viewer.id and one.agreed for one in team)
    return run_as_data(
        seen,
        team,
        [group_as_data(group) for group in seen.groups],
        organises=organises,
        short_path=url_for("runs.short", code=seen.run.short_code),
    )
