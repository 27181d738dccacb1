"""Templates of plans: their pages, giving them to athletes, and the way from plans to templates and back."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Response, flash, request, url_for

from hampa.coaching.actions import givings, templates as actions
from hampa.coaching.actions.sessions import FARTHEST
from hampa.coaching.forms.templates import (
    OUTCOME_MARKS,
    OUTCOME_WORDS,
    FillForm,
    GiveForm,
    NewTemplateForm,
    SaveTemplateForm,
    TemplateForm,
    TemplateMilestoneForm,
    TemplateSessionForm,
    day_words,
    left_out_words,
    week_words,
)
from hampa.coaching.models.templates import PlanTemplate, scaled
from hampa.coaching.queries import templates as queries
from hampa.coaching.queries.sessions import PlanSeen, sessions_of_plan
from hampa.coaching.views.blueprint import blueprint
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me

slots.share(
    blueprint,
    giving_outcomes=OUTCOME_WORDS,
    giving_marks=OUTCOME_MARKS,
    template_week=week_words,
    template_day=day_words,
    left_out_words=left_out_words,
)


@blueprint.get("/coaching/templates")
@signed_in
def list_templates() -> Response:
    """List the viewer's templates."""
    return pages.render("coaching/templates.html", page=queries.templates_of(me(), request.args.get("after")))


@blueprint.route("/coaching/templates/new", methods=["GET", "POST"])
@signed_in
def new_template() -> Response:
    """Make a template."""
    form = NewTemplateForm()
    if form.validate_on_submit():
        start = form.start.data
        done = _("There it is. Change what does not fit, then give it to athletes.") if start else None
        with attempt(form, done=done or _("There it is. Add its sessions.")):
            made = form.once(me(), lambda: actions.create_template(me(), form.name.data, start).id)
        if not form.errors:
            return _to_template(made)
    return pages.render("coaching/template_form.html", status=form.http_status, form=form, plan_template=None)


@blueprint.get("/coaching/templates/<uuid:template_id>")
@signed_in
def template(template_id: uuid.UUID) -> Response:
    """Show a template, week by week."""
    return _page(queries.template_of(me(), template_id))


def _page(row: PlanTemplate, refused: TemplateMilestoneForm | None = None) -> Response:
    return pages.render(
        "coaching/template.html",
        status=refused.http_status if refused is not None else 200,
        plan_template=row,
        weeks=queries.weeks_of_template(row),
        milestones=sorted(row.milestones, key=lambda one: -one["before"]),
        milestone_form=refused or TemplateMilestoneForm(formdata=None),
    )


@blueprint.route("/coaching/templates/<uuid:template_id>/edit", methods=["GET", "POST"])
@signed_in
def edit_template(template_id: uuid.UUID) -> Response:
    """Call a template otherwise."""
    row = queries.template_of(me(), template_id)
    form = TemplateForm(obj=row)
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            actions.rename_template(me(), template_id, form.name.data)
        if not form.errors:
            return _to_template(template_id)
        row = queries.template_of(me(), template_id)
    return pages.render("coaching/template_form.html", status=form.http_status, form=form, plan_template=row)


@blueprint.post("/coaching/templates/<uuid:template_id>/delete")
@signed_in
def delete_template(template_id: uuid.UUID) -> Response:
    """Delete a template."""
    with attempt(done=_("Deleted.")):
        actions.delete_template(me(), template_id)
    return pages.redirect(url_for("coaching.list_templates"))


@blueprint.route("/coaching/templates/<uuid:template_id>/sessions/new", methods=["GET", "POST"])
@signed_in
def new_template_session(template_id: uuid.UUID) -> Response:
    """Add a session to a template, to one week or to several."""
    row = queries.template_of(me(), template_id)
    form = TemplateSessionForm()
    if form.validate_on_submit():

        def add() -> uuid.UUID:
            return actions.add_template_session(me(), template_id, form.values(), form.repeat.data or 1).id

        with attempt(form, done=_("Saved.")):
            form.once(me(), add)
        if not form.errors:
            return _to_template(template_id)
        row = queries.template_of(me(), template_id)
    return _session_form(row, form, None)


