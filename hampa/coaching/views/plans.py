"""Plans of athletes: making one, its weeks with sessions, the race, and the changes."""

import uuid
from datetime import timedelta
from typing import Any

from flask import Response, request, url_for

from hampa.coaching.actions import sessions as actions
from hampa.coaching.forms.matching import NONE, MatchForm
from hampa.coaching.forms.plans import CoachedPlansForm
from hampa.coaching.forms.sessions import (
    SHORTEN,
    STEPS,
    AnswerForm,
    AthletePlanForm,
    MoveForm,
    RaceForm,
    SessionForm,
    StepForm,
)
from hampa.coaching.queries import sessions as queries
from hampa.coaching.queries.athletes import athlete_for
from hampa.coaching.queries.availability import other_days_of_plan
from hampa.coaching.queries.coached import coached_plans as plans_of_athletes
from hampa.coaching.queries.events import changes_of
from hampa.coaching.queries.matching import activities_around
from hampa.coaching.views.blueprint import blueprint
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.forms import Form
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.training.models.plans import PlanMember, TrainingPlan
from hampa.training.queries.overview import week_of


def on_plan(plan: TrainingPlan, member: PlanMember | None) -> dict[str, Any] | None:
    """Return what the page of a plan shows of its sessions; None for who does not belong to it."""
    if member is None or not (member.belongs or member.keeps):
        return None
    seen = queries.seen_by_member(me(), plan, member)
    first = week_of(dates.today())
    rows = queries.sessions_between(seen, first, first + timedelta(days=6))
    if not rows and not seen.changes and seen.coached is None:
        return None
    last = first + timedelta(days=6)
    other = [one for one in other_days_of_plan(me(), seen, first) if one.meets(first, last)]
    return {"seen": seen, "rows": rows, "other": other}


slots.fill(blueprint, "plan.page", "coaching/on_plan.html", on_plan)


@blueprint.get("/coaching/plans")
@signed_in
def coached_plans() -> Response:
    """List the plans of the viewer's athletes."""
    form = CoachedPlansForm()
    page = plans_of_athletes(me(), form.filters(), request.args.get("after"))
    return pages.render("coaching/plans.html", form=form, page=page)


@blueprint.route("/coaching/athletes/<uuid:athlete_id>/plans/new", methods=["GET", "POST"])
@signed_in
def new_plan_for(athlete_id: uuid.UUID) -> Response:
    """Make a plan for an athlete."""
    seen = athlete_for(me(), athlete_id, "plans", changes=True)
    form = AthletePlanForm(name=seen.record.goal_race or None, race_on=seen.record.goal_race_on)
    if form.validate_on_submit():
        with attempt(form, done=_("There it is. Plan the first week.")):
            made = form.once(
                me(), lambda: actions.create_plan_for(me(), athlete_id, form.values(), form.race_on.data).id
            )
        if not form.errors:
            return _to_sessions(made)
        seen = athlete_for(me(), athlete_id, "plans", changes=True)
    return pages.render("coaching/plan_form.html", status=form.http_status, form=form, athlete=seen.record)


@blueprint.get("/plans/<uuid:plan_id>/sessions")
@signed_in
def sessions(plan_id: uuid.UUID) -> Response:
    """Show the weeks of a plan with their sessions."""
    return sessions_page(queries.sessions_of_plan(me(), plan_id))


def sessions_page(seen: queries.PlanSeen, refused: RaceForm | None = None) -> Response:
    """Render the weeks of a plan."""
    race_form = refused or RaceForm(formdata=None, race_on=seen.race_on)
    weeks = queries.weeks_of(seen)
    other = other_days_of_plan(me(), seen, weeks[0].first) if weeks else []
    return pages.render(
        "coaching/sessions.html",
        status=refused.http_status if refused is not None else 200,
        seen=seen,
        plan=seen.plan,
        weeks=[(week, [one for one in other if one.meets(week.first, week.last)]) for week in weeks],
        race_form=race_form,
    )


@blueprint.get("/plans/<uuid:plan_id>/changes")
@signed_in
def changes(plan_id: uuid.UUID) -> Response:
    """List the changes of a plan with who and why."""
    seen = queries.sessions_of_plan(me(), plan_id)
    page = changes_of(me(), seen, request.args.get("after"))
    return pages.render("coaching/changes.html", seen=seen, plan=seen.plan, page=page)


@blueprint.post("/plans/<uuid:plan_id>/race")
@signed_in
def set_race(plan_id: uuid.UUID) -> Response:
    """Move a plan with its race."""
    seen = queries.sessions_of_plan(me(), plan_id, changes=True)
    form = RaceForm()
    if form.validate():
        with attempt(form, done=_("What is still to come moved with the race.")):
            actions.set_race(me(), plan_id, form.race_on.data, form.why.data or "")
    if form.errors:
        return sessions_page(queries.sessions_of_plan(me(), seen.plan.id), form)
    return _to_sessions(plan_id)


@blueprint.route("/plans/<uuid:plan_id>/sessions/new", methods=["GET", "POST"])
@signed_in
def new_session(plan_id: uuid.UUID) -> Response:
    """Add a session to a plan."""
    seen = queries.sessions_of_plan(me(), plan_id, changes=True)
    form = SessionForm(day=dates.today())
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            form.once(me(), lambda: actions.add_session(me(), plan_id, form.values(), form.why.data or "").id)
        if not form.errors:
            return _to_sessions(plan_id)
        seen = queries.sessions_of_plan(me(), plan_id, changes=True)
    return pages.render("coaching/session_form.html", status=form.http_status, form=form, plan=seen.plan, session=None)


