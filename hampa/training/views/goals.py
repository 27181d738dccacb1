"""Goals: how far each is, setting one, changing and deleting it."""

import uuid

from flask import Response, url_for

from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.training.actions import goals as actions
from hampa.training.forms.goals import PERIOD_WORDS, GoalForm
from hampa.training.models.goals import Goal
from hampa.training.queries.goals import goals_of, in_words, own_goal
from hampa.training.queries.plans import plans_to_log_on, seen_name_of_plan
from hampa.training.views.blueprint import blueprint

slots.share(blueprint, goal_periods=PERIOD_WORDS, goal_amount=in_words)


@blueprint.get("/me/goals")
@signed_in
def goals() -> Response:
    """Show the viewer's goals and how far each is."""
    return pages.render("training/goals.html", goals=goals_of(me()))


@blueprint.route("/me/goals/new", methods=["GET", "POST"])
@signed_in
def new_goal() -> Response:
    """Set a goal."""
    form = GoalForm()
    form.offer_plans(plans_to_log_on(me()))
    if form.validate_on_submit():
        with attempt(form, done=_("Set. What you do counts towards it by itself.")):
            form.once(me(), lambda: actions.set_goal(me(), form.values()).id)
        if not form.errors:
            return pages.redirect(url_for("training.goals"))
    return goal_page(form, None)


@blueprint.route("/me/goals/<uuid:goal_id>", methods=["GET", "POST"])
@signed_in
def goal(goal_id: uuid.UUID) -> Response:
    """Change a goal."""
    changed = own_goal(me(), goal_id)
    form = GoalForm.of(changed)
    name = seen_name_of_plan(me(), changed.plan_id) or _("A plan that is gone")
    form.offer_plans(plans_to_log_on(me()), (changed.plan_id, name) if changed.plan_id else None)
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            actions.change_goal(me(), goal_id, form.values())
        if not form.errors:
            return pages.redirect(url_for("training.goals"))
    return goal_page(form, changed)


def goal_page(form: GoalForm, changed: Goal | None) -> Response:
    """Render the form of a goal."""
    return pages.render("training/goal_form.html", status=form.http_status, form=form, goal=changed)


@blueprint.post("/me/goals/<uuid:goal_id>/delete")
@signed_in
def delete_goal(goal_id: uuid.UUID) -> Response:
    """Delete a goal."""
    with attempt(done=_("Deleted.")):
        actions.delete_goal(me(), goal_id)
    return pages.redirect(url_for("training.goals"))
