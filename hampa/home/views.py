"""The home page."""

from flask import Blueprint, Response

from hampa.cards.queries import cards, interests, matching
from hampa.platform.web import pages
from hampa.platform.web.page_cache import cache_for_anonymous
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me
from hampa.run_search.queries import Filters, upcoming_runs
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
    """Show the next run, suggested cards and upcoming runs; to visitors an introduction and upcoming runs."""
    person = me()
    upcoming = upcoming_runs(person, Filters(), size=RUNS_SHOWN)
    if person is None:
        return pages.render("home/visitor.html", runs=upcoming.items)
    next_run = runs.next_run_of(person)
    return pages.render(
        "home/home.html",
        person=person,
        next_run=next_run,
        runs=upcoming.items,
        cards=matching.suggested_cards(person, CARDS_SHOWN),
        has_card=next_run is not None or cards.has_card(person),
        waiting=interests.count_pending_for(person),
        watch=safety.active_watch(person),
        more_minutes=MORE_MINUTES,
    )
