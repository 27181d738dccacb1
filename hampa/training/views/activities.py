"""Activities: the list of one's own, writing one down, its page, changing and deleting it."""

import datetime as dt
import uuid
from typing import Any

from flask import Response, request, url_for

from hampa.platform import clock
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.runs.admission import Admission
from hampa.runs.models.participation import CAME
from hampa.runs.models.run import Run as JointRun
from hampa.training.actions import activities as actions
from hampa.training.forms.activities import ActivityFilters, ActivityForm, TrimForm
from hampa.training.models.activities import RUN, TRAIL, Activity
from hampa.training.queries import activities as queries
from hampa.training.queries.gear import gear_to_choose, name_of_gear
from hampa.training.queries.plans import plans_to_log_on, seen_name_of_plan
from hampa.training.queries.visibility import SeenActivity, activity_for, choices_of
from hampa.training.views.blueprint import blueprint


def on_run(run: JointRun, admission: Admission, organises: bool) -> dict[str, Any] | None:
    """Return what the page of a run that is over says to who came: that they may write it down as an activity."""
    came = admission.participation is not None and admission.participation.status in CAME
    return {} if me() is not None and admission.status == "over" and (came or organises) else None


slots.fill(blueprint, "run.recap", "training/on_run.html", on_run)


@blueprint.get("/me/activities")
@signed_in
def activities() -> Response:
    """List the viewer's activities, the latest first."""
    form = ActivityFilters()
    page = queries.activities_of(me(), form.filters(), request.args.get("after"))
    return pages.render("training/activities.html", form=form, page=page)


@blueprint.route("/me/activities/new", methods=["GET", "POST"])
@signed_in
def new() -> Response:
    """Write down what one did, of a run if the address names one."""
    form = _form_of_run()
    form.offer_runs(queries.runs_of(me()))
    form.offer_plans(plans_to_log_on(me()))
    form.offer_gear(gear_to_choose(me()))
    if form.validate_on_submit():
        with attempt(form, done=_("Logged.")):
            made = form.once(me(), lambda: actions.create_activity(me(), form.values()).id)
        if not form.errors:
            return pages.redirect(url_for("training.activity", activity_id=made))
    return form_page(form, None, _("What did you do?"), _here())


def form_page(form: ActivityForm, shown: Activity | None, title: str, action: str) -> Response:
    """Render the form of an activity, under the question that it asks."""
    return pages.render(
        "training/form.html",
        status=form.http_status,
        form=form,
        activity=shown,
        title=title,
        action=action,
        sees=request.args.get("see") == "1",
    )


def _form_of_run() -> ActivityForm:
    """Return the form, filled in from the run that the address names."""
    now = dates.to_local(clock.now(), me().timezone)
    at = (now - dt.timedelta(hours=1)).time().replace(second=0, microsecond=0)
    form = ActivityForm(day=now.date(), at=at, **choices_of(me().id))
    form.zone = me().timezone
    run_id = _id_in("run")
    if run_id is not None and not form.is_submitted():
        run = queries.own_run(me(), run_id)
        local = dates.to_local(run.starts_at, me().timezone)
        form.day.data, form.at.data, form.run_id.data = local.date(), local.time(), str(run.id)
        form.kind.data = TRAIL if run.terrain == "trail" else RUN
        form.duration.data = run.duration_min * 60
        form.distance_km.data = float(run.distance_km) if run.distance_km else None
    if (plan_id := _id_in("plan")) is not None and not form.is_submitted():
        form.plan_id.data = str(plan_id)
    return form


def _here() -> str:
    """Return the address of the form, with the run or the plan that it was opened for."""
    return url_for("training.new", run=_id_in("run"), plan=_id_in("plan"))


def _id_in(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.args.get(name, ""))
    except ValueError:
        return None


@blueprint.get("/activities/<uuid:activity_id>")
@signed_in
def activity(activity_id: uuid.UUID) -> Response:
    """Show an activity."""
    return activity_page(activity_for(me(), activity_id))


def activity_page(shown: SeenActivity, trim: TrimForm | None = None) -> Response:
    """Render the page of an activity, with the form that was refused if there is one."""
    return pages.render(
        "training/activity.html",
        status=trim.http_status if trim is not None else 200,
        activity=shown,
        run_title=queries.title_of_run(me(), shown.run_id),
        plan_name=seen_name_of_plan(me(), shown.plan_id),
        gear_name=name_of_gear(shown.gear_id) if shown.gear_id and shown.is_own else "",
        is_own=shown.is_own,
        trim=trim or TrimForm(formdata=None, duration=shown.duration_s),
    )


@blueprint.route("/activities/<uuid:activity_id>/edit", methods=["GET", "POST"])
@signed_in
def edit(activity_id: uuid.UUID) -> Response:
    """Change what one wrote down, or say more of what the timer measured."""
    changed = queries.own_activity(me(), activity_id)
    form = ActivityForm.of(changed)
    run_title = queries.title_of_run(me(), changed.run_id) or _("A run that is gone")
    form.offer_runs(queries.runs_of(me()), (changed.run_id, run_title) if changed.run_id else None)
    plan_name = seen_name_of_plan(me(), changed.plan_id) or _("A plan that is gone")
    form.offer_plans(plans_to_log_on(me()), (changed.plan_id, plan_name) if changed.plan_id else None)
    gear_name = name_of_gear(changed.gear_id) if changed.gear_id else ""
    form.offer_gear(gear_to_choose(me()), (changed.gear_id, gear_name) if changed.gear_id else None)
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            actions.change_activity(me(), activity_id, form.values_for(changed))
        if not form.errors:
            return pages.redirect(url_for("training.activity", activity_id=activity_id))
    is_new = request.args.get("new") == "1"
    if is_new and not form.is_submitted() and changed.plan_id is None:
        offered = (str(plan_id) for plan_id in slots.collect("activity.plan", viewer=me(), activity=changed))
        form.plan_id.data = next((key for key in offered if key in form.plan_id.values), None)
    title = _("How was it?") if is_new else _("Edit what you logged")
    return form_page(
        form, changed, title, url_for("training.edit", activity_id=activity_id, new="1" if is_new else None)
    )


@blueprint.post("/activities/<uuid:activity_id>/trim")
@signed_in
def trim(activity_id: uuid.UUID) -> Response:
    """End an activity sooner."""
    changed = queries.own_activity(me(), activity_id)
    form = TrimForm()
    if form.validate():
        with attempt(form, done=_("Saved.")):
            actions.trim_activity(me(), activity_id, form.duration.data)
    if form.errors:
        return activity_page(activity_for(me(), changed.id), form)
    return pages.redirect(url_for("training.activity", activity_id=activity_id))


@blueprint.post("/activities/<uuid:activity_id>/delete")
@signed_in
def delete(activity_id: uuid.UUID) -> Response:
    """Delete an activity."""
    with attempt(done=_("Deleted.")):
        actions.delete_activity(me(), activity_id)
    return pages.redirect(url_for("training.activities"))
