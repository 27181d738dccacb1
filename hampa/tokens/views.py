"""Pages of personal tokens, and the record of their use."""

import uuid

from flask import Blueprint, Response, flash, session as cookie, url_for

from hampa.auth.queries import PROOF_LASTS, has_proved
from hampa.platform.api.tokens import bearer
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.security import crypto
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.tokens import queries
from hampa.tokens.actions import personal
from hampa.tokens.forms import NewTokenForm

blueprint = Blueprint("tokens", __name__)

NEW = "new_token"
"""What the cookie keeps a new token under, encrypted, until the next page has shown it."""


@blueprint.after_app_request
def record_use(answer: Response) -> Response:
    """Record every few minutes that a personal token is used."""
    found = bearer()
    if answer.status_code < 500 and found is not None and found.token_id and personal.is_use_due(found.person):
        db.session.rollback()  # what a refused request left behind is not to be saved by this
        personal.record_use(found.token_id)
        db.session.commit()
    return answer


@blueprint.get("/me/tokens")
@signed_in
def index() -> Response:
    """List the person's tokens; one that was made just now is shown, this once."""
    new = _take_new()
    answer = pages.render("tokens/index.html", tokens=queries.tokens_of(me()), new=new)
    if new:
        answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.route("/me/tokens/new", methods=["GET", "POST"])
@signed_in
def make() -> Response:
    """Make a token, after a fresh proof: an open session alone must not be enough."""
    form = NewTokenForm()
    sent = form.is_submitted()
    if not has_proved(me(), personal.PROOF_HOLDS if sent else PROOF_LASTS):
        return pages.redirect(url_for("auth.proof", next=url_for("tokens.make")))
    texts: list[str] = []
    if form.validate_on_submit():
        with attempt(form):
            form.once(me(), lambda: _make(form, texts))
    if not sent or form.errors:
        return pages.render("tokens/new.html", "form", status=form.http_status, form=form)
    if texts:
        cookie[NEW] = crypto.encrypt(texts[0], NEW).decode()
    return pages.redirect(url_for("tokens.index"))


@blueprint.post("/me/tokens/<uuid:token_id>/end")
@signed_in
def end(token_id: uuid.UUID) -> Response:
    """End a token."""
    personal.end_token(queries.token_of(me(), token_id))
    db.session.commit()
    flash(_("That token no longer works."))
    return pages.redirect(url_for("tokens.index"))


def _make(form: NewTokenForm, texts: list[str]) -> uuid.UUID:
    token, text = personal.make_token(me(), form.name.data, form.scopes.data, int(form.days.data))
    texts.append(text)
    return token.id


def _take_new() -> str:
    """Return the token that was made just now, and forget it; "" if there is none."""
    kept = cookie.pop(NEW, "")
    try:
        return crypto.decrypt(kept.encode(), NEW) if kept else ""
    except crypto.DecryptionError:
        return ""
