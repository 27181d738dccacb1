"""The roster of a run: as a spreadsheet, and on paper for the meeting point."""

from __future__ import annotations

import uuid
from itertools import islice

from flask import Response, make_response

from hampa.platform.config import settings
from hampa.platform.locale import dates, phone
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.texts.cleaning import alphabetical
from hampa.platform.texts.spreadsheet import to_csv
from hampa.platform.web import pages
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.runs.forms import STATUS_WORDS
from hampa.runs.models.participation import CAME, OFFERED, WAITLISTED
from hampa.runs.models.run import Run
from hampa.runs.queries import roster, runs
from hampa.runs.views.blueprint import blueprint

MAX_PRINTED = 1_000


@blueprint.get("/runs/<uuid:run_id>/participants.csv")
@signed_in
def spreadsheet(run_id: uuid.UUID) -> Response:
    """Send everybody in the run as a spreadsheet."""
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
    answer = make_response(to_csv([head, *rows]))
    answer.mimetype = "text/csv"
    name = f"hampa-{run.starts_local:%Y-%m-%d}-{run.short_code}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/runs/<uuid:run_id>/print")
@signed_in
def paper(run_id: uuid.UUID) -> Response:
    """Show the list for the meeting point: people who come, with a box to tick, and below them those who wait."""
    run = runs.organised_run(me(), run_id)
    coming = list(islice(roster.roster_of(me(), run, CAME), MAX_PRINTED + 1))
    waiting = list(islice(roster.roster_of(me(), run, (OFFERED, WAITLISTED)), MAX_PRINTED + 1))
    return pages.render(
        "runs/print.html",
        run=run,
        come=sorted(coming[:MAX_PRINTED], key=lambda entry: alphabetical(entry.name)),
        wait=waiting[:MAX_PRINTED],
        more=len(coming) > MAX_PRINTED or len(waiting) > MAX_PRINTED,
    )


def _row(number: int, entry: roster.RosterEntry, run: Run) -> list[object]:
    number_shown = phone.format_phone(entry.phone, settings().phone_region) if entry.phone else ""
    return [
        number,
        entry.name,
        str(STATUS_WORDS[entry.status]),
        entry.guests,
        entry.pace_group,
        # A plus sign begins a formula; the other way of dialling abroad does not.
        number_shown.replace("+", "00"),
        entry.card,
        entry.note,
        entry.organiser_note,
        f"{dates.to_local(entry.joined_at, run.timezone):%Y-%m-%d %H:%M}",
    ]
