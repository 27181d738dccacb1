"""Pages of the settings of check-ins, and the button that nudges."""

import uuid
from typing import Any

from flask import Blueprint, Response, url_for

from hampa.checkin_choices.actions import choose_for_all, choose_in_crew
from hampa.checkin_choices.queries import choices_of, preferences_of
from hampa.checkin_reminders.actions.nudging import ask_to_nudge
from hampa.checkin_reminders.forms import CrewChoicesForm, PreferencesForm
from hampa.checkin_reminders.queries.nudges import RIGHT, last_nudge, may_nudge
from hampa.crews.models import Crew, CrewMembership
from hampa.crews.queries.crews import crews_of, member_of, member_with
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.forms import OnceForm
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me

blueprint = Blueprint("checkin_reminders", __name__)


def for_organisers(crew: Crew, membership: CrewMembership | None) -> dict[str, Any] | None:
    """Return nothing more for the way to the page that nudges, None for who may not nudge."""
    return {} if membership is not None and membership.is_active and may_nudge(membership) else None


slots.fill(blueprint, "crew.tasks", "checkin_reminders/on_crew.html", for_organisers)
slots.fill(blueprint, "checkin.links", "checkin_reminders/on_form.html")
slots.fill(blueprint, "checkins.links", "checkin_reminders/on_history.html")


@blueprint.route("/me/check-ins/settings", methods=["GET", "POST"])
@signed_in
def preferences() -> Response:
    """Set with what a new check-in begins, and whether reminders come at all."""
    form = PreferencesForm(obj=preferences_of(me()))
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            choose_for_all(me(), **form.values())
        if not form.errors:
            return pages.redirect(url_for("checkin_reminders.preferences"))
    return pages.render(
        "checkin_reminders/preferences.html", status=form.http_status, form=form, person=me(), crews=crews_of(me())
    )


@blueprint.route("/crews/<uuid:crew_id>/check-in/settings", methods=["GET", "POST"])
@signed_in
def choices(crew_id: uuid.UUID) -> Response:
    """Set whether reminders of one crew come, and whether its organisers may ask how one is."""
    membership = member_of(me(), crew_id)
    form = CrewChoicesForm(obj=choices_of(me(), crew_id))
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            choose_in_crew(me(), crew_id, **form.values())
        if not form.errors:
            return pages.redirect(url_for("checkin_reminders.choices", crew_id=crew_id))
    return pages.render(
        "checkin_reminders/choices.html",
        status=form.http_status,
        form=form,
        crew=membership.crew,
        membership=membership,
        everywhere=preferences_of(me()).reminders,
    )


@blueprint.route("/crews/<uuid:crew_id>/check-ins/nudge", methods=["GET", "POST"])
@signed_in
def nudge(crew_id: uuid.UUID) -> Response:
    """Say what a nudge is, and nudge who has not checked in."""
    crew = member_with(me(), crew_id, RIGHT).crew
    form = OnceForm()
    if form.validate_on_submit():
        with attempt(form, done=_("Whoever hasn't checked in and wants to hear about it is nudged now.")):
            form.once(me(), lambda: ask_to_nudge(me(), crew_id))
        if not form.errors:
            return pages.redirect(url_for("crews.show", crew_id=crew_id))
    last = last_nudge(me(), crew_id)
    return pages.render("checkin_reminders/nudge.html", status=form.http_status, form=form, crew=crew, last=last)
