"""Which runs an organiser means when they change or call off one: it alone, or others of its series with it."""

from __future__ import annotations

import uuid

from flask import request

from hampa.organising.forms.run import CancelForm, RunForm
from hampa.organising.forms.series import SeriesCancelForm, SeriesRunForm
from hampa.platform.web.session import me
from hampa.runs.actions import plan
from hampa.runs.models.run import Run
from hampa.runs.queries import people
from hampa.series.actions import changes
from hampa.series.actions.changes import ALL, LATER
from hampa.series.queries import owns_series_of

SEVERAL = (LATER, ALL)


def form_of(run: Run) -> RunForm:
    """The form of a run; in a series of one's own it asks which runs are meant, and a link may have chosen (`scope`)."""
    follows, leaders = plan.plan_of(run), people.possible_leaders(run)
    if not owns_series_of(me(), run):
        return RunForm.of(run, follows, leaders)
    form = SeriesRunForm.of(run, follows, leaders)
    if request.method == "GET" and request.args.get("scope") in SEVERAL:
        form.scope.data = request.args["scope"]
    return form


def cancel_form_of(run: Run) -> CancelForm:
    """The form of calling a run off, likewise."""
    return SeriesCancelForm() if owns_series_of(me(), run) else CancelForm()


def change(run_id: uuid.UUID, form: RunForm) -> None:
    """Change the runs that are meant, as the actions do."""
    if isinstance(form, SeriesRunForm) and form.scope.data in SEVERAL:
        changes.change_runs(me(), run_id, form.plan(), form.seen_sequence, form.scope.data)
    else:
        plan.change_run(me(), run_id, form.plan(), form.seen_sequence)


def cancel(run_id: uuid.UUID, form: CancelForm) -> None:
    """Call the runs off that are meant, as the actions do."""
    if isinstance(form, SeriesCancelForm) and form.scope.data in SEVERAL:
        changes.cancel_runs(me(), run_id, form.reason.data, form.scope.data)
    else:
        plan.cancel_run(me(), run_id, form.reason.data)
