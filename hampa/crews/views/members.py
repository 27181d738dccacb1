"""The members of a crew, and what organisers do with them."""

import uuid
from collections.abc import Callable

from flask import Response, request, url_for

from hampa.crews.actions import memberships as actions
from hampa.crews.forms import GroupsForm, RemovalForm, RoleForm, SanctionForm
from hampa.crews.models import ACTIVE, BANNED, INACTIVE, RIGHTS, ROLE_RIGHTS
from hampa.crews.queries import crews as queries, groups, members
from hampa.crews.views.blueprint import blueprint
from hampa.people.queries import hidden_ids
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me


@blueprint.get("/crews/<uuid:crew_id>/members")
@signed_in
def list_members(crew_id: uuid.UUID) -> Response:
    """Show the members; to those who may remove some, the banned ones too, and those who have left."""
    membership = queries.member_of(me(), crew_id)
    organises = queries.may(membership, "remove")
    who = request.args.get("who", "") if organises else ""
    status = {"banned": BANNED, "left": INACTIVE}.get(who, ACTIVE)
    offered = groups.groups_of(crew_id) if status == ACTIVE else ()
    chosen = next((group for group in offered if str(group.id) == request.args.get("group")), None)
    rows = members.members_of(
        me(),
        crew_id,
        request.args.get("after"),
        status=status,
        organises=organises,
        group_id=chosen.id if chosen else None,
    )
    return pages.render(
        "crews/members.html",
        crew=membership.crew,
        members=rows,
        organises=organises,
        which=status,
        own_id=me().id,
        hidden=hidden_ids(me()),
        groups=offered,
        chosen=chosen,
        is_admin=membership.role == "admin",
        shows_agreement=bool(membership.crew.agreement) and queries.may(membership, "edit") and status == ACTIVE,
    )


@blueprint.get("/crews/<uuid:crew_id>/members/<uuid:person_id>")
@signed_in
def member(crew_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Show what an organiser can do with a member."""
    return _member_page(crew_id, person_id)


def _member_page(
    crew_id: uuid.UUID, person_id: uuid.UUID, form: RoleForm | SanctionForm | RemovalForm | None = None, what: str = ""
) -> Response:
    mine = queries.member_with(me(), crew_id, "remove")
    membership, person = members.other_member(me(), crew_id, person_id)
    rights = membership.rights or ROLE_RIGHTS[membership.role]
    forms = {
        "role": RoleForm(formdata=None, role=membership.role, rights=[right for right in RIGHTS if right in rights]),
        "mute": SanctionForm(formdata=None),
        "remove": RemovalForm(formdata=None),
        "ban": SanctionForm(formdata=None),
    }
    if form is not None:
        forms[what] = form
    groups_form = GroupsForm(formdata=None)
    groups_form.offer(groups.groups_of(crew_id, membership.id), chosen=True)
    protected = mine.role != "admin" and membership.role != "member"
    return pages.render(
        "crews/member.html",
        status=form.http_status if form is not None else 200,
        form=form or forms["role"],
        forms=forms,
        crew=mine.crew,
        membership=membership,
        member=person,
        is_admin=mine.role == "admin",
        is_banned=membership.status == BANNED,
        is_away=membership.status == INACTIVE,
        protected=_("Only admins of the crew can do that to its organisers.") if protected else "",
        open_form=what,
        groups_form=groups_form,
        why_not_edit=queries.why_not(mine, "edit"),
    )


@blueprint.post("/crews/<uuid:crew_id>/members/<uuid:person_id>/role")
@signed_in
def set_role(crew_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Set the role and the rights of a member."""
    queries.admin_of(me(), crew_id)
    form = RoleForm()
    if form.validate():
        role, rights = form.role.data, form.rights.data or []
        own = rights if set(rights) != set(ROLE_RIGHTS[role]) else []
        with attempt(form, done=_("Saved.")):
            actions.set_role(me(), crew_id, person_id, role, own)
    return _member_page(crew_id, person_id, form, "role") if form.errors else _to_members(crew_id)


@blueprint.post("/crews/<uuid:crew_id>/members/<uuid:person_id>/remove")
@signed_in
def remove(crew_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Remove a member."""
    done = _("They are no longer in the crew.")
    return _sanction(crew_id, person_id, "remove", RemovalForm(), actions.remove_member, done)


@blueprint.post("/crews/<uuid:crew_id>/members/<uuid:person_id>/mute")
@signed_in
def mute(crew_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Mute a member for some days."""
    return _sanction(crew_id, person_id, "mute", SanctionForm(), actions.mute_member, _("They can only read for now."))


@blueprint.post("/crews/<uuid:crew_id>/members/<uuid:person_id>/ban")
@signed_in
def ban(crew_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Ban a member."""
    done = _("They are out, and can't come back.")
    return _sanction(crew_id, person_id, "ban", SanctionForm(), actions.ban_member, done)


@blueprint.post("/crews/<uuid:crew_id>/members/<uuid:person_id>/undo")
@signed_in
def undo(crew_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """End a ban, or let a muted member write again."""
    with attempt(done=_("Done.")):
        if request.form.get("what") == "ban":
            actions.end_ban(me(), crew_id, person_id)
        else:
            actions.unmute_member(me(), crew_id, person_id)
    return _to_members(crew_id)


def _sanction(
    crew_id: uuid.UUID,
    person_id: uuid.UUID,
    what: str,
    form: SanctionForm | RemovalForm,
    act: Callable[..., None],
    done: str,
) -> Response:
    """Do to a member what a form says, and say so; or show their page with its errors."""
    queries.member_with(me(), crew_id, "remove")
    if form.validate():
        with attempt(form, done=done):
            act(me(), crew_id, person_id, **form.values())
    return _member_page(crew_id, person_id, form, what) if form.errors else _to_members(crew_id)


def _to_members(crew_id: uuid.UUID) -> Response:
    return pages.redirect(url_for("crews.list_members", crew_id=crew_id))