@blueprint.route(
    "/coaching/templates/<uuid:template_id>/sessions/<uuid:template_session_id>/edit", methods=["GET", "POST"]
)
@signed_in
def edit_template_session(template_id: uuid.UUID, template_session_id: uuid.UUID) -> Response:
    """Change a session of a template."""
    row = queries.template_of(me(), template_id)
    session = actions.session_in(row, template_session_id)
    form = TemplateSessionForm.of(session)
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            actions.change_template_session(me(), template_id, template_session_id, form.values())
        if not form.errors:
            return _to_template(template_id)
        row = queries.template_of(me(), template_id)
    return _session_form(row, form, session)


def _session_form(row: PlanTemplate, form: TemplateSessionForm, session: object) -> Response:
    return pages.render(
        "coaching/template_session_form.html", status=form.http_status, form=form, plan_template=row, session=session
    )


@blueprint.post("/coaching/templates/<uuid:template_id>/sessions/<uuid:template_session_id>/delete")
@signed_in
def delete_template_session(template_id: uuid.UUID, template_session_id: uuid.UUID) -> Response:
    """Delete a session of a template."""
    with attempt(done=_("Deleted.")):
        actions.delete_template_session(me(), template_id, template_session_id)
    return _to_template(template_id)


@blueprint.post("/coaching/templates/<uuid:template_id>/milestones")
@signed_in
def add_template_milestone(template_id: uuid.UUID) -> Response:
    """Add a milestone to a template."""
    queries.template_of(me(), template_id)
    form = TemplateMilestoneForm()
    if form.validate():

        def add() -> uuid.UUID:
            return actions.add_template_milestone(me(), template_id, form.name.data, form.before).id

        with attempt(form, done=_("Saved.")):
            form.once(me(), add)
    if form.errors:
        return _page(queries.template_of(me(), template_id), form)
    return _to_template(template_id)


@blueprint.post("/coaching/templates/<uuid:template_id>/milestones/<uuid:template_milestone_id>/delete")
@signed_in
def delete_template_milestone(template_id: uuid.UUID, template_milestone_id: uuid.UUID) -> Response:
    """Delete a milestone of a template."""
    with attempt(done=_("Deleted.")):
        actions.delete_template_milestone(me(), template_id, template_milestone_id)
    return _to_template(template_id)


@blueprint.route("/coaching/templates/<uuid:template_id>/give", methods=["GET", "POST"])
@signed_in
def give_template(template_id: uuid.UUID) -> Response:
    """Give a template to athletes."""
    row = queries.template_of(me(), template_id)
    form = GiveForm(name=row.name)
    athletes = queries.athletes_to_plan_for(me())
    form.offer(athletes)
    placement = None
    if form.validate_on_submit() and (placement := _to_give(form, row)) is None:

        def give() -> uuid.UUID:
            chosen = form.athlete_ids, form.name.data, form.day.data, form.scale
            return givings.give(me(), template_id, *chosen, is_start=form.is_start).id

        with attempt(form):
            made = form.once(me(), give)
        if not form.errors:
            return pages.redirect(url_for("coaching.giving", giving_id=made))
        row = queries.template_of(me(), template_id)
    return pages.render(
        "coaching/template_give.html",
        status=422 if placement is not None else form.http_status,
        form=form,
        plan_template=row,
        is_empty=not athletes,
        placement=placement,
    )


def _to_give(form: GiveForm, template: PlanTemplate) -> queries.Placement | None:
    """Return what is shown before a template is given, None if there is nothing or it was read."""
    if abs(form.day.data - dates.today()) > FARTHEST or not template.sessions:
        return None
    shape: dict[str, Any] = {"is_start": form.is_start, "scale": form.scale}
    return _to_read(form, template, actions.last_day(template.sessions, form.day.data, **shape), form.athlete_ids)


