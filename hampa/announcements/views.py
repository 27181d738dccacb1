"""Pages on which organisers write to all who take part."""

import uuid

from flask import Blueprint, Response, request, url_for
from markupsafe import Markup

from hampa.announcements import actions, queries
from hampa.announcements.forms import AUDIENCE_WORDS, MessageForm
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.forms import Form
from hampa.platform.web.parts import part
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.runs.models.run import Run
from hampa.runs.queries import runs

blueprint = Blueprint("announcements", __name__)
slots.share(blueprint, audience_words=AUDIENCE_WORDS)


def messages_on_run(run: Run, organises: bool, status: str | None) -> Markup | None:
    """Return the messages for the page of the run, or None if there are none for this viewer."""
    viewer = me()
    messages = queries.messages_for(viewer, run, status, organises=organises) if viewer and run.announced_at else ()
    return part("announcements/on_run.html", messages=messages) if messages else None


slots.fill_by(blueprint, "run.messages", messages_on_run)


@blueprint.route("/runs/<uuid:run_id>/message", methods=["GET", "POST"])
@signed_in
def write(run_id: uuid.UUID) -> Response:
    """Write a draft to those who take part; the messages sent before stand below."""
    run = runs.organised_run(me(), run_id)
    form = MessageForm()
    if form.validate_on_submit():
        with attempt(form):
            fields = (form.text.data, form.statuses.data, form.by_sms.data)
            draft_id = form.once(me(), lambda: actions.draft_message(me(), run_id, *fields).id)
        if not form.errors:
            return pages.redirect(url_for("announcements.send", run_id=run_id, message_id=draft_id))
        run = runs.organised_run(me(), run_id)
    sent = queries.sent_messages(run)
    return pages.render("announcements/write.html", "form", status=form.http_status, run=run, form=form, sent=sent)


@blueprint.post("/runs/<uuid:run_id>/message/<uuid:message_id>/take-back")
@signed_in
def take_back(run_id: uuid.UUID, message_id: uuid.UUID) -> Response:
    """Delete a message."""
    actions.take_back(me(), run_id, message_id)
    db.session.commit()
    return pages.redirect(url_for("announcements.write", run_id=run_id))


@blueprint.route("/runs/<uuid:run_id>/message/<uuid:message_id>", methods=["GET", "POST"])
@signed_in
def send(run_id: uuid.UUID, message_id: uuid.UUID) -> Response:
    """Show how many people and SMS a message is and what it costs, then have it sent."""
    run = runs.organised_run(me(), run_id)
    message = queries.message_by(me(), run_id, message_id)
    form = Form()
    if request.method == "POST":
        with attempt(form, done=_("On its way to everybody.")):
            actions.send_message(me(), run_id, message_id)
        run, message = runs.organised_run(me(), run_id), queries.message_by(me(), run_id, message_id)
    if message.sent_at is not None:
        return pages.redirect(url_for("announcements.write", run_id=run_id))
    return pages.render(
        "announcements/send.html",
        status=form.http_status,
        run=run,
        message=message,
        bill=queries.bill_of(run, message, me().name),
        form=form,
    )
