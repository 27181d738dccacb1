"""Pages of passwords: setting and removing one, and signing in with it."""

from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from hampa.auth import code_flow
from hampa.auth.actions import sessions
from hampa.auth.models import STRENGTH
from hampa.auth.queries import has_proved
from hampa.passwords import actions, queries
from hampa.passwords.actions import PasswordResult
from hampa.passwords.forms import PasswordForm, SignInForm
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import intents, pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me

blueprint = Blueprint("passwords", __name__)


def way_of(person: Person) -> dict[str, Any] | None:
    """Return what the page of the ways to sign in shows of the password."""
    return {"has_password": queries.has_password(person)} if queries.passwords_are_on() else None


def sign_in_way(**_values: object) -> dict[str, Any] | None:
    """Return what the button below the form of the number needs."""
    return {} if queries.passwords_are_on() else None


slots.fill(blueprint, "auth.ways", "passwords/of_person.html", way_of)
slots.fill(blueprint, "login.ways", "passwords/way.html", sign_in_way)


@blueprint.route("/me/password", methods=["GET", "POST"])
@signed_in
def edit() -> Response:
    """Set or change the password, after a fresh proof of any kind: also of who forgot theirs, and came by a link."""
    _check_on()
    if not has_proved(me(), strength=min(STRENGTH.values())):
        return pages.redirect(url_for("auth.proof", next=url_for("passwords.edit")))
    form = PasswordForm(end_others=True)
    if form.validate_on_submit():
        with attempt(form):
            actions.check_password(form.password.data, me())
    if form.is_submitted() and not form.errors:
        with attempt(form):
            password_hash = actions.hashed(form.password.data)  # before the transaction of what is written
            actions.set_hashed(me(), password_hash)
            if form.end_others.data:
                sessions.end_sessions(me(), but=me().session_id)
        if not form.errors:
            flash(_("Done. You can sign in with your password now, and with a code as before."))
            return pages.redirect(url_for("auth.ways"))
    return pages.render(
        "passwords/edit.html", "form", status=form.http_status, form=form, has_password=queries.has_password(me())
    )


@blueprint.post("/me/password/remove")
@signed_in
def remove() -> Response:
    """Take the password away."""
    _check_on()
    actions.remove_password(me())
    db.session.commit()
    flash(_("The password no longer works."))
    return pages.redirect(url_for("auth.ways"))


@blueprint.route("/login/password", methods=["GET", "POST"])
@public
def sign_in() -> Response:
    """Sign in with a number or an address, and a password."""
    _check_on()
    form = SignInForm(next=request.args.get("next", ""), act=request.args.get("act", ""))
    pressed = intents.parse(form.act.data)
    form.next.data = pages.safe_next(form.next.data, pressed.page if pressed else "/")
    if me():
        return pages.redirect(form.next.data)
    if form.validate_on_submit():
        result, made = PasswordResult("wrong"), None
        with attempt(form):
            browser = code_flow.current_browser(form.timezone.data)
            made = actions.begin_try(form.known_name(), form.password.data, browser)
        if made is not None:
            with attempt(form):
                result = actions.finish_try(made, right=actions.is_right(made))
        if result.person is not None:
            return code_flow.let_in(result.person, result.device_token, form.next.data, pressed)
        if not form.errors:
            form.refuse(Refused(actions.refusal_of(result)))
    next_path = code_flow.unless_home(form.next.data)
    return pages.render("passwords/sign_in.html", "form", status=form.http_status, form=form, next_path=next_path)


def _check_on() -> None:
    """Raise NotFound where the operator has not turned passwords on."""
    if not queries.passwords_are_on():
        raise NotFound
