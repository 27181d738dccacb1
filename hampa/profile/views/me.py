"""One's own corner: who one is, and how one is spoken to."""

from __future__ import annotations

from flask import Response, flash, request, url_for

from hampa.cards.queries import interests
from hampa.people import actions
from hampa.platform.db import db
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.profile.actions.handles import choose_handle
from hampa.profile.forms import AgeForm, HandleForm, ProfileForm, SettingsForm
from hampa.profile.views.blueprint import blueprint
from hampa.runs.queries import listing as runs


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
    return pages.render("profile/profile.html", "form", status=form.http_status, form=form)


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
        with i18n.use_locale(person.locale):
            flash(_("Saved."))
        return pages.redirect(url_for("profile.overview"))
    return pages.render("profile/settings.html", "form", status=form.http_status, form=form)


@blueprint.get("/me/runs")
@signed_in
def my_runs() -> Response:
    """Runs one organises or takes part in: those to come, and those that were."""
    past = request.args.get("when") == "past"
    found = runs.my_runs(me(), past=past, after=request.args.get("after"))
    return pages.render("profile/runs.html", "list", runs=found, past=past)


@blueprint.route("/me/handle", methods=["GET", "POST"])
@signed_in
def handle() -> Response:
    """Choose the name one is found by."""
    person = me()
    form = HandleForm(obj=person)
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            choose_handle(person, form.handle.data)
        if not form.errors:
            return pages.redirect(url_for("profile.overview"))
    return pages.render("profile/handle.html", "form", status=form.http_status, form=form)


@blueprint.route("/me/age", methods=["GET", "POST"])
@signed_in
def age() -> Response:
    """Say when one was born, and whether others may see the band that it falls into."""
    person = me()
    form = AgeForm(obj=person)
    if form.validate_on_submit():
        actions.change_age(person, birth_year=form.birth_year.data, shows_age=form.shows_age.data)
        db.session.commit()
        flash(_("Saved."))
        return pages.redirect(url_for("profile.overview"))
    return pages.render("profile/age.html", "form", status=form.http_status, form=form)
