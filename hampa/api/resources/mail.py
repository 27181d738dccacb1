"""Links by mail: signing in with one, and verifying an address."""

from datetime import datetime

from flask import url_for
from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.resources.auth import CodeSent, Installation, Tokens, this_program, tokens_as_data
from hampa.api.shapes import Me, me_as_data
from hampa.auth.actions.attempts import count_attempt
from hampa.auth.queries import has_proved
from hampa.mail_links import actions as links, queries
from hampa.mail_links.forms import MailLinkForm
from hampa.platform.api.codes import Unauthorized
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.session import me
from hampa.profile import actions, forms, queries as profile
from hampa.profile.models import EmailVerification
from hampa.tokens.actions import signing_in

resource = Resource("mail", _l("Links by email, and your email address"))


class LinkWanted(Body):
    """The address that gets the link."""

    email: str = Field(max_length=320)
    installation: Installation = None


class LinkOpened(Body):
    """The token of a link: what stands after its last slash."""

    token: str = Field(max_length=100)
    installation: Installation = None
    timezone: str = Field("", max_length=60)


class AddressWanted(Body):
    """The address to verify."""

    email: str = Field(max_length=320)


class VerificationToken(Body):
    """The token of the link that verifies an address: what stands after its last slash."""

    token: str = Field(max_length=100)


class Verification(TypedDict):
    """Your address, and the one whose link waits to be followed."""

    email: str | None
    waiting: str | None
    expires_at: datetime | None


@resource.post("/auth/mail-link", public=True, repeatable=False)
def ask_for_mail_link(body: LinkWanted) -> CodeSent:
    """Mail a link to an address, by which its person signs in within 15 minutes, once.

    The answer is the same whether somebody has verified the address or not.
    """
    _require_mail()
    _send(body, purpose="sign_in")
    return {"message": _("If an account has confirmed this address, a link is on its way there.")}


@resource.post("/auth/password/mail-link", public=True, repeatable=False)
def ask_for_password_link(body: LinkWanted) -> CodeSent:
    """Mail a link to an address, by which its person signs in and sets a new password.

    A program uses its token as that of any link (`POST /auth/mail-link/use`), and then sets the password
    (`PUT /me/password`); a browser that opens the link shows the form. The answer is the same whether somebody has
    verified the address or not.
    """
    _require_mail()
    if not settings().passwords:
        raise NotFound
    _send(body, purpose="password")
    return {"message": _("If an account has confirmed this address, a link is on its way there.")}


@resource.post("/auth/mail-link/use", public=True, repeatable=False, keeps_refusals=True)
def sign_in_with_mail_link(body: LinkOpened) -> Tokens:
    """Sign in with the token of a link. A used, void or late one is a 401."""
    _require_mail()
    program = this_program(body.installation, body.timezone)
    count_attempt(program)
    try:
        result = links.use_link(body.token, program)
    except NotFound as error:
        raise Unauthorized(error.message) from None
    if result.person is None:
        raise Unauthorized(links.refusal_of(result))
    return tokens_as_data(signing_in.open_tokens(result.person))


@resource.get("/me/email/verification")
def read_verification() -> Verification:
    """Return your address, and the one that waits to be verified."""
    return _verification(profile.waiting_link(me()))


@resource.post("/me/email/verification", repeatable=False)
def verify_address(body: AddressWanted) -> Verification:
    """Mail a link to an address, which becomes yours once you have followed it; it needs a proof of the last five minutes.

    Who reads its mail may sign in, as with a number (`POST /auth/proof`).
    """
    if not has_proved(me()):
        raise Forbidden(_("First confirm that it's you, with a fresh code."))
    form = valid_form(forms.EmailForm, {"email": body.email})
    return _verification(actions.request_verification(me(), form.email.data))


@resource.post("/me/email/verification/confirm", repeatable=False)
def confirm_address(body: VerificationToken) -> Me:
    """Make the address yours, by the token of the link that was mailed to it."""
    actions.verify_email(me(), body.token)
    db.session.flush()
    return me_as_data(me())


@resource.delete("/me/email")
def remove_address() -> None:
    """Remove your address, and void a link that waits."""
    actions.remove_email(me())


def _send(body: LinkWanted, *, purpose: str) -> None:
    program = this_program(body.installation)
    address = valid_form(MailLinkForm, {"email": body.email}).email.data
    next_path = url_for("passwords.edit") if purpose == "password" else "/"
    links.send_link(address, program, signing_in.secret_of(program), next_path, purpose=purpose)


def _verification(link: EmailVerification | None) -> Verification:
    return {
        "email": me().email,
        "waiting": link.address if link else None,
        "expires_at": link.expires_at if link else None,
    }


def _require_mail() -> None:
    if not queries.mail_links_are_sent():
        raise NotFound
