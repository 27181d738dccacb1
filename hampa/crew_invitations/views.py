"""Inviting phone numbers into a crew, and what the holder of a number does with it."""

import uuid
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from hampa.crew_invitations import actions, queries
from hampa.crew_invitations.forms import NumberList, NumbersForm
from hampa.crews.forms import JoinForm
from hampa.crews.queries.crews import member_of, membership_of
from hampa.platform.db import db
from hampa.platform.locale import phone
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.web import pages, uploads
from hampa.platform.web.attempts import attempt
from hampa.platform.web.forms import Form
from hampa.platform.web.permissions import asks_first, public, signed_in
from hampa.platform.web.session import me
from hampa.platform.web.slots import fill

blueprint = Blueprint("crew_invitations", __name__)
fill(
    blueprint,
    "crew.ways_in",
    "crew_invitations/door.html",
    lambda crew: {"why_not": queries.why_not_numbers(member_of(me(), crew.id))},
)


@blueprint.route("/crews/<uuid:crew_id>/phone-numbers", methods=["GET", "POST"])
@signed_in
@uploads.takes_files(megabytes=2)
def numbers(crew_id: uuid.UUID) -> Response:
    """Show how many numbers the crew invited; look at a list of more, and send it once its person has seen it."""
    queries.member_who_invites(me(), crew_id)
    form = NumbersForm()
    if not form.validate_on_submit():
        return _numbers_page(crew_id, form)
    if form.has_created(me()):
        return _to_numbers(crew_id)
    listed = form.read(lambda some: queries.invited_before(crew_id, some))
    found = listed.numbers
    is_seen = request.form.get("seen") == "1" and not listed.problems and not form.errors
    if is_seen and not form.agreed.data:
        form.agreed.errors = [_("Only invite people who agreed to it.")]
    elif is_seen:
        text = ngettext("%(num)d invitation is on its way.", "%(num)d invitations are on their way.", len(found))
        with attempt(form, done=text):
            form.once(me(), lambda: _invite(crew_id, found))
        if not form.errors:
            return _to_numbers(crew_id)
        queries.member_who_invites(me(), crew_id)
    return _numbers_page(crew_id, form, listed)


def _invite(crew_id: uuid.UUID, found: list[str]) -> uuid.UUID:
    actions.invite_numbers(me(), crew_id, found)
    return crew_id


def _numbers_page(crew_id: uuid.UUID, form: NumbersForm, listed: NumberList | None = None) -> Response:
    membership = queries.member_who_invites(me(), crew_id)
    if listed is not None and listed.rows and not form.numbers.errors:
        asked = [row.text for row in listed.problems if row.is_asked]
        form.numbers.raw_data = ["\n".join([*listed.numbers, *asked])]
    return pages.render(
        "crew_invitations/numbers.html",
        status=422 if listed is not None else form.http_status,
        crew=membership.crew,
        form=form,
        listed=listed if listed is not None and listed.rows else None,
        counts=queries.counts_of(crew_id),
        invitations=[
            (one, phone.format_phone(one.number) if one.is_own else phone.mask(one.number))
            for one in queries.open_invitations(me(), crew_id)
            if one.number
        ],
    )


@blueprint.post("/crews/<uuid:crew_id>/phone-numbers/<uuid:number_invitation_id>/revoke")
@signed_in
def revoke(crew_id: uuid.UUID, number_invitation_id: uuid.UUID) -> Response:
    """End an invitation of a number."""
    with attempt(done=_("This number is not let in any more.")):
        actions.revoke(me(), crew_id, number_invitation_id)
    return _to_numbers(crew_id)


def _to_numbers(crew_id: uuid.UUID) -> Response:
    return pages.redirect(url_for("crew_invitations.numbers", crew_id=crew_id))


@blueprint.get("/c/<crew_token>")
@public
def link(crew_token: str) -> Response:
    """Show the crew that invited a number to whoever follows the link of its SMS; joining asks for that number."""
    invitation, crew = queries.invitation_by_token(crew_token)
    ending = (invitation.number or "")[-2:]
    values = {"crew": crew, "invitation": invitation, "token": crew_token, "ending": ending, "shown_by": crew_token}
    return _private("crew_invitations/link.html", **values)


@blueprint.route("/c/<crew_token>/stop", methods=["GET", "POST"])
@public
def stop(crew_token: str) -> Response:
    """Send no SMS to the number of a link any more, for whoever follows it."""
    invitation, crew = queries.invitation_by_token(crew_token)
    if request.method == "POST":
        actions.stop_by_link(crew_token)
        db.session.commit()
        flash(_("This number gets no more SMS from us, except codes for signing in."))
        return pages.redirect(url_for("crews.index"))
    ending = (invitation.number or "")[-2:]
    return _private("crew_invitations/stop.html", crew=crew, ending=ending, form=Form())


def _private(template: str, **values: Any) -> Response:
    answer = pages.render(template, **values)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.route("/crews/invited/<uuid:number_invitation_id>", methods=["GET", "POST"])
@signed_in
@asks_first("name")
def invited(number_invitation_id: uuid.UUID) -> Response:
    """Show the crew that invited the viewer's number, and join it."""
    invitation, crew = queries.invitation_to(me(), number_invitation_id)
    form = JoinForm()
    if form.validate_on_submit():
        with attempt(form):
            actions.accept(me(), number_invitation_id, agrees=form.agrees.data, version=form.read_version)
        if not form.errors:
            return pages.redirect(url_for("crews.show", crew_id=crew.id))
        invitation, crew = queries.invitation_to(me(), number_invitation_id)
    membership = membership_of(me(), crew.id)
    return pages.render(
        "crew_invitations/invited.html",
        status=form.http_status,
        crew=crew,
        form=form,
        invitation=invitation,
        shown_by=invitation.id,
        is_member=membership is not None and membership.is_active,
    )


@blueprint.post("/crews/invited/<uuid:number_invitation_id>/decline")
@signed_in
def decline(number_invitation_id: uuid.UUID) -> Response:
    """End an invitation to the viewer's number."""
    with attempt(done=_("The invitation is gone. Nobody is told.")):
        actions.decline(me(), number_invitation_id)
    return pages.redirect(url_for("crews.index"))
