"""Pages of passkeys: adding, naming and removing them; signing in and proving with one.

A script asks for a challenge, has the browser answer it, and sends a form with the answer.
"""

import secrets
import uuid
from typing import Any

import orjson
from flask import Blueprint, Response, flash, request, session as cookie, url_for

from hampa.auth import code_flow
from hampa.auth.queries import has_proved
from hampa.passkeys import queries
from hampa.passkeys.actions import challenges, keys, signing_in
from hampa.passkeys.forms import NameForm, NewPasskeyForm, SignedForm
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.security import user_agent
from hampa.platform.web import intents, pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me

blueprint = Blueprint("passkeys", __name__)

COOKIE = "passkey"
REASONS = {
    "late": _l("That took too long, or was answered elsewhere. Try once more."),
    "unknown": _l(
        "Hampa does not know this passkey any more. Sign in with your number; you can remove it from your device."
    ),
    "wrong": _l("This passkey did not answer as it should. Try once more, or sign in with your number."),
    "stopped": _l(
        "This passkey may have been copied, so it no longer works. Sign in with your number and add a new one."
    ),
    "leaving": _l("This account is being deleted. Sign in with your number if you want to stay."),
    "shut_out": _l("This account has been suspended. Write to the operators of this site."),
}
"""Messages by the outcome of using a passkey."""


def passkey_list(person: Person) -> dict[str, Any] | None:
    """Return what the page of the ways to sign in shows of passkeys."""
    if not queries.passkeys_are_possible():
        return None
    passkeys = queries.passkeys_of(person)
    accepted = {
        "rpId": queries.site_id(),
        "userId": challenges.encoded(passkeys[0].user_handle) if passkeys else "",
        "allAcceptedCredentialIds": [challenges.encoded(one.credential_id) for one in passkeys],
    }
    return {"passkeys": passkeys, "accepted": accepted if passkeys else None}


def sign_in_way(**_values: object) -> dict[str, Any] | None:
    """Return what the button below the form of the number needs."""
    return {"form": SignedForm(formdata=None)} if queries.passkeys_are_possible() else None


def proof_way(**_values: object) -> dict[str, Any] | None:
    """Return what the button above the code of a proof needs."""
    is_way = queries.passkeys_are_possible() and queries.has_passkeys(me())
    return {"form": SignedForm(formdata=None)} if is_way else None


slots.fill(blueprint, "auth.ways", "passkeys/list.html", passkey_list)
slots.fill(blueprint, "login.ways", "passkeys/way.html", sign_in_way)
slots.fill(blueprint, "auth.proof", "passkeys/proof.html", proof_way)


@blueprint.get("/me/passkeys/new")
@signed_in
def new() -> Response:
    """Explain passkeys and let the browser make one, after a fresh proof."""
    _check_possible()
    if not has_proved(me()):
        return pages.redirect(url_for("auth.proof", next=url_for("passkeys.new")))
    return _new_page(NewPasskeyForm(formdata=None, name=_name_of_browser()))


@blueprint.get("/me/passkeys/challenge")
@signed_in
def challenge_to_add() -> Response:
    """Answer a script with what the browser needs to make a passkey."""
    _check_possible()
    if not has_proved(me()):
        raise Forbidden(_("Confirm once more that it's you."))
    options = challenges.options_to_add(me(), _secret())
    db.session.commit()
    return _json(options)


@blueprint.post("/me/passkeys/new")
@signed_in
def add() -> Response:
    """Add the passkey that the browser has made; a challenge for it was given after a fresh proof."""
    _check_possible()
    form = NewPasskeyForm()
    if not form.validate():
        return _new_page(form)
    with attempt(form, keep=True):
        keys.add_passkey(me(), _secret(), form.credential.data, form.name.data)
    if form.errors:
        return _new_page(form)
    flash(_("Done. Next time, sign in with your passkey: no code needed."))
    return pages.redirect(url_for("auth.ways"))


