"""Pages of personal tokens, and the record of their use."""

import uuid

from flask import Blueprint, Response, flash, session as cookie, url_for

from hampa.auth import code_flow
from hampa.auth.actions import sessions
from hampa.auth.queries import has_proved
from hampa.platform.api.tokens import bearer
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.security import crypto
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.tokens import queries
from hampa.tokens.actions import personal
from hampa.tokens.forms import NewTokenForm, ProvingTokenForm

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
    """Make a token, with a fresh code unless one was typed just before: an open session alone must not be enough."""
    proved = has_proved(me())
    form = NewTokenForm() if proved else ProvingTokenForm()
    if form.validate_on_submit() and (proved or _prove(form)):
        texts: list[str] = []
        with attempt(form):
            form.once(me(), lambda: _make(form, texts))
        if not form.errors:
            if texts:
                cookie[NEW] = crypto.encrypt(texts[0], NEW).decode()
            return pages.redirect(url_for("tokens.index"))
    return _form_page(form)


@blueprint.post("/me/tokens/code")
@signed_in
def send_code() -> Response:
    """Send the code for a new token."""
    code, secret = code_flow.request_code(me().phone, "prove")
    db.session.commit()
    code_flow.remember_code(code, secret)
    return pages.redirect(url_for("tokens.make"))


@blueprint.post("/me/tokens/<uuid:token_id>/end")
@signed_in
def end(token_id: uuid.UUID) -> Response:
    """End a token."""
    personal.end_token(queries.token_of(me(), token_id))
    db.session.commit()
    flash(_("That token opens nothing any more."))
    return pages.redirect(url_for("tokens.index"))


def _make(form: NewTokenForm, texts: list[str]) -> uuid.UUID:
    token, text = personal.make_token(me(), form.name.data, form.scopes.data, int(form.days.data))
    texts.append(text)
    return token.id


def _prove(form: NewTokenForm) -> bool:
    """Return whether the code is right; if it is wrong, count that and put the error on the form."""
    code, error = code_flow.check_pending_code("prove", form["code"].data, me().phone)
    if code is None:
        db.session.commit()
        form.refuse(Refused(error, "code"))
        return False
    sessions.record_proof(me())
    db.session.commit()
    return True


def _take_new() -> str:
    """Return the token that was made just now, and forget it; "" if there is none."""
    kept = cookie.pop(NEW, "")
    try:
        return crypto.decrypt(kept.encode(), NEW) if kept else ""
    except crypto.DecryptionError:
        return ""


def _form_page(form: NewTokenForm) -> Response:
    return pages.render(
        "tokens/new.html",
        "form",
        status=form.http_status,
        form=form,
        phone=me().phone,
        proved=not isinstance(form, ProvingTokenForm) or has_proved(me()),
        sent=code_flow.open_code("prove") is not None,
    )
