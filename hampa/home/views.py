"""The home page, whose modules are empty or not: now, your answer, my week, near you, for you."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request, url_for

from hampa.cards.queries import matching
from hampa.home.forms import TownForm
from hampa.home.queries import overview as queries
from hampa.home.queries.week import days_of_week
from hampa.people.models import Person
from hampa.people.queries import home_town
from hampa.platform import clock, versions
from hampa.platform.answers import ANSWERS
from hampa.platform.geo.squares import Near
from hampa.platform.locale import dates
from hampa.platform.web import pages, slots
from hampa.platform.web.hats import HATS
from hampa.platform.web.home_modules import MODULES
from hampa.platform.web.page_cache import cache_for_anonymous
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me
from hampa.roster.queries.roster import first_coming
from hampa.run_lists.queries import rows as runs
from hampa.run_lists.queries.rows import ListedRun
from hampa.run_search.queries.filters import Filters
from hampa.run_search.queries.listing import find_shared_runs, upcoming_runs, with_distances
from hampa.runs.models.participation import GOING
from hampa.runs.queries.people import may_be_late
from hampa.runs.queries.runs import LISTING

blueprint = Blueprint("home", __name__)

RUNS_LOOKED_AT = 12
"""The next runs near the person, among which those of others are looked for."""
RUNS_OF_VISITORS = 6
CARDS_SHOWN = 1
NEAR_KM = 50
"""How far from the person's town runs and cards count as near."""
WIDER = {"50": 50, "200": 200, "everywhere": None}
"""The circles around the town, in kilometres, by their values in the address; each is a step wider."""


@blueprint.get("/")
@public
@cache_for_anonymous(LISTING, query_names=frozenset({"near"}))
def index() -> Response:
    """Show the modules of home; to visitors an introduction and upcoming runs."""
    person = me()
    if person is None:
        return _visitors_page()
    begins = dates.week_begins(person.timezone)
    until = max(begins + timedelta(days=7), clock.now() + queries.NOW_WITHIN)
    versions.expect((LISTING, *matching.versions_of_matches(person)))
    near = _near(person)
    if pages.wants_fragment():
        mine = runs.runs_since(person, begins, until, near.unknown) if near.unknown else []
        return pages.render("home/near.html", city=person.city, near=near.laid_over(mine))
    overview = queries.overview_of(person, _contributed(), begins)
    mine = runs.runs_since(person, begins, until, near.unknown) if overview.has_run else []
    week = [run for run in mine if run.has_place]
    ahead = [run for run in week if run.ends_at > clock.now()]
    soon = [run for run in ahead if run.starts_at - clock.now() <= queries.NOW_WITHIN]
    modules = {
        is_beside: [
            slots.render(module.template, values)
            for module in overview.modules
            if module.is_beside == is_beside and (values := module.values(person)) is not None
        ]
        for is_beside in (False, True)
    }
    return pages.render(
        "home/home.html",
        person=person,
        modules=modules[False],
        beside_modules=modules[True],
        now=_now(person, soon[0]) if soon else None,
        also_soon=soon[1:],
        overview=overview,
        templates=queries.templates_of(slots.contributions(ANSWERS)),
        week=days_of_week(week, begins, overview.marks),
        next_run=next((run for run in ahead if run not in soon), None),
        cards=matching.suggested_cards(person, overview.own_card, CARDS_SHOWN, near.around),
        near=near.laid_over(mine),
    )


def _visitors_page() -> Response:
    """Render home for visitors: what this is, and the next runs, near the town that they name if there is one."""
    form = TownForm()
    town = form.town()
    near = Near(town.latitude, town.longitude, NEAR_KM) if town else None
    found = upcoming_runs(None, Filters(near=near), size=RUNS_OF_VISITORS).items
    nobody_near = near is not None and not found
    if near is not None and nobody_near:
        found = with_distances(upcoming_runs(None, Filters(), size=RUNS_OF_VISITORS).items, near)
    return pages.render("home/visitor.html", form=form, town=town, nobody_near=nobody_near, near_km=NEAR_KM, runs=found)


@blueprint.get("/answers")
@signed_in
def answers() -> Response:
    """List all that waits for the person's answer, the soonest first."""
    kinds = slots.contributions(ANSWERS)
    page = queries.answers_of(me(), kinds, request.args.get("after"))
    return pages.render("home/answers.html", "rows", answers=page, templates=queries.templates_of(kinds))


@blueprint.get("/answers/waiting")
@signed_in
def waiting() -> Response:
    """Answer htmx with the counts of what waits, as they are once something was answered on a page."""
    if not pages.wants_fragment():
        return pages.redirect(url_for("home.answers"))
    total, hats = queries.waiting_of(me(), _contributed())
    page = request.args.get("page", "")
    on = next((hat.name for hat, _count in hats if page.startswith(url_for(hat.endpoint))), "runner")
    return pages.render("home/counts.html", waiting=total, hats=hats, on=on)


def hats_on(on: str) -> dict[str, Any] | None:
    """Return what the row of hats needs on the page of one, None for a person without a hat."""
    own = queries.hats_of(me(), _contributed())
    return {"hats": own, "on": on} if own else None


