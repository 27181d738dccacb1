"""The part of a run's page for people who came, once it is over."""

import uuid
from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for

from hampa.people.models import Person
from hampa.people.queries import PersonSummary
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.runs.actions import recap as actions
from hampa.runs.admission import Admission
from hampa.runs.models.participation import CAME
from hampa.runs.models.run import Run
from hampa.runs.queries import recap
from hampa.runs.views.blueprint import blueprint


@dataclass(frozen=True, slots=True)
class Recap:
    """What somebody who came sees: whom they ran with and how many more came, thanks, and the next run.

    `next_run` is the next of its series, or else of its organiser. `again` is the address of the form of a run like this one, for its owner. `thanked` is None for organisers, who
    thank nobody.
    """

    people: list[PersonSummary]
    more: int
    thanks: int
    thanked: bool | None
    next_run: Any
    again: str | None


def recap_of(viewer: Person | None, run: Run, admission: Admission, *, organises: bool) -> Recap | None:
    """Return the recap of a run that is over for a viewer who came or organises it, None for others."""
    came = admission.participation is not None and admission.participation.status in CAME
    if viewer is None or admission.status != "over" or not (came or organises):
        return None
    people, more = recap.ran_with(viewer, run)
    thanks = recap.thanks_of(viewer, run)
    owns = run.organiser_id == viewer.id
    return Recap(
        people,
        more,
        thanks.count,
        None if organises else thanks.mine,
        None if owns else next_after(viewer, run),
        url_for("organising.new", like=run.id) if owns else None,
    )


def next_after(viewer: Person, run: Run) -> Any:
    """Return the next run of the series of a run, or else of its organiser, None without one."""
    in_series = slots.collect("run.following", run=run, viewer=viewer)
    return in_series[0] if in_series else recap.next_run(viewer, run)


@blueprint.post("/runs/<uuid:run_id>/thanks")
@signed_in
def thank(run_id: uuid.UUID) -> Response:
    """Thank the organisers of the run, or take it back."""
    with attempt():
        if request.form.get("thanks") == "no":
            actions.take_back_thanks(me(), run_id)
        else:
            actions.thank(me(), run_id)
    return pages.redirect(url_for("runs.show", run_id=run_id, _anchor="recap"))
