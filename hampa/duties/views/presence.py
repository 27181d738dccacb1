"""Saying that one is at a shift: the page on which its code is shown, and that on which one says it."""

import uuid

from flask import Response, flash, request, url_for

from hampa.duties.actions.attendance import say_here
from hampa.duties.forms import HereForm
from hampa.duties.queries import presence as queries
from hampa.duties.queries.schedules import schedule_row
from hampa.duties.queries.shifts import Shift, shift_of
from hampa.duties.views.blueprint import blueprint, start_in
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.media import qr
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.offline import kept_offline
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical


def _shift(schedule_id: uuid.UUID, start: str) -> Shift:
    found = shift_of(me(), schedule_row(me(), schedule_id), start_in(start))
    if found is None:
        raise NotFound
    return found


@blueprint.get("/schedules/<uuid:schedule_id>/shifts/<start>/code")
@signed_in
def code(schedule_id: uuid.UUID, start: str) -> Response:
    """Show the code of a shift to who leads there, for those who do it to scan."""
    shown = _shift(schedule_id, start)
    if not queries.may_show_code(me(), shown.schedule, shown.begins_at):
        raise Forbidden(_("Whoever leads there shows the code."))
    text = queries.code_of(schedule_id, shown.starts_at)
    address = canonical(url_for("duties.here", schedule_id=schedule_id, start=start, code=text))
    answer = pages.render("duties/code.html", shift=shown, code=text, drawing=qr.svg(address, on_screen=True))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/schedules/<uuid:schedule_id>/shifts/<start>/here")
@signed_in
def here(schedule_id: uuid.UUID, start: str) -> Response:
    """Show the form to say that one is there, with the code of the address that was scanned."""
    return _here_page(schedule_id, start, HereForm(formdata=None, data={"code": request.args.get("code", "")[:300]}))


@blueprint.post("/schedules/<uuid:schedule_id>/shifts/<start>/here")
@signed_in
@kept_offline(_l("I'm at my shift"))
def say(schedule_id: uuid.UUID, start: str) -> Response:
    """Say that one is at one's shift."""
    form = HereForm()
    starts_at = start_in(start)
    if form.validate():
        with attempt(form):
            say_here(me(), schedule_id, starts_at, code=form.code.data or "", point=form.point)
    if form.errors:
        return _here_page(schedule_id, start, form)
    flash(_("You are here. Thank you!"))
    return pages.redirect(url_for("duties.shift", schedule_id=schedule_id, start=start))


def _here_page(schedule_id: uuid.UUID, start: str, form: HereForm) -> Response:
    shown = _shift(schedule_id, start)
    if shown.booking_id is None:
        return pages.redirect(url_for("duties.shift", schedule_id=schedule_id, start=start))
    has_point = queries.has_point(schedule_id)
    return pages.render("duties/here.html", status=form.http_status, shift=shown, form=form, has_point=has_point)
