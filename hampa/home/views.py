"""The first page."""

from __future__ import annotations

from flask import Blueprint, Response

from hampa.cards.queries import cards, interests, matching
from hampa.platform.web import pages
from hampa.platform.web.page_cache import cache_for_anonymous
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me
from hampa.runs.queries import listing as runs
from hampa.safety import queries as safety
from hampa.safety.models import MORE_MINUTES

blueprint = Blueprint("home", __name__)

RUNS_SHOWN = 6
CARDS_SHOWN = 3


@blueprint.get("/")
@public
@cache_for_anonymous(runs.LISTING)
def index() -> Response:
    """My next run, company and what is on; for visitors, what Hampa is, with live runs below."""
    person = me()
    soon = runs.upcoming_runs(person, runs.Filters(), None, size=RUNS_SHOWN)
    if person is None:
        return pages.render("home/visitor.html", runs=soon.items)
    next_run = runs.next_run_of(person)
    company = matching.companions_for(person, CARDS_SHOWN)
    return pages.render(
        "home/home.html",
        person=person,
        next_run=next_run,
        runs=soon.items,
        cards=company,
        has_card=next_run is not None or cards.has_card(person),
        waiting=interests.waiting_on(person),
        watch=safety.running_of(person),
        more_minutes=MORE_MINUTES,
    )