slots.fill(blueprint, "hats", "home/hats.html", hats_on)


def _now(person: Person, listed: ListedRun) -> dict[str, Any]:
    """Return what counts at a run that is about to begin: buttons, lateness, and who comes to one that is theirs."""
    run, participation = queries.run_now(person, listed.id)
    goes = participation is not None and participation.status == GOING
    arrived = goes and bool(slots.collect("run.arrived", run=run, viewer=person))
    return {
        "run": run,
        "listed": listed,
        "begun": run.starts_at <= clock.now(),
        "goes": goes,
        "arrived": arrived,
        "late_min": participation.late_min if participation else None,
        "may_be_late": goes and not listed.organises and not arrived and may_be_late(run),
        "code": slots.collect("run.participant_button", run=run, viewer=person) if goes else [],
        "attendance": slots.collect("run.organiser_button", run=run) if listed.organises else [],
        "coming": first_coming(person, run) if listed.organises else [],
    }


def _near(person: Person) -> queries.NearRuns:
    """Return the next runs around the person's town, or anywhere, and the next wider circle."""
    town = home_town(person)
    chosen = request.args.get("within", "")
    chosen = chosen if chosen in WIDER else next(iter(WIDER))
    around = Near(town.latitude, town.longitude, WIDER[chosen] or NEAR_KM) if town else None
    near = around if WIDER[chosen] else None
    found, known = _upcoming(person, near)
    has_near = bool(found) and near is not None
    if not found and near is not None:
        found, known = _upcoming(person, None)
    if around is not None and not has_near:
        found = with_distances(found, around)
    steps = list(WIDER)
    wider = steps[steps.index(chosen) + 1] if has_near else None
    return queries.NearRuns(
        town=town,
        around=Near(town.latitude, town.longitude, NEAR_KM) if town else None,
        runs=tuple(found),
        known=known,
        has_near=has_near,
        within=WIDER[chosen],
        wider=wider,
        wider_km=WIDER[wider] if wider else None,
    )


def _upcoming(person: Person, near: Near | None) -> tuple[Sequence[ListedRun], bool]:
    """Return the next runs in a circle or anywhere, and whether they have the person's status in them already."""
    shared = find_shared_runs(person, Filters(near=near), size=RUNS_LOOKED_AT)
    if shared is not None:
        return shared.page.items, False
    return upcoming_runs(person, Filters(near=near), size=RUNS_LOOKED_AT).items, True


def _contributed() -> queries.Contributed:
    """Return what the features of this app contribute to home."""
    return queries.Contributed(*map(slots.contributions, (ANSWERS, HATS, MODULES)))


PROMISED: dict[str, tuple[str, dict[str, str]]] = {
    "/activities": ("training.activities", {}),
    "/activities/new": ("training.new", {}),
    "/activities/import": ("activity_files.upload", {}),
    "/timer": ("training.overview", {}),
    "/me/overview": ("training.overview", {}),
    "/plans": ("training.plans", {}),
    "/plans/<uuid:plan_id>/members": ("training.plan", {}),
    "/plans/<uuid:plan_id>/milestones": ("training.plan", {}),
    "/goals": ("training.goals", {}),
    "/challenges": ("challenges.mine", {}),
    "/athletes": ("coaching.roster", {}),
    "/athletes/<uuid:athlete_id>": ("coaching.athlete", {}),
    "/files/<uuid:file_id>/download": ("files.fetch", {}),
    "/reports": ("incidents.index", {}),
    "/reports/<uuid:incident_id>": ("incidents.show", {}),
    "/shifts/<uuid:schedule_id>/<start>/book": ("duties.shift", {}),
    "/bookings/<uuid:booking_id>": ("duties.booking", {}),
    "/bookings/<uuid:booking_id>/attendance": ("duties.booking", {}),
    "/bookings/<uuid:booking_id>/cancel": ("duties.booking", {}),
    "/bookings/<uuid:booking_id>/give": ("duties.hand_on", {}),
    "/bookings/<uuid:booking_id>/swap": ("duties.hand_on", {}),
    "/bookings/<uuid:booking_id>/report": ("incidents.new", {"booking_id": "booking"}),
    "/crews/<uuid:crew_id>/edit": ("crews.settings", {}),
    "/crews/<uuid:crew_id>/invitations": ("crews.ways_in", {}),
    "/crews/<uuid:crew_id>/analytics": ("trends.numbers", {}),
}
"""Addresses that were promised, with the page each leads to, and the names of its values where they differ."""


def _lead(path: str, endpoint: str, names: dict[str, str]) -> None:
    """Add the address, which leads on without asking whether there is what it names: its page does."""

    @signed_in
    def lead(**values: Any) -> Response:
        return pages.redirect(url_for(endpoint, **{names.get(name, name): value for name, value in values.items()}))

    blueprint.add_url_rule(path, "leads_from_" + re.sub("[^a-z]+", "_", path).strip("_"), lead)


for _path, (_endpoint, _names) in PROMISED.items():
    _lead(_path, _endpoint, _names)


@blueprint.get("/timeline")
@signed_in
def own_timeline() -> Response:
    """Lead to the timeline of the person."""
    return pages.redirect(url_for("timeline.of_person", person_id=me().id))