@blueprint.get("/plans/<uuid:plan_id>/sessions/<uuid:training_session_id>")
@signed_in
def session(plan_id: uuid.UUID, training_session_id: uuid.UUID) -> Response:
    """Show a session: what is planned, what was done, and what may become of it."""
    return session_page(queries.sessions_of_plan(me(), plan_id), training_session_id)


def session_page(seen: queries.PlanSeen, session_id: uuid.UUID, refused: Form | None = None) -> Response:
    """Render the page of a session, with the form that was refused if there is one."""
    row = queries.row_of(seen, session_id)
    today = dates.today()
    match_form = _match_form(seen, row, refused)
    answer_form = AnswerForm(
        formdata=None,
        felt_effort=str(row.felt_effort or row.effort or ""),
        feeling=row.feeling,
        line=row.line,
        distance_km=row.done_distance_m / 1_000 if row.done_distance_m else None,
        duration=row.done_duration_s,
    )
    return pages.render(
        "coaching/session.html",
        status=refused.http_status if refused is not None else 200,
        seen=seen,
        plan=seen.plan,
        one=row,
        move_form=refused if isinstance(refused, MoveForm) else MoveForm(formdata=None, day=max(row.day, today)),
        answer_form=refused if isinstance(refused, AnswerForm) else answer_form,
        match_form=match_form,
        is_over=row.day <= today,
        today=today,
    )


def _match_form(seen: queries.PlanSeen, row: queries.SessionRow, refused: Form | None) -> MatchForm | None:
    """Return the form in which the athlete says what they did for a session, None for others and without anything."""
    if isinstance(refused, MatchForm):
        return refused
    if not (seen.answers and seen.member.belongs) or row.day > dates.today():
        return None
    activities = activities_around(me(), row)
    form = MatchForm(formdata=None, activity=str(row.activity_id or NONE))
    form.offer(activities)
    return form if activities or row.activity_id else None


@blueprint.route("/plans/<uuid:plan_id>/sessions/<uuid:training_session_id>/edit", methods=["GET", "POST"])
@signed_in
def edit_session(plan_id: uuid.UUID, training_session_id: uuid.UUID) -> Response:
    """Change what is planned."""
    seen = queries.sessions_of_plan(me(), plan_id, changes=True)
    planned = queries.session_of(seen, training_session_id)
    form = SessionForm.of(planned)
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            actions.change_session(me(), plan_id, training_session_id, form.values(), form.why.data or "")
        if not form.errors:
            return _to_sessions(plan_id)
        seen = queries.sessions_of_plan(me(), plan_id, changes=True)
        planned = queries.session_of(seen, training_session_id)
    return pages.render(
        "coaching/session_form.html", status=form.http_status, form=form, plan=seen.plan, session=planned
    )


@blueprint.post("/plans/<uuid:plan_id>/sessions/<uuid:training_session_id>/move")
@signed_in
def move_session(plan_id: uuid.UUID, training_session_id: uuid.UUID) -> Response:
    """Put a session on another day."""
    queries.session_of(queries.sessions_of_plan(me(), plan_id, changes=True), training_session_id)
    form = MoveForm()
    if form.validate():
        with attempt(form, done=_("Moved.")):
            actions.move_session(me(), plan_id, training_session_id, form.day.data, form.why.data or "")
    if form.errors:
        return session_page(queries.sessions_of_plan(me(), plan_id), training_session_id, form)
    return _back(plan_id)


@blueprint.post("/plans/<uuid:plan_id>/sessions/<uuid:training_session_id>/step")
@signed_in
def step_session(plan_id: uuid.UUID, training_session_id: uuid.UUID) -> Response:
    """Skip, shorten or excuse a session, or plan it again."""
    form = StepForm()
    queries.session_of(queries.sessions_of_plan(me(), plan_id, changes=True), training_session_id)
    if not form.validate():
        return session_page(queries.sessions_of_plan(me(), plan_id), training_session_id, form)
    step, why = form.step.data, form.why.data or ""
    with attempt(done=_("Saved.")):
        if step == SHORTEN:
            actions.shorten_session(me(), plan_id, training_session_id, why)
        else:
            actions.set_state(me(), plan_id, training_session_id, *STEPS[step], why=why)
    return _back(plan_id)


@blueprint.post("/plans/<uuid:plan_id>/sessions/<uuid:training_session_id>/answer")
@signed_in
def answer_session(plan_id: uuid.UUID, training_session_id: uuid.UUID) -> Response:
    """Say how a session was."""
    queries.session_of(queries.sessions_of_plan(me(), plan_id, answers=True), training_session_id)
    form = AnswerForm()
    if form.validate():
        with attempt(form, done=_("Thank you. Your coach sees it.")):
            actions.answer_session(me(), plan_id, training_session_id, form.values())
    if form.errors:
        return session_page(queries.sessions_of_plan(me(), plan_id), training_session_id, form)
    return _back(plan_id)


@blueprint.post("/plans/<uuid:plan_id>/sessions/<uuid:training_session_id>/delete")
@signed_in
def delete_session(plan_id: uuid.UUID, training_session_id: uuid.UUID) -> Response:
    """Delete a session."""
    with attempt(done=_("Deleted.")):
        actions.delete_session(me(), plan_id, training_session_id)
    return _to_sessions(plan_id)


def _to_sessions(plan_id: uuid.UUID) -> Response:
    return pages.redirect(url_for("coaching.sessions", plan_id=plan_id))


def _back(plan_id: uuid.UUID) -> Response:
    return pages.redirect(pages.safe_next(request.form.get("next"), url_for("coaching.sessions", plan_id=plan_id)))
