"""The sub-groups of a crew, and who is put into them."""

import uuid

from flask import Response, url_for

from hampa.crews.actions import groups as actions
from hampa.crews.forms import GROUP_KIND_WORDS, GroupForm, GroupsForm
from hampa.crews.queries import crews as queries, groups
from hampa.crews.views.blueprint import blueprint
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me


@blueprint.route("/crews/<uuid:crew_id>/groups", methods=["GET", "POST"])
@signed_in
def list_groups(crew_id: uuid.UUID) -> Response:
    """Show the sub-groups of a crew to its members, and create one."""
    membership = queries.member_of(me(), crew_id)
    form = GroupForm()
    if form.is_submitted():
        queries.member_with(me(), crew_id, "edit")
    if form.validate_on_submit():
        with attempt(form, done=_("The sub-group is there.")):
            form.once(me(), lambda: actions.create_group(me(), crew_id, **form.values()))
        if not form.errors:
            return _to_groups(crew_id)
        membership = queries.member_of(me(), crew_id)
    return pages.render(
        "crews/groups.html",
        status=form.http_status,
        crew=membership.crew,
        form=form,
        groups=groups.groups_of(crew_id, membership.id),
        kinds=GROUP_KIND_WORDS,
        why_not_edit=queries.why_not(membership, "edit"),
    )


@blueprint.route("/crews/<uuid:crew_id>/groups/<uuid:group_id>", methods=["GET", "POST"])
@signed_in
def group(crew_id: uuid.UUID, group_id: uuid.UUID) -> Response:
    """Change a sub-group."""
    crew = queries.member_with(me(), crew_id, "edit").crew
    form = GroupForm(obj=groups.group_in(crew_id, group_id))
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            actions.change_group(me(), crew_id, group_id, **form.values())
        if not form.errors:
            return _to_groups(crew_id)
        crew = queries.member_with(me(), crew_id, "edit").crew
    name = groups.group_in(crew_id, group_id).name
    return pages.render("crews/group.html", status=form.http_status, crew=crew, form=form, group_id=group_id, name=name)


@blueprint.post("/crews/<uuid:crew_id>/groups/<uuid:group_id>/delete")
@signed_in
def delete_group(crew_id: uuid.UUID, group_id: uuid.UUID) -> Response:
    """Delete a sub-group."""
    with attempt(done=_("The sub-group is gone. Its members are still in the crew.")):
        actions.delete_group(me(), crew_id, group_id)
    return _to_groups(crew_id)


@blueprint.post("/crews/<uuid:crew_id>/members/<uuid:person_id>/groups")
@signed_in
def put_into_groups(crew_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Put a member into sub-groups, and out of all others."""
    queries.member_with(me(), crew_id, "edit")
    form = GroupsForm()
    form.offer(groups.groups_of(crew_id))
    if form.validate():
        with attempt(form, done=_("Saved.")):
            actions.put_into_groups(me(), crew_id, person_id, form.group_ids)
    if form.errors:
        return pages.redirect(url_for("crews.member", crew_id=crew_id, person_id=person_id))
    return pages.redirect(url_for("crews.list_members", crew_id=crew_id))


def _to_groups(crew_id: uuid.UUID) -> Response:
    return pages.redirect(url_for("crews.list_groups", crew_id=crew_id))
