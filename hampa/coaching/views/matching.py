"""How a session was, asked right after it, and what was missed; and which activity was done for which session."""

import datetime as dt
import uuid
from typing import Any

from flask import Response, url_for

from hampa.coaching.actions import matching as actions
from hampa.coaching.forms.matching import MatchForm
from hampa.coaching.models.matching import family_of
from hampa.coaching.queries import matching as queries
from hampa.coaching.queries.availability import other_days
from hampa.coaching.queries.sessions import own_days, session_of, sessions_of_plan
from hampa.coaching.queries.today import has_session_today, sessions_today
from hampa.coaching.views.blueprint import blueprint
from hampa.coaching.views.plans import session_page
from hampa.people.models import Person
from hampa.platform.answers import ANSWERS, AnswerKind
from hampa.platform.errors import NotFound
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.home_modules import MODULES, HomeModule
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.training.models.activities import Activity

slots.share(blueprint, day_of=dt.date.fromisoformat)


def asks_how_it_was(person: Person, now: Any, **_values: Any) -> AnswerKind:
    """Return the sessions of which the person did not say yet how they were."""
    return AnswerKind(queries.HOW_IT_WAS, "coaching/asks_how.html", queries.done_and_not_said(person, now))


def missed_sessions(person: Person, now: Any, **_values: Any) -> AnswerKind:
    """Return the person's sessions of the last days for which nothing was done or said."""
    return AnswerKind(queries.MISSED, "coaching/missed.html", queries.missed(person, now))


def module(person: Person, now: Any, **_values: Any) -> HomeModule:
    """Return the module of home with what is planned for the day."""
    return HomeModule("coaching/on_home.html", has_session_today(person.id, now), on_home)


def on_home(person: Person) -> dict[str, Any] | None:
    """Return the sessions of the day, as values of a template."""
    today = sessions_today(person)
    return {"today": today} if today else None


def plan_of_activity(viewer: Person, activity: Activity) -> uuid.UUID | None:
    """Return the plan with a session for which the viewer's activity was done, or seems to have been by day and kind."""
    sessions = [
        one
        for one in own_days(viewer, activity.day, activity.day)
        if one.activity_id == activity.id
        or (one.is_planned and not one.is_done and family_of(one.kind) == family_of(activity.kind))
    ]
    sessions.sort(key=lambda one: (one.activity_id != activity.id, one.kind != activity.kind))
    return sessions[0].plan_id if sessions else None


slots.contribute(blueprint, "activity.plan", plan_of_activity)
slots.contribute(blueprint, MODULES, module)
slots.fill(blueprint, "training.timer", "coaching/on_timer.html", lambda: on_home(me()))
slots.contribute(blueprint, ANSWERS, asks_how_it_was)
slots.contribute(blueprint, ANSWERS, missed_sessions)


@blueprint.get("/me/plan-sessions/<uuid:training_session_id>")
@signed_in
def own_session(training_session_id: uuid.UUID) -> Response:
    """Show a session of one's own plans, to which notifications lead."""
    plan_id = queries.session_for_athlete(me(), training_session_id)
    if plan_id is None:
        raise NotFound
    return session_page(sessions_of_plan(me(), plan_id), training_session_id)


@blueprint.get("/me/training-week")
@signed_in
def own_week() -> Response:
    """Show what the viewer did in the last days of their plans, and what is planned for the next ones."""
    today = dates.today()
    rows = own_days(me(), today - dt.timedelta(days=6), today + dt.timedelta(days=7))
    return pages.render(
        "coaching/own_week.html",
        other=other_days(me(), None, today),
        before=[one for one in rows if one.day < today],
        today=[one for one in rows if one.day == today],
        to_come=[one for one in rows if one.day > today],
    )


@blueprint.post("/plans/<uuid:plan_id>/sessions/<uuid:training_session_id>/activity")
@signed_in
def choose_activity(plan_id: uuid.UUID, training_session_id: uuid.UUID) -> Response:
    """Say which activity was done for a session, or that none was."""
    seen = sessions_of_plan(me(), plan_id, answers=True)
    form = MatchForm()
    form.offer(queries.activities_around(me(), session_of(seen, training_session_id)))
    if form.validate():
        with attempt(form, actions.ActivityTaken, done=_("Saved.")):
            actions.choose_activity(me(), plan_id, training_session_id, form.activity_id)
    if form.errors:
        return session_page(sessions_of_plan(me(), plan_id), training_session_id, form)
    return pages.redirect(url_for("coaching.session", plan_id=plan_id, training_session_id=training_session_id))
