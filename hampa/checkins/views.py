"""Pages of check-ins: the form, one's own history, and what a crew shares."""

import datetime as dt
import uuid
from typing import Any

from flask import Blueprint, Response, request, url_for

from hampa.checkin_choices.actions import choose_in_crew
from hampa.checkin_choices.queries import defaults_of
from hampa.checkins import actions, queries
from hampa.checkins.forms import HEALTH_WORDS, MOOD_WORDS, SCALE_WORDS, CheckInForm
from hampa.checkins.models import CREW, NUMBERS, PRIVATE, SCALES, CheckIn
from hampa.crews.models import Crew, CrewMembership
from hampa.crews.queries.crews import member_of
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.locale.periods import Period
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.home_modules import MODULES, HomeModule
from hampa.platform.web.offline import kept_offline
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me

blueprint = Blueprint("checkins", __name__)

DUE_SHOWN = 3
"""Crews in which a check-in is due that home shows."""
WORDS: dict[str, Any] = {"mood_words": MOOD_WORDS, "health_words": HEALTH_WORDS}
SHARING_TEXTS = {
    CREW: _l("Your crew reads this."),
    NUMBERS: _l("It counts in the numbers of your crew, without your name."),
    PRIVATE: _l("Only you read this."),
}


def check_in_of_member(crew: Crew, membership: CrewMembership | None) -> dict[str, Any] | None:
    """Return the current period of a crew that goes on, and what a member said for it, for the page of the crew."""
    if membership is None or not membership.is_active or crew.closed_at is not None:
        return None
    period = queries.current_period(crew)
    return {"period": period, "earlier": queries.check_in_of(me(), crew, period)}


def due_module(person: Person, now: Any, **_values: Any) -> HomeModule:
    """Return the module of home with the check-ins that are due."""
    return HomeModule("checkins/due.html", queries.has_due_check_in(person, now), due_check_ins, is_beside=True)


def due_check_ins(person: Person) -> dict[str, Any] | None:
    """Return the first crews in whose period a person has not checked in, as values of a template."""
    due = queries.open_check_ins(person)
    return {"due": due[:DUE_SHOWN], "has_more": len(due) > DUE_SHOWN} if due else None


slots.share(blueprint, **WORDS)
slots.contribute(blueprint, MODULES, due_module)
slots.fill(blueprint, "crew.top", "checkins/on_crew.html", check_in_of_member)
slots.fill(blueprint, "crews.mine", "checkins/on_crews.html")


@blueprint.get("/crews/<uuid:crew_id>/check-in")
@signed_in
def ask(crew_id: uuid.UUID) -> Response:
    """Ask how the period was, or show what one said for it, to be changed."""
    crew = member_of(me(), crew_id).crew
    period = queries.current_period(crew)
    earlier = queries.check_in_of(me(), crew, period)
    sharing, asking = defaults_of(me(), crew_id)
    form = CheckInForm(formdata=None, obj=earlier, sharing=sharing, asking=asking)
    return check_in_page(crew, period, earlier, form)


@blueprint.post("/crews/<uuid:crew_id>/check-in")
@signed_in
@kept_offline(_l("Check-in"))
def check_in(crew_id: uuid.UUID) -> Response:
    """Check in, or change what one said."""
    form = CheckInForm()
    if form.validate():
        day, answers, replaces = _day(form.period.data), form.answers(), form.replaces.data == "yes"
        with attempt(form, actions.DuplicateCheckIn, done=_("Saved. See you next time.")):
            form.once(me(), lambda: actions.check_in(me(), crew_id, day, answers, replaces=replaces).id)
            if form.asking.data:
                choose_in_crew(me(), crew_id, asking=form.asking.data)
    if not form.errors:
        return pages.redirect(url_for("checkins.history"))
    crew = member_of(me(), crew_id).crew
    period = queries.period_from(crew, _day(form.period.data)) or queries.current_period(crew)
    return check_in_page(crew, period, queries.check_in_of(me(), crew, period), form)


def check_in_page(crew: Crew, period: Period, earlier: CheckIn | None, form: CheckInForm) -> Response:
    """Render the form of a check-in for a period, for which the person may have checked in earlier."""
    return pages.render(
        "checkins/check_in.html",
        status=form.http_status,
        crew=crew,
        period=period,
        form=form,
        earlier=earlier,
        before=queries.last_scores(me(), crew, period),
        scales=[(form[name], *SCALE_WORDS[name][1:]) for name in SCALES],
    )


@blueprint.get("/crews/<uuid:crew_id>/check-ins")
@signed_in
def board(crew_id: uuid.UUID) -> Response:
    """Show the check-ins that members share with the crew."""
    crew = member_of(me(), crew_id).crew
    page = queries.shared_with_crew(me(), crew.id, request.args.get("after"))
    return pages.render("checkins/board.html", crew=crew, page=page)


@blueprint.get("/me/check-ins")
@signed_in
def history() -> Response:
    """Show the person's check-ins, and where they have not checked in yet."""
    after = request.args.get("after")
    page = queries.history_of(me(), after)
    unanswered = [] if after else queries.open_check_ins(me())
    return pages.render(
        "checkins/history.html",
        page=page,
        unanswered=unanswered,
        is_first=not after,
        sharing_texts=SHARING_TEXTS,
        **WORDS,
    )


@blueprint.post("/me/check-ins/<uuid:check_in_id>/delete")
@signed_in
def delete(check_in_id: uuid.UUID) -> Response:
    """Delete a check-in."""
    actions.delete_check_in(me(), check_in_id)
    db.session.commit()
    return pages.redirect(url_for("checkins.history"))


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        return dt.date.min
