"""Passwords: signing in with one, setting, changing and resetting it."""

from pydantic import Field

from hampa.api.resources.auth import (
    Code,
    Installation,
    Phone,
    Tokens,
    digits_of,
    refused_sign_in,
    this_program,
    tokens_as_data,
)
from hampa.auth.actions import sessions
from hampa.auth.actions.entering import Browser
from hampa.auth.forms import PhoneForm
from hampa.auth.models import STRENGTH
from hampa.auth.queries import has_proved
from hampa.passwords import actions, queries
from hampa.passwords.forms import PasswordForm, SignInForm
from hampa.passwords.models import LONGEST
from hampa.platform.api.codes import Unauthorized
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.session import me
from hampa.tokens.actions import signing_in

resource = Resource("passwords", _l("Passwords, where the operator allows them"))


class PasswordTyped(Body):
    """A number or a verified address, and the password of its account."""

    name: str = Field(max_length=320, description="A mobile number in any way that people write it, or a mail address.")
    password: str = Field(max_length=LONGEST)
    installation: Installation = None
    timezone: str = Field("", max_length=60)


class PasswordForgotten(Body):
    """A number, the code that it got (`POST /auth/otp`), and a new password."""

    phone: Phone
    code: Code
    password: str = Field(max_length=LONGEST)
    installation: Installation = None


class NewPassword(Body):
    """A new password."""

    password: str = Field(max_length=LONGEST)
    end_others: bool = Field(True, description="Whether to end all other sessions.")


@resource.post("/auth/password", public=True, repeatable=False, keeps_refusals=True)
def sign_in_with_password(body: PasswordTyped) -> Tokens:
    """Sign in with a number or a verified address, and a password.

    A wrong password, an unknown name and an account without a password get the same 401.
    """
    _require_passwords()
    form = valid_form(SignInForm, {"name": body.name, "password": body.password})
    program = this_program(body.installation, body.timezone)
    made = actions.begin_try(form.known_name(), form.password.data, program)
    db.session.commit()  # nothing is locked while the password is hashed
    result = actions.finish_try(made, right=actions.is_right(made))
    if result.person is None:
        raise Unauthorized(actions.refusal_of(result))
    return tokens_as_data(signing_in.open_tokens(result.person))


@resource.post("/auth/password/reset", public=True, repeatable=False, keeps_refusals=True, statuses=(403,))
def reset_password(body: PasswordForgotten) -> Tokens:
    """Sign in with a code, set a new password, and end all other sessions. A wrong, spent or late code is a 401."""
    _require_passwords()
    form = valid_form(PasswordForm, {"password": body.password})
    actions.check_password(form.password.data)
    phone = valid_form(PhoneForm, {"phone": body.phone}).phone.data
    digits, program = digits_of(body.code), this_program(body.installation)
    _look_at_code(phone, digits, program, form.password.data)
    db.session.commit()  # nothing is locked while the password is hashed
    password_hash = actions.hashed(form.password.data)
    result = signing_in.sign_in_with_code(phone, digits, program)
    if result.person is None:
        raise refused_sign_in(result)
    actions.set_hashed(result.person, password_hash)
    sessions.end_sessions(result.person, but=result.person.session_id)
    return tokens_as_data(signing_in.open_tokens(result.person))


def _look_at_code(phone: str, digits: str, program: Browser, password: str) -> None:
    """Raise what is wrong with a code, which is counted, or with the password of its person; else leave all as it was.

    Nothing is hashed for who has no code, and a refused password leaves no session, and the code to be typed again.
    """
    before = db.session.begin_nested()
    result = signing_in.sign_in_with_code(phone, digits, program)
    if result.person is None:
        before.commit()
        raise refused_sign_in(result)
    try:
        actions.check_password(password, result.person)
    finally:
        before.rollback()


@resource.put("/me/password")
def set_password(body: NewPassword) -> None:
    """Set or change your password; it needs a proof of the last five minutes (`POST /auth/proof`), and you are notified."""
    _require_passwords()
    if not has_proved(me(), strength=min(STRENGTH.values())):
        raise Forbidden(_("First confirm that it's you, with a fresh code."))
    password = valid_form(PasswordForm, {"password": body.password}).password.data
    actions.check_password(password, me())
    db.session.commit()  # nothing is locked while the password is hashed
    actions.set_hashed(me(), actions.hashed(password))
    if body.end_others:
        sessions.end_sessions(me(), but=me().session_id)


@resource.delete("/me/password")
def remove_password() -> None:
    """Remove your password, if you have one."""
    _require_passwords()
    actions.remove_password(me())


def _require_passwords() -> None:
    if not queries.passwords_are_on():
        raise NotFound
