"""The runs of a crew: the next ones on its page, and all of them on a page of their own."""

import uuid
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request

from hampa.crews.models import Crew, CrewMembership
from hampa.crews.queries import crews
from hampa.people.models import Person
from hampa.platform.web import pages, slots
from hampa.platform.web.home_modules import MODULES, HomeModule
from hampa.platform.web.paging import Page
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me
from hampa.run_lists.queries.crews import (
    NEXT_OF_CREWS,
    NEXT_SHOWN,
    facts_of_crew,
    has_run_of_crews,
    runs_of_crew,
    runs_of_crews,
)
from hampa.run_lists.queries.rows import ListedRun

blueprint = Blueprint("run_lists", __name__)


@blueprint.get("/crews/<uuid:crew_id>/runs")
@public
def of_crew(crew_id: uuid.UUID) -> Response:
    """Show the runs of a crew that the viewer may see: those to come, or with `?when=past` those that are over."""
    crew, membership = crews.crew_seen(me(), crew_id)
    past = request.args.get("when") == "past"
    return pages.render(
        "run_lists/crew.html",
        crew=crew,
        membership=membership,
        past=past,
        runs=without_crew(runs_of_crew(me(), crew_id, request.args.get("after"), past=past)),
        may_publish=may_publish(membership),
    )


def without_crew(page: Page[ListedRun]) -> Page[ListedRun]:
    """Return a page of runs that do not name their crew, whose page they stand on."""
    return Page([replace(run, crew=None) for run in page.items], page.next)


def may_publish(membership: CrewMembership | None) -> bool:
    """Return whether a member may publish runs of the crew now."""
    return membership is not None and membership.is_active and crews.may(membership, "runs")


def next_runs(crew: Crew, membership: CrewMembership | None) -> dict[str, Any] | None:
    """Return the next runs of a crew for its page; for somebody outside None if they may see none."""
    runs = without_crew(runs_of_crew(me(), crew.id, size=NEXT_SHOWN))
    if membership is None and not runs.items:
        return None
    return {"runs": runs, "may_publish": may_publish(membership)}


def runs_for_invited(crew: Crew) -> dict[str, Any] | None:
    """Return how a crew runs, and its next runs, for people who are invited into it; None where there is neither."""
    runs, facts = without_crew(runs_of_crew(me(), crew.id, size=NEXT_SHOWN)), facts_of_crew(crew.id)
    return {"runs": runs, "facts": facts} if runs.items or facts else None


def crew_module(person: Person, now: Any, **_values: Any) -> HomeModule:
    """Return the module of home with the next run of the person's crews."""
    return HomeModule("run_lists/next_of_crews.html", has_run_of_crews(person, now), next_of_crews, is_beside=True)


def next_of_crews(person: Person) -> dict[str, Any] | None:
    """Return the next run of a person's crews as values of a template."""
    runs = runs_of_crews(person, NEXT_OF_CREWS)
    return {"runs": runs} if runs else None


slots.contribute(blueprint, MODULES, crew_module)
slots.fill(blueprint, "crew.runs", "run_lists/on_crew.html", next_runs)
slots.fill(blueprint, "crew.next", "run_lists/next_of_crew.html", runs_for_invited)
