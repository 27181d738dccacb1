"""The person's own menu, runs, settings and privacy."""

from flask import Response, flash, request, url_for

from hampa.cards import actions as cards
from hampa.people import actions as people
from hampa.platform.db import db
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.operator_places import waiting_for
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.profile import forms, queries
from hampa.profile.views.blueprint import blueprint
from hampa.run_lists.queries import own as runs
from hampa.runs.actions import listing

slots.fill(blueprint, "notifications.aside", "profile/told.html")
slots.fill(blueprint, "notifications.mail", "profile/add_mail.html")


@blueprint.get("/me")
@signed_in
def overview() -> Response:
    """Show the menu of the person's own pages."""
    person = me()
    waiting_here = sum(count for _kind, count in waiting_for(person)) if person.is_operator else 0
    return pages.render("profile/me.html", person=person, numbers=queries.numbers_of(person), waiting_here=waiting_here)


@blueprint.route("/me/settings", methods=["GET", "POST"])
@signed_in
def settings() -> Response:
    """Change language, calendar, zone and units."""
    person = me()
    form = forms.SettingsForm(obj=person)
    if form.validate_on_submit():
        people.change_settings(person, **form.settings())
        with i18n.use_locale(person.locale):
            return _saved("profile.overview")
    return pages.render("profile/settings.html", "form", status=form.http_status, form=form)


@blueprint.get("/me/runs")
@signed_in
def my_runs() -> Response:
    """Show the upcoming or past runs that the person organises or takes part in."""
    past = request.args.get("when") == "past"
    page = runs.my_runs(me(), past=past, after=request.args.get("after"))
    return pages.render("profile/runs.html", "list", runs=page, past=past)


@blueprint.route("/me/privacy", methods=["GET", "POST"])
@signed_in
def privacy() -> Response:
    """Change who sees what, and preview the page as one of the roles sees it (`?as=`)."""
    person = me()
    form = forms.PrivacyForm(obj=person)
    if form.validate_on_submit():
        people.change_settings(person, **form.settings())
        # Cached lists for visitors contain the people whom visitors may see.
        cards.invalidate_listing()
        listing.invalidate_listing()
        return _saved("profile.privacy")
    role = request.args.get("as", "")
    if role not in queries.PREVIEW_ROLES:
        role = "stranger"
    return pages.render(
        "profile/privacy.html",
        "form" if request.method == "POST" else "seen",
        status=form.http_status,
        form=form,
        role=role,
        preview=queries.preview_for(person, role),
    )


def _saved(endpoint: str) -> Response:
    db.session.commit()
    flash(_("Saved."))
    return pages.redirect(url_for(endpoint))
