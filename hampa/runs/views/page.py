"""The page of one run, which several requests end in."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from flask import Response, url_for

from hampa.cards.queries import listing as cards
from hampa.platform.web import pages
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical
from hampa.runs.forms.joining import JoinForm
from hampa.runs.models.participation import GOING, WAITLISTED, WANTS_TO_GO
from hampa.runs.models.run import Run
from hampa.runs.queries import organisers, people, runs

FACES_SHOWN = 8


def back_to(run_id: uuid.UUID) -> Response:
    """On to the run."""
    return pages.redirect(url_for("runs.show", run_id=run_id))


def run_page(run_id: uuid.UUID, form: JoinForm | None = None, status: int = 200) -> Response:
    """The page of a run, or to htmx the part of it that taking part changes."""
    viewer = me()
    run = runs.run_for(viewer, run_id)
    standing, row = people.place_of(viewer, run)
    team = organisers.organisers_of(viewer, run)
    organises = viewer is not None and viewer.id in {one.id for one in team}
    comes = standing.mine in WANTS_TO_GO and not standing.closed
    mine = row if comes else None
    return pages.render(
        "runs/show.html",
        "live",
        status=status,
        run=run,
        standing=standing,
        closed=runs.why_closed(run),
        clash=people.clash_of(viewer, run) if viewer and standing.ways else None,
        paces=people.pace_groups(viewer, run.id),
        going=people.participants(viewer, run, size=FACES_SHOWN).items if viewer else [],
        organisers=team,
        organises=organises,
        mine=mine,
        participation=row,
        late=standing.mine == GOING and people.may_be_late(run),
        own_cards=cards.of_owner(viewer, viewer.id) if comes else [],
        waiting_companions=people.companions_waiting(viewer, run) if standing.mine == WAITLISTED else [],
        form=form or (JoinForm.of(mine) if mine else None),
        map_link=map_link(run),
        short_link=canonical(url_for("runs.short", code=run.short_code)),
    )


def map_link(run: Run) -> str:
    """The meeting point on a map that everybody can open."""
    if run.latitude is None:
        return "https://www.openstreetmap.org/search?" + urlencode({"query": run.place})
    at = {"mlat": run.latitude, "mlon": run.longitude}
    return f"https://www.openstreetmap.org/?{urlencode(at)}#map=17/{run.latitude}/{run.longitude}"