@blueprint.route("/me/passkeys/<uuid:passkey_id>", methods=["GET", "POST"])
@signed_in
def edit(passkey_id: uuid.UUID) -> Response:
    """Show a passkey, and give it another name."""
    passkey = queries.passkey_of(me(), passkey_id)
    form = NameForm(obj=passkey)
    if form.validate_on_submit():
        keys.rename_passkey(passkey, form.name.data)
        db.session.commit()
        return pages.redirect(url_for("auth.ways"))
    return pages.render("passkeys/edit.html", "form", status=form.http_status, form=form, passkey=passkey)


@blueprint.post("/me/passkeys/<uuid:passkey_id>/remove")
@signed_in
def remove(passkey_id: uuid.UUID) -> Response:
    """Remove a passkey."""
    keys.remove_passkey(queries.passkey_of(me(), passkey_id))
    db.session.commit()
    flash(_("This passkey no longer works. You can remove it from your device too."))
    return pages.redirect(url_for("auth.ways"))


@blueprint.get("/login/passkey/challenge")
@public
def challenge_to_sign_in() -> Response:
    """Answer a script with what the browser needs to sign in."""
    _check_possible()
    options = challenges.options_to_sign("sign_in", _secret(), code_flow.current_browser())
    db.session.commit()
    return _json(options)


@blueprint.post("/login/passkey")
@public
def sign_in() -> Response:
    """Sign in with what a passkey has signed."""
    _check_possible()
    form = SignedForm()
    pressed = intents.parse(form.act.data)
    path = pages.safe_next(form.next.data, pressed.page if pressed else "/")
    if me():
        return pages.redirect(path)
    browser = code_flow.current_browser(form.timezone.data)
    result = signing_in.sign_in_with_passkey(_secret(), form.credential.data, browser)
    db.session.commit()
    if result.person is not None:
        return code_flow.let_in(result.person, result.device_token, path, pressed)
    until = _("Your account is suspended until %(when)s.", when=dates.when(result.until)) if result.until else ""
    flash(until or str(REASONS[result.outcome]), "stop")
    next_path = code_flow.unless_home(path)
    return pages.redirect(url_for("auth.login", next=next_path, act=pressed.token if pressed else None))


@blueprint.get("/me/proof/passkey/challenge")
@signed_in
def challenge_to_prove() -> Response:
    """Answer a script with what the browser needs to prove that it is the person."""
    _check_possible()
    options = challenges.options_to_sign("prove", _secret(), code_flow.current_browser(), me())
    db.session.commit()
    return _json(options)


@blueprint.post("/me/proof/passkey")
@signed_in
def prove() -> Response:
    """Take what a passkey has signed as a proof, and go on to where it was asked for."""
    _check_possible()
    form = SignedForm()
    next_path = pages.safe_next(form.next.data, url_for("auth.ways"))
    outcome = signing_in.prove_with_passkey(me(), _secret(), form.credential.data, code_flow.current_browser())
    db.session.commit()
    if outcome == "right":
        return pages.redirect(next_path)
    flash(str(REASONS[outcome]), "stop")
    return pages.redirect(url_for("auth.proof", next=next_path))


def _check_possible() -> None:
    """Raise NotFound where the site can't have passkeys."""
    if not queries.passkeys_are_possible():
        raise NotFound


def _secret() -> str:
    """Return the secret of this browser, which binds challenges to it; several pages may wait for an answer at once."""
    return str(cookie.setdefault(COOKIE, secrets.token_urlsafe(24)))


def _json(value: dict[str, Any]) -> Response:
    answer = Response(orjson.dumps(value), mimetype="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _new_page(form: NewPasskeyForm) -> Response:
    return pages.render("passkeys/new.html", status=form.http_status, form=form)


def _name_of_browser() -> str:
    """Return a first name for a passkey: where it is made."""
    agent = request.user_agent.string
    browser = user_agent.browser(agent) or _("A browser")
    return _("%(browser)s on %(system)s", browser=browser, system=user_agent.system(agent) or _("an unknown system"))
