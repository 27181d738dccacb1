"""The pages of who organises: the runs ahead, the requests to join them, and the series."""

from typing import Any

from flask import Response, request

from hampa.organising.queries import last_runs, overview
from hampa.organising.views.blueprint import blueprint
from hampa.people.models import Person
from hampa.platform.answers import ANSWERS, AnswerKind
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web import pages, slots
from hampa.platform.web.hats import HATS, Hat
from hampa.platform.web.paging import Page
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me

HAT = "organising"


def organising_hat(person: Person, now: Any) -> Hat:
    """Return the hat of who organises, with the number of requests and invitations."""
    has_role = overview.has_role(person, now)
    waiting = "organising.all_requests"
    return Hat(HAT, _l("Organising"), "organising.upcoming", has_role, ("request", "invitation"), waiting)


def invitations_waiting(person: Person, now: Any) -> AnswerKind:
    """Return the invitations to organise or to own a run."""
    invitations = overview.invitations_for(person, now)
    invited = overview.may_be_invited(person)
    return AnswerKind("invitation", "organising/answers/invitation.html", invitations, invited)


slots.contribute(blueprint, HATS, organising_hat)
slots.contribute(blueprint, ANSWERS, invitations_waiting)


@blueprint.get("/organising")
@signed_in
def upcoming() -> Response:
    """List the runs ahead that the person organises, with those who come and who ask."""
    return _page("upcoming", overview.upcoming_of(me(), request.args.get("after")))


@blueprint.get("/organising/requests")
@signed_in
def all_requests() -> Response:
    """List what waits for the answer of who organises: requests and invitations, in groups by run."""
    return _page("requests", overview.requests_of(me(), request.args.get("after")))


@blueprint.get("/organising/series")
@signed_in
def all_series() -> Response:
    """List the series that the person organises, each with its next run."""
    return _page("series", overview.series_of(me(), request.args.get("after")))


def _page(tab: str, rows: Page[Any]) -> Response:
    repeats = _shows_own(tab, rows) or last_runs.has_published(me())
    return pages.render("organising/overview.html", "rows", tab=tab, page=rows, repeats=repeats)


def _shows_own(tab: str, rows: Page[Any]) -> bool:
    """Return whether the rows alone say that the person has a run to repeat, which saves a question."""
    if tab == "upcoming":
        return any(run.organiser is not None and run.organiser.id == me().id for run in rows.items)
    return bool(rows.items)
