"""Getting into a crew and out of it: by itself, by a link, by a code, on request; and the links themselves."""

import uuid
from contextlib import suppress
from typing import Any

from flask import Response, request, url_for

from hampa.crews.actions import codes, crews as crew_actions, memberships as actions
from hampa.crews.forms import CodeForm, JoinForm, LinkForm
from hampa.crews.models import Crew
from hampa.crews.queries import crews as queries, members
from hampa.crews.views.blueprint import blueprint
from hampa.crews.views.crews import to_crew
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import intents, pages, uploads
from hampa.platform.web.answering import confirm_answer
from hampa.platform.web.attempts import attempt
from hampa.platform.web.forms import OnceForm
from hampa.platform.web.permissions import asks_first, presses, public, signed_in
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical


@blueprint.route("/crews/<uuid:crew_id>/join", methods=["GET", "POST"])
@signed_in
@presses(lambda crew_id: f"crew_join{intents.SEPARATOR}{crew_id}")
@asks_first("name")
def join(crew_id: uuid.UUID) -> Response:
    """Show the agreement and join, or ask to get in."""
    crew = queries.crew_for(me(), crew_id)
    form = JoinForm()
    if form.validate_on_submit():
        with attempt(form):
            if crew.joining == "request":
                actions.ask_to_join(me(), crew_id, form.line.data, **_agreed(form))
            else:
                actions.join_crew(me(), crew_id, **_agreed(form))
        if not form.errors:
            return to_crew(crew_id)
        crew = queries.crew_for(me(), crew_id)
    return _join_page(crew, form, url_for("crews.join", crew_id=crew_id))


@blueprint.get("/crews/in/<uuid:invitation_id>")
@public
def invited(invitation_id: uuid.UUID) -> Response:
    """Show the crew of a link, also to visitors."""
    crew = members.invitation_for(me(), invitation_id)[1]
    action = url_for("crews.use_invitation", invitation_id=invitation_id)
    return _join_page(crew, JoinForm(formdata=None), action, invitation_id)


@blueprint.route("/crews/in/<uuid:invitation_id>/join", methods=["GET", "POST"])
@signed_in
@presses(lambda invitation_id: f"crew_link{intents.SEPARATOR}{invitation_id}")
@asks_first("name")
def use_invitation(invitation_id: uuid.UUID) -> Response:
    """Join by a link."""
    crew = members.invitation_for(me(), invitation_id)[1]
    form = JoinForm()
    crew_id = crew.id
    if form.validate_on_submit():
        with attempt(form):
            actions.use_invitation(me(), invitation_id, **_agreed(form))
        if not form.errors:
            return to_crew(crew_id)
        crew = members.invitation_for(me(), invitation_id)[1]
    return _join_page(crew, form, url_for("crews.use_invitation", invitation_id=invitation_id), invitation_id)


def _agreed(form: JoinForm | CodeForm) -> dict[str, Any]:
    """Return whether the agreement is accepted, and the version that was shown."""
    return {"agrees": form.agrees.data, "version": form.read_version}


def _join_page(crew: Crew, form: JoinForm, action: str, link: uuid.UUID | None = None) -> Response:
    is_member = (membership := queries.membership_of(me(), crew.id)) is not None and membership.is_active
    asks = crew.joining == "request" and action.endswith(f"{crew.id}/join")
    return pages.render(
        "crews/join.html",
        status=form.http_status,
        crew=crew,
        form=form,
        action=action,
        is_member=is_member,
        asks=asks,
        sign_in=None if me() or link is None else intents.sign_in_path("crew_link", link),
        link=link,
        shown_by=link,
    )


@blueprint.route("/crews/code", methods=["GET", "POST"])
@signed_in
@asks_first("name")
def by_code() -> Response:
    """Join by an access code; a crew with an agreement shows it first."""
    form, crew = CodeForm(), None
    if form.validate_on_submit():
        with attempt(form, keep=True):
            crew = codes.crew_of_code(me(), form.typed, request.remote_addr)
        if crew is not None:
            crew_id = crew.id
            with attempt(form):
                actions.use_code(me(), crew_id, form.typed, **_agreed(form))
            if not form.errors:
                return to_crew(crew_id)
            crew = queries.crew_by_id(crew_id)
    return pages.render("crews/code.html", status=form.http_status, form=form, crew=crew)


