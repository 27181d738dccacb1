"""Appeals: made on the page of a shift, answered in one tap, and chosen on the page of a roster."""

import uuid
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from hampa.duties.actions.booking import BookedAlready, NotBookable, SlotTaken
from hampa.duties.queries.schedules import coordinated_schedule
from hampa.duties.queries.shifts import Shift, parse_token, start_token
from hampa.duty_appeals import actions, queries
from hampa.duty_appeals.forms import AppealSettingsForm
from hampa.duty_rosters.queries.owners import RosterOwner, roster_owner
from hampa.people.models import Person
from hampa.platform.answers import ANSWERS, AnswerKind
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.web import pages, slots
from hampa.platform.web.answering import confirm_answer
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me

blueprint = Blueprint("duty_appeals", __name__)


@blueprint.post("/schedules/<uuid:schedule_id>/shifts/<start>/appeals")
@signed_in
def appeal(schedule_id: uuid.UUID, start: str) -> Response:
    """Ask people to take a short shift."""
    starts_at = parse_token(start)
    coordinated_schedule(me(), schedule_id)
    if starts_at is None:
        raise NotFound
    with attempt() as result:
        count = actions.appeal(me(), schedule_id, starts_at)
    if result.succeeded:
        flash(ngettext("We're asking %(num)d person.", "We're asking %(num)d people.", count))
    return pages.redirect(url_for("duties.shift", schedule_id=schedule_id, start=start))


@blueprint.get("/duties/appeals/<uuid:appeal_id>")
@signed_in
def appealed(appeal_id: uuid.UUID) -> Response:
    """Redirect who was asked to the shift, where one tap takes it."""
    made, _ask = queries.appeal_to(me(), appeal_id)
    start = start_token(made.starts_at)
    return pages.redirect(url_for("duties.shift", schedule_id=made.schedule_id, start=start))


@blueprint.post("/duties/appeals/<uuid:appeal_id>")
@signed_in
def answer(appeal_id: uuid.UUID) -> Response:
    """Take the place, or say no."""
    accepts = request.form.get("accept") == "1"
    with attempt(None, SlotTaken, BookedAlready, NotBookable) as result:
        actions.answer(me(), appeal_id, accepts=accepts)
    if result.error is not None:
        return confirm_answer(result.error.message, url_for("duties.mine"))
    words = _("It is yours. Thank you!") if accepts else _("All right. Others are asked.")
    return confirm_answer(words, url_for("duties.mine"))


@blueprint.post("/rosters/<owner_kind>/<uuid:owner_id>/asks")
@signed_in
def choose(owner_kind: str, owner_id: uuid.UUID) -> Response:
    """Want to be asked when a shift is short, or not any more."""
    owner = roster_owner(me(), owner_kind, owner_id)
    wants = request.form.get("wants") == "1"
    with attempt(done=_("We'll ask you when a shift needs people.") if wants else _("We won't ask you any more.")):
        actions.choose(me(), owner, wants=wants)
    return pages.redirect(url_for("duty_rosters.grid", **owner.place))


@blueprint.route("/rosters/<owner_kind>/<uuid:owner_id>/appeals", methods=["GET", "POST"])
@signed_in
def settings(owner_kind: str, owner_id: uuid.UUID) -> Response:
    """Set how a crew or a series asks."""
    owner = roster_owner(me(), owner_kind, owner_id)
    if not owner.coordinates:
        raise Forbidden(_("Only those who coordinate these duties can do that."))
    form = AppealSettingsForm(obj=queries.settings_of(owner))
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            values = {name: form[name].data for name in ("is_automatic", "every_days", "most")}
            actions.change_settings(me(), owner, **values)
        if not form.errors:
            return pages.redirect(url_for("duty_rosters.grid", **owner.place))
    return pages.render("duty_appeals/settings.html", status=form.http_status, form=form, owner=owner)


def on_shift(shift: Shift) -> dict[str, Any] | None:
    """Return how many were asked to take a shift, for its page as coordinators see it; None if nobody is missing."""
    counts = queries.asked_counts(shift)
    can_ask = queries.can_be_asked(shift)
    return {"counts": counts, "can_ask": can_ask} if can_ask or counts.asked else None


def on_roster(owner: RosterOwner) -> dict[str, Any]:
    """Return whether the viewer wants to be asked, for the page of a roster."""
    return {"wants": queries.wants_to_be_asked(me(), owner)}


def appeals_waiting(person: Person, now: Any, **_values: Any) -> AnswerKind:
    """Return the appeals that wait for a person's answer."""
    appeals = queries.appeals_for(person, now)
    return AnswerKind(queries.APPEALS, "duty_appeals/answer.html", appeals, queries.may_be_asked(person))


slots.contribute(blueprint, ANSWERS, appeals_waiting)
slots.fill(blueprint, "duty.coordinating", "duty_appeals/on_shift.html", on_shift)
slots.fill(blueprint, "roster.owner", "duty_appeals/on_roster.html", on_roster)
