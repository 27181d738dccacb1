"""All of /me that has no feature of its own, and a person's page."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, flash, request, url_for

from hampa.cards.queries import companions, interests, listing as cards
from hampa.people import actions
from hampa.platform import i18n
from hampa.platform.db import db
from hampa.platform.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me
from hampa.profile import queries
from hampa.profile.forms import ProfileForm, SettingsForm
from hampa.runs.queries import listing as runs

blueprint = Blueprint("profile", __name__)


@blueprint.get("/me")
@signed_in
def overview() -> Response:
    """One's own corner: what there is, one tap away."""
    person = me()
    return pages.render("profile/me.html", person=person, waiting=interests.waiting_on(person))


@blueprint.route("/me/profile", methods=["GET", "POST"])
@signed_in
def profile() -> Response:
    """Say who one is."""
    person = me()
    form = ProfileForm(obj=person)
    if form.validate_on_submit():
        actions.change_profile(
            person, name=form.name.data, bio=form.bio.data, city=form.city.data, gender=form.gender.data
        )
        db.session.commit()
        flash(_("Saved."))
        return pages.redirect(url_for("profile.overview"))
    return pages.render("profile/profile.html", "form", status=422 if form.errors else 200, form=form)


@blueprint.route("/me/settings", methods=["GET", "POST"])
@signed_in
def settings() -> Response:
    """Choose language, calendar, zone and units, and when to be left in peace."""
    person = me()
    form = SettingsForm(obj=person)
    if form.validate_on_submit():
        actions.change_settings(
            person,
            locale=form.locale.data,
            timezone=form.timezone.data,
            calendar=form.calendar.data,
            units=form.units.data,
            reminders=form.reminders.data,
            quiet_from=form.quiet_from.data or person.quiet_from,
            quiet_to=form.quiet_to.data or person.quiet_to,
        )
        db.session.commit()
        with i18n.speaking(person.locale):
            flash(_("Saved."))
        return pages.redirect(url_for("profile.overview"))
    return pages.render("profile/settings.html", "form", status=422 if form.errors else 200, form=form)


@blueprint.get("/me/runs")
@signed_in
def my_runs() -> Response:
    """Runs one organises or takes part in: those to come, and those that were."""
    past = request.args.get("when") == "past"
    found = runs.mine(me(), past=past, after=request.args.get("after"))
    return pages.render("profile/runs.html", "list", runs=found, past=past)


@blueprint.get("/people/<uuid:person_id>")
@public
def person(person_id: uuid.UUID) -> Response:
    """A person's page, within what they show: by default to companions."""
    found = queries.person_for(me(), person_id)
    return pages.render(
        "profile/person.html",
        runner=found,
        cards=cards.of_owner(me(), found.id),
        runs=runs.organised_by(me(), found),
        companions=companions.are_companions(me().id, found.id),
    )
