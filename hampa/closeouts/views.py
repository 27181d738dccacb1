"""Pages of close-outs."""

import uuid
from typing import Any

from flask import Blueprint, Response, request, url_for

from hampa.closeouts import actions
from hampa.closeouts.forms import YES, CloseOutForm, ThanksForm
from hampa.closeouts.models import CloseOut
from hampa.closeouts.queries import closeouts as queries
from hampa.duties.queries.occasions import CLOSE_OUT
from hampa.people.models import Person
from hampa.platform.answers import ANSWERS, AnswerKind
from hampa.platform.errors import Conflict
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import asks_first, signed_in
from hampa.platform.web.session import me

blueprint = Blueprint("closeouts", __name__)
REPORT = "closeout.report"
"""The slot to which a higher feature contributes the address of the form for what happened."""


def closeouts_waiting(person: Person, now: Any, **_values: Any) -> AnswerKind:
    """Return the days that wait for a person to close them out."""
    return AnswerKind(CLOSE_OUT, "closeouts/waiting.html", queries.waiting_for(person, now))


slots.contribute(blueprint, ANSWERS, closeouts_waiting)
slots.fill(blueprint, "duties.coordinating", "closeouts/way.html")


@blueprint.get("/duties/close-outs")
@signed_in
def index() -> Response:
    """List the days that the viewer closes out or has closed."""
    return pages.render("closeouts/index.html", page=queries.closeouts_of(me(), request.args.get("after")))


@blueprint.route("/duties/close-outs/<uuid:closeout_id>", methods=["GET", "POST"])
@signed_in
def show(closeout_id: uuid.UUID) -> Response:
    """Say who came and whether anything happened, or correct it."""
    closeout = queries.closeout_for(me(), closeout_id)
    sent = request.form if request.method == "POST" else None
    form = CloseOutForm.of(closeout, queries.booked(me(), closeout), sent)
    if request.method == "POST" and form.validate():
        happened, is_new = form.incidents.data == YES, closeout.closed_at is None
        with attempt(form, Conflict, done=_("Closed. Thank you for looking after it.") if is_new else _("Corrected.")):
            said = form.said_before
            actions.close(me(), closeout_id, form.attendances(), had_incidents=happened, said=said)
        if not form.errors:
            report = slots.collect(REPORT, closeout_id=closeout_id) if happened and is_new else ()
            return pages.redirect(report[0] if report else url_for("closeouts.show", closeout_id=closeout_id))
        closeout = queries.closeout_for(me(), closeout_id)
        form.people, form.said.data = queries.booked(me(), closeout), str(closeout.said)
    return _page(closeout, form, ThanksForm(formdata=None))


@blueprint.post("/duties/close-outs/<uuid:closeout_id>/thanks")
@signed_in
@asks_first("name")
def thank(closeout_id: uuid.UUID) -> Response:
    """Thank all who came, once."""
    queries.closeout_for(me(), closeout_id)
    form = ThanksForm()
    if form.validate():
        with attempt(form, Conflict, done=_("On its way to everybody who came.")):
            form.once(me(), lambda: actions.thank(me(), closeout_id, form.text.data).id)
    if not form.errors:
        return pages.redirect(url_for("closeouts.show", closeout_id=closeout_id))
    closeout = queries.closeout_for(me(), closeout_id)
    return _page(closeout, CloseOutForm.of(closeout, queries.booked(me(), closeout)), form)


def _page(closeout: CloseOut, form: CloseOutForm, thanks: ThanksForm) -> Response:
    return pages.render(
        "closeouts/show.html",
        status=max(form.http_status, thanks.http_status),
        closeout=closeout,
        head=queries.head_of(me(), closeout),
        form=form,
        thanks=thanks,
        came=queries.count_who_came(closeout, me()) if closeout.closed_at is not None else 0,
    )
