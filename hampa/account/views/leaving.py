"""Leaving Hampa."""

from __future__ import annotations

from flask import Response, flash, url_for

from hampa.account.actions import leaving as actions
from hampa.account.forms import LeaveForm, leave_form
from hampa.account.queries.leaving import consequences_for
from hampa.account.views.blueprint import blueprint
from hampa.auth import code_flow
from hampa.people.models.person import TIME_TO_COME_BACK
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, session
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me


@blueprint.route("/me/delete", methods=["GET", "POST"])
@signed_in
def delete() -> Response:
    """Say what happens when one leaves, and with a fresh code let it happen."""
    person = me()
    found = consequences_for(person)
    form = leave_form(found.estates)
    if not form.validate_on_submit():
        return delete_page(form)
    code, why_not = code_flow.answered("delete", form.code.data, person.phone)
    if code is None:
        db.session.commit()
        form.refuse(Refused(why_not, "code"))
        return delete_page(form)
    with attempt(form):
        leaver = actions.leave(person, form.heirs())
        until = dates.date(clock.now() + TIME_TO_COME_BACK, leaver.timezone)
    if form.errors:
        return delete_page(form)
    session.leave()
    flash(_("Nobody sees you any more. Until %(date)s you can come back by signing in.", date=until))
    return pages.redirect("/")


@blueprint.post("/me/delete/code")
@signed_in
def send_delete_code() -> Response:
    """Have the code sent without which nobody leaves."""
    code, secret = code_flow.ask(me().phone, "delete")
    db.session.commit()
    code_flow.remember(code, secret)
    return pages.redirect(url_for("account.delete"))


def delete_page(form: LeaveForm) -> Response:
    """What happens to whom; with the code's field once it was sent."""
    person = me()
    pending = code_flow.pending("delete")
    return pages.render(
        "account/delete.html",
        status=form.http_status,
        form=form,
        person=person,
        found=consequences_for(person),
        until=clock.now() + TIME_TO_COME_BACK,
        reason=actions.reason_to_stay(person),
        sent=pending is not None and pending.state == "open",
        wait=code_flow.seconds_to_next(pending) if pending is not None else 0,
    )
