"""On which days the viewer is reminded of deadlines."""

from flask import Response, url_for

from hampa.coaching.actions import deadlines as actions
from hampa.coaching.forms.deadlines import DeadlinesForm
from hampa.coaching.queries.deadlines import days_chosen
from hampa.coaching.views.blueprint import blueprint
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me

slots.fill(blueprint, "notifications.settings_end", "coaching/on_settings.html")


@blueprint.route("/me/deadlines", methods=["GET", "POST"])
@signed_in
def deadlines() -> Response:
    """Let the viewer choose on which days before deadlines they are reminded."""
    form = DeadlinesForm.of(days_chosen(me()))
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            actions.choose_days(me(), form.chosen)
        if not form.errors:
            return pages.redirect(url_for("coaching.deadlines"))
    return pages.render("coaching/deadlines.html", status=form.http_status, form=form)