def _to_read(
    form: GiveForm | FillForm,
    template: PlanTemplate,
    last_on: date,
    athletes: Sequence[uuid.UUID],
    plan_id: uuid.UUID | None = None,
) -> queries.Placement | None:
    if last_on < dates.today():
        return None
    placement = queries.placement_of(me(), athletes, scaled(template.sessions, form.scale), last_on, plan_id)
    return None if not placement.asks or form.is_read(placement.token) else placement


@blueprint.get("/coaching/givings/<uuid:giving_id>")
@signed_in
def giving(giving_id: uuid.UUID) -> Response:
    """Show what became of giving a template to each athlete."""
    return pages.render("coaching/giving.html", giving=queries.giving_of(me(), giving_id))


@blueprint.route("/plans/<uuid:plan_id>/fill", methods=["GET", "POST"])
@signed_in
def fill_plan(plan_id: uuid.UUID) -> Response:
    """Fill a plan from a template of the viewer."""
    seen = sessions_of_plan(me(), plan_id, changes=True)
    form = FillForm(last_on=seen.race_on)
    offered = queries.templates_of(me(), size=100).items
    form.offer(offered)
    placement = None
    if form.validate_on_submit() and (placement := _to_fill(form, seen)) is None:
        left_out = 0

        def fill() -> uuid.UUID:
            nonlocal left_out
            values = form.template_id, form.last_on.data, form.scale, form.why.data or ""
            left_out = actions.fill_plan(me(), plan_id, *values)
            return plan_id

        with attempt(form):
            form.once(me(), fill)
        if not form.errors:
            flash(left_out_words(left_out) if left_out else _("The plan is filled."))
            return pages.redirect(url_for("coaching.sessions", plan_id=plan_id))
        seen = sessions_of_plan(me(), plan_id, changes=True)
    save_form = SaveTemplateForm(formdata=None, name=seen.plan.name)
    return _fill_page(seen, form, save_form, is_empty=not offered, placement=placement)


def _to_fill(form: FillForm, seen: PlanSeen) -> queries.Placement | None:
    """Return what is shown before a plan is filled, None if there is nothing or it was read."""
    template = queries.template_of(me(), form.template_id)
    if abs(form.last_on.data - dates.today()) > FARTHEST or not template.sessions:
        return None
    athlete_id = seen.coached.athlete_id if seen.coached is not None else None
    return _to_read(form, template, form.last_on.data, [athlete_id] if athlete_id else [], seen.plan.id)


def _fill_page(
    seen: PlanSeen,
    form: FillForm,
    save_form: SaveTemplateForm,
    *,
    is_empty: bool,
    placement: queries.Placement | None = None,
) -> Response:
    status = save_form.http_status if save_form.errors else form.http_status
    return pages.render(
        "coaching/fill.html",
        status=422 if placement is not None else status,
        placement=placement,
        form=form,
        plan=seen.plan,
        is_empty=is_empty,
        save_form=save_form,
    )


@blueprint.post("/plans/<uuid:plan_id>/template")
@signed_in
def save_as_template(plan_id: uuid.UUID) -> Response:
    """Save what is planned in a plan as a template of the viewer."""
    seen = sessions_of_plan(me(), plan_id, changes=True)
    form = SaveTemplateForm()
    if form.validate():
        with attempt(form, done=_("Saved as a template of yours.")):
            made = form.once(me(), lambda: actions.save_as_template(me(), plan_id, form.name.data).id)
        if not form.errors:
            return _to_template(made)
        seen = sessions_of_plan(me(), plan_id, changes=True)
    fill = FillForm(formdata=None, last_on=seen.race_on)
    offered = queries.templates_of(me(), size=100).items
    fill.offer(offered)
    return _fill_page(seen, fill, form, is_empty=not offered)


def _to_template(template_id: uuid.UUID) -> Response:
    return pages.redirect(url_for("coaching.template", template_id=template_id))
