"""Plans: the list of one's own, the page of one, who belongs to it, and its milestones."""

import uuid
from typing import Any

from flask import Response, request, url_for

from hampa.people.models import Person
from hampa.people.queries import person_for
from hampa.platform.answers import ANSWERS, AnswerKind
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.answering import confirm_answer
from hampa.platform.web.attempts import attempt
from hampa.platform.web.forms import Form
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.training.actions import plans as actions
from hampa.training.forms.plans import PLAN_CIRCLE_WORDS, ROLE_WORDS, STATUS_WORDS, InviteForm, MilestoneForm, PlanForm
from hampa.training.models.plans import INVITED, OPEN_STATUSES, STATUSES, UNDERWAY, PlanMember, TrainingPlan
from hampa.training.queries import plans as queries
from hampa.training.queries.plan_lists import plans_of
from hampa.training.views.blueprint import blueprint

slots.share(blueprint, plan_statuses=STATUS_WORDS, plan_circles=PLAN_CIRCLE_WORDS, plan_roles=ROLE_WORDS)


def invitations_waiting(person: Person, now: Any, **_values: Any) -> AnswerKind:
    """Return the plans to which a person is invited."""
    invitations = queries.invitations_for(person, now)
    return AnswerKind(queries.INVITATIONS, "training/invitation.html", invitations, queries.may_be_invited(person))


slots.contribute(blueprint, ANSWERS, invitations_waiting)


@blueprint.get("/me/plans")
@signed_in
def plans() -> Response:
    """List the plans to which the viewer belongs, or is invited."""
    chosen = request.args.get("status", "")
    chosen = chosen if chosen in STATUSES else ""
    by_deadline = request.args.get("order") == "deadline"
    page = plans_of(me(), chosen, request.args.get("after"), by_deadline=by_deadline)
    return pages.render("training/plans.html", page=page, chosen=chosen, order="deadline" if by_deadline else None)


@blueprint.route("/plans/new", methods=["GET", "POST"])
@signed_in
def new_plan() -> Response:
    """Make a plan."""
    form = PlanForm()
    if form.validate_on_submit():
        with attempt(form, done=_("There it is. Log what you do on it.")):
            made = form.once(me(), lambda: actions.create_plan(me(), form.values()).id)
        if not form.errors:
            return _to_plan(made)
    return pages.render("training/plan_form.html", status=form.http_status, form=form, plan=None)


@blueprint.get("/plans/<uuid:plan_id>")
@signed_in
def plan(plan_id: uuid.UUID) -> Response:
    """Show a plan."""
    return plan_page(*queries.plan_for(me(), plan_id))


def plan_page(shown: TrainingPlan, member: PlanMember | None, refused: Form | None = None) -> Response:
    """Render the page of a plan, with the form that was refused if there is one."""
    belongs = member is not None and member.belongs
    owns = member is not None and member.owns
    milestones = queries.milestones_of(shown.id)
    latest = queries.activities_on(me(), shown.id) if belongs else []
    invite_form = refused if isinstance(refused, InviteForm) else None
    if owns and invite_form is None and request.args.get("invite") == "1":  # whom one may invite is dear to find
        invite_form = InviteForm(formdata=None)
        invite_form.offer(queries.people_to_invite(me(), shown.id))
    return pages.render(
        "training/plan.html",
        status=refused.http_status if refused is not None else 200,
        plan=shown,
        member=member,
        belongs=belongs,
        is_underway=shown.status == UNDERWAY,
        goes_on=shown.status in OPEN_STATUSES,
        owns=owns,
        contributes=member is not None and member.contributes,
        is_invited=member is not None and member.status == INVITED,
        logs=member is not None and member.logs and shown.status in OPEN_STATUSES,
        owner=None if belongs else queries.owner_of(me(), shown.id),
        members=queries.members_of(me(), shown.id, owns=owns) if belongs else [],
        totals=queries.totals_of_plan(me(), shown.id) if belongs else None,
        activities=tuple(row.activity for row in latest),
        names=tuple(row.person.name for row in latest),
        milestones=milestones,
        reached=sum(one.done_at is not None for one in milestones),
        is_late=shown.deadline is not None and shown.status in OPEN_STATUSES and shown.deadline < dates.today(),
        days_left=(shown.deadline - dates.today()).days if shown.deadline else None,
        today=dates.today(),
        invite_form=invite_form,
        milestone_form=refused if isinstance(refused, MilestoneForm) else MilestoneForm(formdata=None),
    )


