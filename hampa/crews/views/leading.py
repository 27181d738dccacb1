"""The hat of who leads crews, and the people who ask to get into them."""

from typing import Any

from flask import Response, request

from hampa.crews.queries import leading as queries
from hampa.crews.views.blueprint import blueprint
from hampa.people.models import Person
from hampa.platform.answers import ANSWERS, AnswerKind
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web import pages, slots
from hampa.platform.web.hats import HATS, Hat
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me


def crew_hat(person: Person, **_values: Any) -> Hat:
    """Return the hat of who leads a crew, with the number of people who ask to get in."""
    has_role = queries.leads_crews(person)
    return Hat("crew", _l("Crew"), "crews.index", has_role, (queries.REQUESTS,), "crews.all_requests")


def requests_waiting(person: Person, **_values: Any) -> AnswerKind:
    """Return the requests to get into the crews that a person leads."""
    asked = queries.requests_for(person)
    return AnswerKind(queries.REQUESTS, "crews/asks.html", asked, queries.may_have_requests(person))


slots.contribute(blueprint, HATS, crew_hat)
slots.contribute(blueprint, ANSWERS, requests_waiting)


@blueprint.get("/crews/requests")
@signed_in
def all_requests() -> Response:
    """List who asks to get into the crews that the viewer leads, the oldest first."""
    page = queries.requests_page(me(), request.args.get("after"))
    return pages.render("crews/requests.html", "rows", page=page)