@blueprint.post("/crews/<uuid:crew_id>/take-back")
@signed_in
def take_back(crew_id: uuid.UUID) -> Response:
    """Take one's request back."""
    with attempt(done=_("You've taken back your request.")):
        actions.withdraw_request(me(), crew_id)
    with suppress(NotFound):  # it may hide by now
        queries.crew_for(me(), crew_id)
        return to_crew(crew_id)
    return pages.redirect(url_for("crews.index"))


@blueprint.route("/crews/<uuid:crew_id>/leave", methods=["GET", "POST"])
@signed_in
def leave(crew_id: uuid.UUID) -> Response:
    """Ask whether to leave, then leave."""
    crew = queries.member_of(me(), crew_id).crew
    if request.method == "GET":
        return pages.render("crews/leave.html", crew=crew)
    with attempt(done=_("You left the crew.")) as result:
        actions.leave_crew(me(), crew_id)
    return pages.redirect(url_for("crews.index")) if result.succeeded else to_crew(crew_id)


@blueprint.get("/crews/<uuid:crew_id>/ways-in")
@signed_in
def ways_in(crew_id: uuid.UUID) -> Response:
    """Show the requests, the links and the access code."""
    return _ways_page(crew_id, LinkForm(formdata=None))


def _ways_page(crew_id: uuid.UUID, form: LinkForm) -> Response:
    membership = queries.member_with(me(), crew_id, "invite")
    links = members.links_of(membership, all_of_them=queries.may(membership, "remove"))
    return pages.render(
        "crews/ways_in.html",
        status=form.http_status,
        crew=membership.crew,
        requests=members.requests_of(me(), crew_id),
        links=[(link, canonical(url_for("crews.invited", invitation_id=link.id))) for link in links],
        why_not_edit=queries.why_not(membership, "edit"),
        form=form,
    )


@blueprint.post("/crews/<uuid:crew_id>/links")
@signed_in
def invite(crew_id: uuid.UUID) -> Response:
    """Make a link."""
    queries.member_with(me(), crew_id, "invite")
    form = LinkForm()
    if form.validate():
        with attempt(form, done=_("The link is ready.")):
            form.once(
                me(), lambda: actions.invite(me(), crew_id, days=int(form.days.data), most_uses=form.most_uses.data)
            )
    return _ways_page(crew_id, form) if form.errors else _to_ways(crew_id)


@blueprint.post("/crews/<uuid:crew_id>/links/<uuid:invitation_id>/revoke")
@signed_in
def revoke(crew_id: uuid.UUID, invitation_id: uuid.UUID) -> Response:
    """End a link."""
    with attempt(done=_("The link no longer lets anybody in.")):
        actions.revoke(me(), crew_id, invitation_id)
    return _to_ways(crew_id)


@blueprint.get("/crews/in/<uuid:invitation_id>/qr.svg")
@signed_in
def qr_code(invitation_id: uuid.UUID) -> Response:
    """Send a link as a QR code to members."""
    crew = members.invitation_for(me(), invitation_id)[1]
    queries.member_with(me(), crew.id, "invite")
    return uploads.send_qr_code(canonical(url_for("crews.invited", invitation_id=invitation_id)))


@blueprint.post("/crews/<uuid:crew_id>/code")
@signed_in
def renew_code(crew_id: uuid.UUID) -> Response:
    """Make a new access code, or remove it."""
    form = OnceForm()
    with attempt():
        form.once(me(), lambda: crew_actions.change_code(me(), crew_id, remove=request.form.get("remove") == "1"))
    return _to_ways(crew_id)


@blueprint.post("/crews/<uuid:crew_id>/requests/<uuid:person_id>")
@signed_in
def answer(crew_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Let somebody in who asked, or decline."""
    words, accept = _("That was answered already."), request.form.get("accept") == "1"
    try:
        with attempt() as result:
            name = actions.answer_request(me(), crew_id, person_id, accept=accept).name
    except NotFound:
        if "next" not in request.form:
            raise
    else:
        if "next" not in request.form or not result.succeeded:
            return _to_ways(crew_id)
        words = _("%(name)s is in.", name=name) if accept else _("We'll tell %(name)s: not this time.", name=name)
    return confirm_answer(words, url_for("crews.ways_in", crew_id=crew_id))


def _to_ways(crew_id: uuid.UUID) -> Response:
    return pages.redirect(url_for("crews.ways_in", crew_id=crew_id))
