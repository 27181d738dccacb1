"""The list of members who might like to be asked, the page of help, and its links."""

import uuid
from typing import Any

from flask import Blueprint, Response, request, url_for

from hampa.crews.models import Crew, CrewMembership
from hampa.platform.db import db
from hampa.platform.locale.i18n import get_locale_code, gettext as _, lazy_gettext as _l
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.operator_places import PLACES, OperatorPlace
from hampa.platform.web.permissions import operator_only, public, signed_in
from hampa.platform.web.session import me
from hampa.reaching_out import actions, queries
from hampa.reaching_out.forms import LOCALE_WORDS, HelpLinkForm

blueprint = Blueprint("reaching_out", __name__)


def for_organisers(crew: Crew, membership: CrewMembership | None) -> dict[str, Any] | None:
    """Return nothing more for the way to the list, None for who may not see it: how many it has is said on it alone."""
    return {} if membership is not None and membership.is_active and queries.may_see_drift(membership) else None


def who_looked(crew: Crew) -> dict[str, Any]:
    """Return who saw the viewer in the list of a crew."""
    return {"looks": queries.looks_at(me(), crew.id)}


def operator_places() -> list[OperatorPlace]:
    """Return the page of links to help, for operators."""
    return [OperatorPlace("community", 40, _l("Links to help"), "reaching_out.links", "link")]


slots.contribute(blueprint, PLACES, operator_places)
slots.fill(blueprint, "crew.tasks", "reaching_out/on_crew.html", for_organisers)
slots.fill(blueprint, "checkin.choices", "reaching_out/looks.html", who_looked)
slots.fill(blueprint, "checkins.links", "reaching_out/on_history.html")


@blueprint.get("/crews/<uuid:crew_id>/reach-out")
@signed_in
def people(crew_id: uuid.UUID) -> Response:
    """Show an organiser who might like to be asked, and tell these."""
    crew, page = queries.people_to_ask(me(), crew_id, request.args.get("after"))
    if actions.record_looks(me(), crew_id, page.items):
        db.session.commit()
        crew, page = queries.people_to_ask(me(), crew_id, request.args.get("after"))
    return pages.render("reaching_out/people.html", crew=crew, page=page)


@blueprint.get("/help/talk")
@public
def find_help() -> Response:
    """Show where help is found."""
    return pages.render("reaching_out/help.html", links=queries.help_links(get_locale_code()))


@blueprint.route("/admin/help-links", methods=["GET", "POST"])
@operator_only
def links() -> Response:
    """Show the links to help, and add one."""
    form = HelpLinkForm()
    if form.validate_on_submit():
        locale = "" if form.locale.data == "all" else form.locale.data
        with attempt(form, done=_("Added.")):
            fields = (form.title.data, form.url, form.note.data or "", locale)
            form.once(me(), lambda: actions.add_help_link(me(), *fields))
        if not form.errors:
            return pages.redirect(url_for("reaching_out.links"))
    return pages.render(
        "reaching_out/links.html",
        status=form.http_status,
        form=form,
        links=queries.help_links(),
        locale_words=LOCALE_WORDS,
    )


@blueprint.post("/admin/help-links/<uuid:link_id>/remove")
@operator_only
def remove_link(link_id: uuid.UUID) -> Response:
    """Remove a link to help."""
    actions.remove_help_link(me(), link_id)
    db.session.commit()
    return pages.redirect(url_for("reaching_out.links"))
