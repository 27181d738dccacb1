"""The page of one run, with which several requests end."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from flask import Response, url_for

from hampa.cards.queries import listing as cards
from hampa.platform.web import pages
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical
from hampa.runs.admission import closed_reason
from hampa.runs.forms.joining import JoinForm
from hampa.runs.models.participation import GOING
from hampa.runs.models.run import Run
from hampa.runs.queries import organisers, people, runs
from hampa.runs.views.bar import bar_of

FACES_SHOWN = 8


def back_to(run_id: uuid.UUID) -> Response:
    """Redirect to the run."""
    return pages.redirect(url_for("runs.show", run_id=run_id))


def run_page(run_id: uuid.UUID, form: JoinForm | None = None, status: int = 200) -> Response:
    """Render the page of a run, or to htmx the part of it that taking part changes."""
    viewer = me()
    run = runs.run_for(viewer, run_id)
    admission = people.admission_for(viewer, run)
    team = organisers.organisers_of(viewer, run)
    organises = viewer is not None and viewer.id in {one.id for one in team}
    mine = admission.participation if admission.wants_to_go else None
    short_link = canonical(url_for("runs.short", code=run.short_code))
    return pages.render(
        "runs/show.html",
        "live",
        status=status,
        run=run,
        admission=admission,
        closed=closed_reason(run),
        clash=people.conflicting_run(viewer, run) if viewer and admission.actions else None,
        paces=people.pace_groups(viewer, run.id),
        going=people.participants(viewer, run, size=FACES_SHOWN).items if viewer else [],
        organisers=team,
        organises=organises,
        mine=mine,
        late=admission.participation_status == GOING and people.may_be_late(run),
        own_cards=cards.of_owner(viewer, viewer.id) if mine else [],
        waiting_companions=people.waiting_companions(viewer, run) if admission.waits else [],
        form=form or (JoinForm.of(mine) if mine else None),
        bar=bar_of(run, admission, viewer=viewer, organises=organises, short_link=short_link),
        map_link=map_link(run),
        short_link=short_link,
    )


def map_link(run: Run) -> str:
    """Return the address of a map of the meeting point."""
    if run.latitude is None:
        return "https://www.openstreetmap.org/search?" + urlencode({"query": run.place})
    at = {"mlat": run.latitude, "mlon": run.longitude}
    return f"https://www.openstreetmap.org/?{urlencode(at)}#map=17/{run.latitude}/{run.longitude}"
