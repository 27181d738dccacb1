"""Pages of webhooks."""

import uuid

from flask import Blueprint, Response, flash, request, session as cookie, url_for

from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.security import crypto
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.forms import OnceForm
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.webhooks import queries
from hampa.webhooks.actions import telling, webhooks as actions
from hampa.webhooks.forms import WebhookForm

blueprint = Blueprint("webhooks", __name__)

NEW = "new_webhook_secret"
"""What the cookie keeps a new secret under, encrypted, until the next page has shown it."""


@blueprint.get("/me/webhooks")
@signed_in
def index() -> Response:
    """List the person's webhooks."""
    return pages.render("webhooks/index.html", webhooks=queries.webhooks_of(me()))


@blueprint.route("/me/webhooks/new", methods=["GET", "POST"])
@signed_in
def make() -> Response:
    """Make a webhook."""
    form = WebhookForm()
    secrets: list[str] = []
    if form.validate_on_submit():
        with attempt(form):
            webhook_id = form.once(me(), lambda: _make(form, secrets))
        if not form.errors:
            _keep_new(secrets)
            return pages.redirect(url_for("webhooks.show", webhook_id=webhook_id))
    return pages.render("webhooks/form.html", "form", status=form.http_status, form=form, webhook=None)


@blueprint.get("/me/webhooks/<uuid:webhook_id>")
@signed_in
def show(webhook_id: uuid.UUID) -> Response:
    """Show a webhook and its calls; a secret that was made just now is shown, this once."""
    webhook = queries.webhook_of(me(), webhook_id)
    new = _take_new()
    calls = queries.deliveries_of(webhook, request.args.get("after")).of_rows(queries.call_of)
    answer = pages.render("webhooks/show.html", "calls", webhook=webhook, calls=calls, secret=new)
    if new:
        answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.route("/me/webhooks/<uuid:webhook_id>/edit", methods=["GET", "POST"])
@signed_in
def edit(webhook_id: uuid.UUID) -> Response:
    """Change a webhook."""
    webhook = queries.webhook_of(me(), webhook_id)
    form = WebhookForm(obj=webhook)
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            actions.change_webhook(webhook, form.url.data, form.events.data)
        if not form.errors:
            return pages.redirect(url_for("webhooks.show", webhook_id=webhook_id))
    return pages.render("webhooks/form.html", "form", status=form.http_status, form=form, webhook=webhook)


@blueprint.post("/me/webhooks/<uuid:webhook_id>/test")
@signed_in
def test(webhook_id: uuid.UUID) -> Response:
    """Send a webhook a test."""
    webhook = queries.webhook_of(me(), webhook_id)
    with attempt(done=_("A test is on its way.")):
        OnceForm().once(me(), lambda: telling.send_test(me(), webhook).id)
    return pages.redirect(url_for("webhooks.show", webhook_id=webhook_id))


@blueprint.post("/me/webhooks/<uuid:webhook_id>/secret")
@signed_in
def renew(webhook_id: uuid.UUID) -> Response:
    """Make a new secret."""
    webhook = queries.webhook_of(me(), webhook_id, lock=True)
    _keep_new([actions.renew_secret(webhook)])
    db.session.commit()
    return pages.redirect(url_for("webhooks.show", webhook_id=webhook_id))


@blueprint.post("/me/webhooks/<uuid:webhook_id>/switch")
@signed_in
def switch(webhook_id: uuid.UUID) -> Response:
    """Switch a webhook on or off, as the field says."""
    webhook = queries.webhook_of(me(), webhook_id, lock=True)
    if request.form.get("on") == "yes":
        actions.switch_on(webhook)
    else:
        actions.switch_off(webhook)
    db.session.commit()
    return pages.redirect(url_for("webhooks.show", webhook_id=webhook_id))


@blueprint.post("/me/webhooks/<uuid:webhook_id>/end")
@signed_in
def end(webhook_id: uuid.UUID) -> Response:
    """Delete a webhook."""
    actions.end_webhook(queries.webhook_of(me(), webhook_id, lock=True))
    db.session.commit()
    flash(_("That webhook no longer gets anything."))
    return pages.redirect(url_for("webhooks.index"))


def _make(form: WebhookForm, secrets: list[str]) -> uuid.UUID:
    webhook, secret = actions.make_webhook(me(), form.url.data, form.events.data)
    secrets.append(secret)
    return webhook.id


def _keep_new(secrets: list[str]) -> None:
    if secrets:
        cookie[NEW] = crypto.encrypt(secrets[0], NEW).decode()


def _take_new() -> str:
    """Return the secret that was made just now, and forget it; "" if there is none."""
    kept = cookie.pop(NEW, "")
    try:
        return crypto.decrypt(kept.encode(), NEW) if kept else ""
    except crypto.DecryptionError:
        return ""
