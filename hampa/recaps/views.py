"""The part of a run's page for people who came, once it is over."""

import uuid
from typing import Any

from flask import Blueprint, Response, request, url_for

from hampa.people.models import Person
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.recaps import actions, queries
from hampa.runs.admission import Admission
from hampa.runs.models.participation import CAME
from hampa.runs.models.run import Run

blueprint = Blueprint("recaps", __name__)


def recap_of(run: Run, admission: Admission, organises: bool) -> dict[str, Any] | None:
    """Return the recap of a run that is over for a viewer who came or organises it, None for others.

    `people` are those whom they ran with, and `more` came. `thanked` is None for organisers, who thank nobody.
    `next_run` is the next of the series, or else of the organiser; `again` is the address of the form of a run like
    this one, for its owner.
    """
    viewer = me()
    came = admission.participation is not None and admission.participation.status in CAME
    if viewer is None or admission.status != "over" or not (came or organises):
        return None
    people, more = queries.ran_with(viewer, run)
    thanks = queries.thanks_of(viewer, run)
    owns = run.organiser_id == viewer.id
    return {
        "people": people,
        "more": more,
        "thanks": thanks.count,
        "thanked": None if organises else thanks.mine,
        "next_run": None if owns else next_after(viewer, run),
        "again": url_for("organising.new", like=run.id) if owns else None,
    }


slots.fill(blueprint, "run.recap", "recaps/recap.html", recap_of)


def next_after(viewer: Person, run: Run) -> Any:
    """Return the next run of the series of a run, or else of its organiser, None without one."""
    in_series = slots.collect("run.following", run=run, viewer=viewer)
    return in_series[0] if in_series else queries.next_run(viewer, run)


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
