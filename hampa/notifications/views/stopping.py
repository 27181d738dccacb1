"""Links in SMS and mails that stop them, which work without signing in; a GET changes nothing."""

from typing import Any

from flask import Response, flash, request, url_for

from hampa.notifications.actions.choices import WEEKLY, stop_mails
from hampa.notifications.actions.stops import start_sms, stop_sms
from hampa.notifications.queries.choices import rows
from hampa.notifications.queries.stops import is_stopped, person_of_mail_link, person_of_stop_link
from hampa.notifications.views.blueprint import blueprint
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.csrf import check_token, checks_itself
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me

ONE_CLICK = ("List-Unsubscribe", "One-Click")
"""The field by which a program for mail says that its user wants no more of them (RFC 8058)."""


@blueprint.route("/no/<stop_token>", methods=["GET", "POST"])
@public
def stop_by_link(stop_token: str) -> Response:
    """Stop SMS to the number that a link was sent to."""
    person = person_of_stop_link(stop_token)
    with i18n.use_locale_of(person):
        if request.method == "POST":
            stop_sms(person.phone)
            db.session.commit()
            return pages.redirect(url_for("notifications.stop_by_link", stop_token=stop_token))
        return _private("notifications/stop_sms.html", phone=person.phone, stopped=is_stopped(person.phone))


@blueprint.post("/me/settings/notifications/sms")
@signed_in
def start_again() -> Response:
    """Send SMS to the person's own number again, or stop them."""
    if request.form.get("stop") == "yes":
        stop_sms(me().phone)
    else:
        start_sms(me().phone)
    db.session.commit()
    flash(_("Saved."))
    return pages.redirect(url_for("notifications.settings"))


@blueprint.route("/unsubscribe/<unsubscribe_token>", methods=["GET", "POST"])
@public
@checks_itself
def unsubscribe(unsubscribe_token: str) -> Response:
    """Stop mails of one sort (`?of=`), or all of them. A sort that there is not stops none."""
    name, value = ONE_CLICK
    if request.method == "POST" and request.form.get(name) != value:
        check_token()
    person = person_of_mail_link(unsubscribe_token)
    labels = {WEEKLY: _("A summary each week, by email")} | {name: kind.label for name, kind in rows().items()}
    row, stops_all = request.args.get("of", ""), request.form.get("all") == "yes"
    if row not in {"", *labels} and request.method == "POST" and not stops_all:
        raise NotFound
    with i18n.use_locale_of(person):
        if request.method == "POST":
            stop_mails(person, None if stops_all else row or None)
            db.session.commit()
            # Programs for mail follow no redirect of a POST.
            done = url_for("notifications.unsubscribe", unsubscribe_token=unsubscribe_token, done="1")
            return Response() if request.form.get(name) == value else pages.redirect(done)
        return _private(
            "notifications/unsubscribe.html",
            token=unsubscribe_token,
            row=row if row in labels else "",
            label=labels.get(row, ""),
            address=person.email,
            done="done" in request.args,
        )


def _private(template: str, **values: Any) -> Response:
    response = pages.render(template, **values)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "no-store"
    return response
