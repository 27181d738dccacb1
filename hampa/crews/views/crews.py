"""The list of crews, the page of one, its settings, notices, log and end."""

import uuid
from typing import Any

from flask import Response, request, url_for

from hampa.auth.queries import has_proved
from hampa.crews.actions import crews as actions, memberships
from hampa.crews.forms import CloseForm, CrewForm, NoticeForm, digest_of
from hampa.crews.queries import crews as queries, groups, members
from hampa.crews.queries.notices import notices_of
from hampa.crews.queries.own_crews import crews_and_requests_of
from hampa.crews.views.blueprint import blueprint
from hampa.platform.errors import Forbidden
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import intents, pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import asks_first, public, signed_in
from hampa.platform.web.session import me


@blueprint.get("/crews")
@public
def index() -> Response:
    """Show the viewer's crews, and those that anybody may find."""
    viewer = me()
    mine, asked = crews_and_requests_of(viewer) if viewer is not None else ([], [])
    listed = queries.listed_crews(viewer, request.args.get("after"))
    return pages.render("crews/index.html", mine=mine, asked=asked, listed=listed)


@blueprint.route("/crews/new", methods=["GET", "POST"])
@signed_in
@asks_first("name")
def new() -> Response:
    """Start a crew."""
    form = CrewForm()
    if form.validate_on_submit():
        with attempt(form, done=_("Your crew is there. Invite the people you run with.")):
            crew_id = form.once(me(), lambda: actions.create_crew(me(), form.values()))
        if not form.errors:
            return pages.redirect(url_for("crews.show", crew_id=crew_id))
    return pages.render("crews/form.html", status=form.http_status, form=form, crew=None)


@blueprint.get("/crews/<uuid:crew_id>")
@public
def show(crew_id: uuid.UUID) -> Response:
    """Show a crew: to members with its notices and what they may do, to others with the way in."""
    return crew_page(crew_id, None)


def crew_page(crew_id: uuid.UUID, form: NoticeForm | None) -> Response:
    """Answer with the page of a crew, and a notice with errors if there is one."""
    viewer = me()
    crew, membership = queries.crew_seen(viewer, crew_id)
    values: dict[str, Any] = {"crew": crew, "membership": None}
    if viewer is not None and membership is not None and membership.is_active:
        why_not = {right: queries.why_not(membership, right) for right in ("invite", "edit", "post")}
        values |= {
            "membership": membership,
            "notices": notices_of(viewer, membership, of_all_groups=not why_not["post"]),
            "members_here": members.members_here(viewer, crew_id),
            "why_not": why_not,
            "asks_agreement": queries.needs_agreement(membership),
            "notice_form": None if why_not["post"] else form or _notice_form(crew_id, empty=True),
        }
    else:
        values |= {
            "asked": members.request_of(viewer, crew_id),
            "shut_out": membership is not None and membership.is_shut_out,
            "sign_in": None if viewer else intents.sign_in_path("crew_join", crew_id),
        }
    return pages.render("crews/show.html", status=form.http_status if form is not None else 200, **values)


def _notice_form(crew_id: uuid.UUID, *, empty: bool = False) -> NoticeForm:
    """Return the form of a notice, which offers the sub-groups."""
    form = NoticeForm(formdata=None) if empty else NoticeForm()
    form.offer(groups.groups_of(crew_id))
    return form


@blueprint.post("/crews/<uuid:crew_id>/notices")
@signed_in
def post_notice(crew_id: uuid.UUID) -> Response:
    """Post a notice to all members, or to a sub-group."""
    queries.member_with(me(), crew_id, "post")
    form = _notice_form(crew_id)
    if form.validate():
        with attempt(form, done=_("We'll tell the members.")):
            form.once(me(), lambda: actions.post_notice(me(), crew_id, form.text.data, form.group_id))
    return crew_page(crew_id, form) if form.errors else to_crew(crew_id)


@blueprint.post("/crews/<uuid:crew_id>/hearing")
@signed_in
def choose_notices(crew_id: uuid.UUID) -> Response:
    """Set whether the viewer hears of the crew."""
    with attempt():
        memberships.choose_notices(me(), crew_id, wanted=request.form.get("wanted") == "1")
    return pages.redirect(pages.referring_path(url_for("crews.show", crew_id=crew_id)))


@blueprint.route("/crews/<uuid:crew_id>/settings", methods=["GET", "POST"])
@signed_in
def settings(crew_id: uuid.UUID) -> Response:
    """Change the settings of a crew."""
    crew = queries.member_with(me(), crew_id, "edit").crew
    form = CrewForm(obj=crew)
    if not form.is_submitted():
        form.shown.data = "-".join(digest_of(value) for value in form.values().values())
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            actions.change_crew(me(), crew_id, form.changed_values())
        if not form.errors:
            return to_crew(crew_id)
    return pages.render("crews/form.html", status=form.http_status, form=form, crew=crew)


@blueprint.get("/crews/<uuid:crew_id>/log")
@signed_in
def log(crew_id: uuid.UUID) -> Response:
    """Show the admins what happened in the crew, or with one member of it (`?about=`)."""
    crew = queries.admin_of(me(), crew_id).crew
    person = members.person_in_log(me(), crew_id, request.args.get("about"))
    entries = members.log_of(crew_id, request.args.get("after"), about=person.id if person else None)
    return pages.render("crews/log.html", crew=crew, entries=entries, about=person)


@blueprint.route("/crews/<uuid:crew_id>/close", methods=["GET", "POST"])
@signed_in
def close(crew_id: uuid.UUID) -> Response:
    """Say what closing a crew means, and close it after a fresh proof."""
    crew = queries.admin_of(me(), crew_id).crew
    if not has_proved(me()):
        if request.method == "POST":
            raise Forbidden(_("Confirm once more that it's you."))
        return pages.redirect(url_for("auth.proof", next=url_for("crews.close", crew_id=crew_id)))
    form = CloseForm()
    if form.validate_on_submit():
        with attempt(form, done=_("The crew is closed. You can open it again for 30 days.")):
            actions.close_crew(me(), crew_id, cancels_runs=form.runs.data == "cancel")
        return to_crew(crew_id)
    counts = slots.collect("crew.closing", crew=crew)
    return pages.render("crews/close.html", status=form.http_status, crew=crew, form=form, counts=counts)


@blueprint.post("/crews/<uuid:crew_id>/open")
@signed_in
def open_again(crew_id: uuid.UUID) -> Response:
    """Open a closed crew again."""
    with attempt(done=_("The crew is open again.")):
        actions.open_crew(me(), crew_id)
    return to_crew(crew_id)


def to_crew(crew_id: uuid.UUID) -> Response:
    """Answer with a redirect to the page of a crew."""
    return pages.redirect(url_for("crews.show", crew_id=crew_id))
