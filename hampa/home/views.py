"""The home page."""

from collections.abc import Sequence

from flask import Blueprint, Response

from hampa.cards.queries import cards, matching
from hampa.home import queries
from hampa.people.models import Person
from hampa.people.queries import home_town
from hampa.platform.geo.squares import Near
from hampa.platform.web import pages
from hampa.platform.web.page_cache import cache_for_anonymous
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me
from hampa.run_search.queries import Filters, upcoming_runs, with_distances
from hampa.runs.queries import listing as runs
from hampa.runs.queries.listing import ListedRun
from hampa.safety import queries as safety
from hampa.safety.models import MORE_MINUTES

blueprint = Blueprint("home", __name__)

RUNS_SHOWN = 6
CARDS_SHOWN = 3
NEAR_KM = 50
"""How far from the person's town runs and cards count as near."""


@blueprint.get("/")
@public
@cache_for_anonymous(runs.LISTING)
def index() -> Response:
    """Show the next run, suggested cards and upcoming runs; to visitors an introduction and upcoming runs."""
    person = me()
    if person is None:
        return pages.render("home/visitor.html", runs=upcoming_runs(None, Filters(), size=RUNS_SHOWN).items)
    town = home_town(person)
    near = Near(town.latitude, town.longitude, NEAR_KM) if town else None
    runs_near = upcoming_runs(person, Filters(near=near), size=RUNS_SHOWN).items if near else []
    next_run = runs.next_run_of(person)
    return pages.render(
        "home/home.html",
        person=person,
        next_run=next_run,
        town=town,
        near_km=NEAR_KM,
        runs=runs_near or _runs_anywhere(person, near),
        has_runs_near=bool(runs_near),
        cards=matching.suggested_cards(person, CARDS_SHOWN, near),
        has_card=next_run is not None or cards.has_card(person),
        waiting=queries.waiting_for(person),
        most_waiting=queries.ANSWERS_SHOWN,
        watch=safety.active_watch(person),
        more_minutes=MORE_MINUTES,
    )


def _runs_anywhere(person: Person, near: Near | None) -> Sequence[ListedRun]:
    """Return the next runs wherever they are, with their distances from the middle of a circle if there is one."""
    items = upcoming_runs(person, Filters(), size=RUNS_SHOWN).items
    return with_distances(items, near) if near else items
