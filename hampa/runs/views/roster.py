"""The roll of a run: as a spreadsheet, and on paper for the meeting point."""

from __future__ import annotations

import uuid

from flask import Response, make_response

from hampa.platform.config import settings
from hampa.platform.locale import dates, phone
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.texts.cleaning import alphabetical
from hampa.platform.texts.spreadsheet import csv_of
from hampa.platform.web import pages
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.runs.forms.words import STATUS_WORDS
from hampa.runs.models.participation import CAME, OFFERED, WAITLISTED
from hampa.runs.models.run import Run
from hampa.runs.queries import roster, runs
from hampa.runs.views.blueprint import blueprint

MOST_PRINTED = 1_000


@blueprint.get("/runs/<uuid:run_id>/participants.csv")
@signed_in
def spreadsheet(run_id: uuid.UUID) -> Response:
    """Everybody in the run, for the organisers' spreadsheet."""
    run = runs.organised_run(me(), run_id)
    head = [
        _("Number"),
        _("Name"),
        _("Taking part"),
        _("Guests"),
        _("Pace group"),
        _("Phone"),
        _("Card"),
        _("Their line"),
        _("Your note"),
        _("Since"),
    ]
    rows = (_row(number, entry, run) for number, entry in enumerate(roster.roster_of(me(), run), 1))
    answer = make_response(csv_of([head, *rows]))
    answer.mimetype = "text/csv"
    name = f"hampa-{run.starts_local:%Y-%m-%d}-{run.short_code}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/runs/<uuid:run_id>/print")
@signed_in
def paper(run_id: uuid.UUID) -> Response:
    """The list for the meeting point: who comes with a box to tick, and below them who waits."""
    run = runs.organised_run(me(), run_id)
    come = list(roster.roster_of(me(), run, CAME, MOST_PRINTED + 1))
    wait = list(roster.roster_of(me(), run, (OFFERED, WAITLISTED), MOST_PRINTED + 1))
    return pages.render(
        "runs/print.html",
        run=run,
        come=sorted(come[:MOST_PRINTED], key=lambda entry: alphabetical(entry.name)),
        wait=wait[:MOST_PRINTED],
        more=len(come) > MOST_PRINTED or len(wait) > MOST_PRINTED,
    )


def _row(number: int, entry: roster.RosterEntry, run: Run) -> list[object]:
    written = phone.show(entry.phone, settings().phone_region) if entry.phone else ""
    return [
        number,
        entry.name,
        str(STATUS_WORDS[entry.status]),
        entry.guests,
        entry.pace_group,
        # A plus sign begins a formula; the other way of dialling abroad does not.
        written.replace("+", "00"),
        entry.card,
        entry.note,
        entry.organiser_note,
        f"{dates.local(entry.joined_at, run.timezone):%Y-%m-%d %H:%M}",
    ]