@blueprint.route("/plans/<uuid:plan_id>/edit", methods=["GET", "POST"])
@signed_in
def edit_plan(plan_id: uuid.UUID) -> Response:
    """Change a plan of one's own."""
    changed, _member = queries.member_plan(me(), plan_id, owns=True)
    form = PlanForm(obj=changed)
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            actions.change_plan(me(), plan_id, form.values())
        if not form.errors:
            return _to_plan(plan_id)
        changed, _member = queries.member_plan(me(), plan_id, owns=True)
    return pages.render("training/plan_form.html", status=form.http_status, form=form, plan=changed)


@blueprint.post("/plans/<uuid:plan_id>/delete")
@signed_in
def delete_plan(plan_id: uuid.UUID) -> Response:
    """Delete a plan of one's own; activities stay."""
    with attempt(done=_("Deleted. What was done on it stays.")):
        actions.delete_plan(me(), plan_id)
    return pages.redirect(url_for("training.plans"))


@blueprint.post("/plans/<uuid:plan_id>/members")
@signed_in
def invite(plan_id: uuid.UUID) -> Response:
    """Invite somebody to a plan."""
    queries.member_plan(me(), plan_id, owns=True)
    form = InviteForm()
    form.offer(queries.people_to_invite(me(), plan_id))
    if form.validate():
        with attempt(form, actions.MemberAlready, done=_("They are asked.")):
            form.once(me(), lambda: actions.invite(me(), plan_id, form.person_id, form.role.data).id)
    return plan_page(*queries.plan_for(me(), plan_id), form) if form.errors else _to_plan(plan_id, "members")


@blueprint.post("/plans/<uuid:plan_id>/members/<uuid:person_id>")
@signed_in
def change_member(plan_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Let a member contribute or look on."""
    queries.member_plan(me(), plan_id, owns=True)
    person_for(me(), person_id)
    with attempt(done=_("Saved.")):
        actions.set_role(me(), plan_id, person_id, request.form.get("role", ""))
    return _to_plan(plan_id, "members")


@blueprint.post("/plans/<uuid:plan_id>/members/<uuid:person_id>/remove")
@signed_in
def remove_member(plan_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Remove a member, or take an invitation back."""
    queries.member_plan(me(), plan_id, owns=True)
    with attempt(done=_("Removed.")):
        actions.remove_member(me(), plan_id, person_id)
    return _to_plan(plan_id, "members")


@blueprint.post("/plans/<uuid:plan_id>/invitation")
@signed_in
def answer_plan(plan_id: uuid.UUID) -> Response:
    """Join a plan to which one is invited, or say no."""
    accepts = request.form.get("accept") == "1"
    with attempt():
        actions.answer_invitation(me(), plan_id, accepts=accepts)
    if accepts:
        return confirm_answer(_("You belong to it."), url_for("training.plan", plan_id=plan_id))
    return confirm_answer(_("Nobody is told that you said no."), url_for("training.plans"))


@blueprint.post("/plans/<uuid:plan_id>/leave")
@signed_in
def leave_plan(plan_id: uuid.UUID) -> Response:
    """Leave a plan."""
    with attempt(done=_("You no longer belong to it.")) as result:
        actions.leave_plan(me(), plan_id)
    return pages.redirect(url_for("training.plans")) if result.succeeded else _to_plan(plan_id)


@blueprint.post("/plans/<uuid:plan_id>/milestones")
@signed_in
def add_milestone(plan_id: uuid.UUID) -> Response:
    """Add a milestone to a plan."""
    queries.member_plan(me(), plan_id)
    form = MilestoneForm()
    if form.validate():
        with attempt(form, done=_("Saved.")):
            form.once(me(), lambda: actions.add_milestone(me(), plan_id, form.name.data, form.due_on.data).id)
    return plan_page(*queries.plan_for(me(), plan_id), form) if form.errors else _to_plan(plan_id, "milestones")


@blueprint.post("/plans/<uuid:plan_id>/milestones/<uuid:milestone_id>")
@signed_in
def reach_milestone(plan_id: uuid.UUID, milestone_id: uuid.UUID) -> Response:
    """Say that a milestone is reached, or that it is not."""
    with attempt():
        actions.reach_milestone(me(), plan_id, milestone_id, reached=request.form.get("reached") == "1")
    return _to_plan(plan_id, "milestones")


@blueprint.post("/plans/<uuid:plan_id>/milestones/<uuid:milestone_id>/delete")
@signed_in
def delete_milestone(plan_id: uuid.UUID, milestone_id: uuid.UUID) -> Response:
    """Delete a milestone."""
    with attempt(done=_("Deleted.")):
        actions.delete_milestone(me(), plan_id, milestone_id)
    return _to_plan(plan_id, "milestones")


def _to_plan(plan_id: uuid.UUID, anchor: str | None = None) -> Response:
    return pages.redirect(url_for("training.plan", plan_id=plan_id, _anchor=anchor))
