"""Signing in and out: codes, access and refresh tokens."""

import uuid
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.shapes import Me, me_as_data
from hampa.auth import code_flow, queries as auth
from hampa.auth.actions import sessions
from hampa.auth.actions.codes import CodeResult
from hampa.auth.actions.entering import Browser
from hampa.auth.forms import CodeForm, PhoneForm
from hampa.platform.api.codes import Unauthorized, WrongCode
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body
from hampa.platform.api.tokens import Bearer, bearer
from hampa.platform.errors import Forbidden, Refused
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.security.ip_addresses import network_of
from hampa.platform.web.session import me
from hampa.tokens import queries
from hampa.tokens.actions import personal, proving, refreshing, signing_in
from hampa.tokens.actions.signing_in import TokenPair
from hampa.tokens.models import REFRESH_LIFETIME

resource = Resource("auth", _l("Signing in and out"))

Phone = Annotated[str, Field(max_length=40, description="A mobile number, in any way that people write it.")]
Code = Annotated[str, Field(max_length=40, description="The six digits of the SMS.")]
Installation = Annotated[
    str | None,
    Field(
        min_length=20,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="A random text that your program makes once and keeps. It binds codes to this installation, from "
        "whatever network it asks, and lets the number's owner in however many wrong codes others have typed. Without it, "
        "a code is bound to the network and the `User-Agent` that asked for it.",
    ),
]


class CodeWanted(Body):
    """The number that gets the code."""

    phone: Phone
    installation: Installation = None


class CodeTyped(Body):
    """The number and the code that it got."""

    phone: Phone
    code: Code
    installation: Installation = None
    timezone: str = Field("", max_length=60, description="The IANA zone of a new person, such as Asia/Tehran.")
    stays: bool = Field(False, description="Whether a person who is leaving cancels the deletion of the account.")


class CodeAlone(Body):
    """The code that was sent."""

    code: Code


class RefreshWanted(Body):
    """The refresh token."""

    refresh_token: str = Field(max_length=200)


class CodeSent(TypedDict):
    """What is said to anybody, whether the number has an account or not."""

    message: str


class Tokens(TypedDict):
    """The tokens of a session, and its person."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    refresh_expires_in: int
    session_id: uuid.UUID
    person: Me


class Whoami(TypedDict):
    """The person of a token, and what it allows; the number is shown where the token may see the profile."""

    id: uuid.UUID
    name: str
    phone: str | None
    handle: str | None
    avatar: str | None
    locale: Literal["fa", "en"]
    is_operator: bool
    scopes: list[str]
    session_id: uuid.UUID | None
    token_id: uuid.UUID | None


@resource.post("/auth/otp", public=True, repeatable=False, has_own_limit=True)
def ask_for_code(body: CodeWanted) -> CodeSent:
    """Send a code to a number.

    The answer is the same for every number that can get one. The code is good for five minutes, and for the program that
    asked; asking again takes a wait, which grows.
    """
    phone = valid_form(PhoneForm, {"phone": body.phone}).phone.data
    signing_in.send_code(phone, this_program(body.installation))
    return {"message": _("We have sent a code to this number. It may take a moment.")}


@resource.post("/auth/verify", public=True, repeatable=False, keeps_refusals=True, has_own_limit=True, statuses=(403,))
def sign_in_with_code(body: CodeTyped) -> Tokens:
    """Sign in with the code that a number got.

    The person is made if the number is new. A wrong, spent or late code is a 401 with the tries that are left. A person
    who is deleting the account gets a 403, and is let in with the same code and `stays`.
    """
    phone = valid_form(PhoneForm, {"phone": body.phone}).phone.data
    program = this_program(body.installation, body.timezone)
    program = replace(program, likely_timezone=code_flow.likely_timezone(phone, None))
    result = signing_in.sign_in_with_code(phone, digits_of(body.code), program, stays=body.stays)
    if result.person is None:
        raise refused_sign_in(result)
    return tokens_as_data(signing_in.open_tokens(result.person))


@resource.post("/auth/refresh", public=True, repeatable=False, keeps_refusals=True, has_own_limit=True)
def refresh_tokens(body: RefreshWanted) -> Tokens:
    """Exchange a refresh token for new tokens.

    Each is used once. When the answer is lost, the same one gets the same next one for ten seconds; any older one has
    been copied, and ends the session with all its tokens.
    """
    result = refreshing.refresh(body.refresh_token, network_of(this_program().address))
    if result.token is None or result.person is None or result.session_id is None:
        raise Unauthorized(
            _("This refresh token was used before, so its session has been ended. Sign in again.")
            if result.was_old
            else _("This refresh token is not valid, or no longer. Sign in again.")
        )
    return tokens_as_data(signing_in.pair_of(result.person, result.session_id, result.token))


@resource.post("/auth/logout", public=True, repeatable=False)
def sign_out() -> None:
    """End the session of the token, or the personal token itself; all else that came with it ends within a second."""
    found = _any_bearer()
    if found.session_id is not None:
        sessions.end_session(auth.session_of(found.person, found.session_id))
    elif found.token_id is not None:
        personal.end_token(queries.token_of(found.person, found.token_id))


@resource.get("/auth/me", public=True)
def who_am_i() -> Whoami:
    """Return the person of the token, and what it allows; any good token will do."""
    found = _any_bearer()
    person = found.person
    return {
        "id": person.id,
        "name": person.name,
        "phone": person.phone if found.allows("me:read") else None,
        "handle": person.handle,
        "avatar": person.avatar,
        "locale": person.locale,
        "is_operator": person.is_operator,
        "scopes": sorted(found.scopes),
        "session_id": found.session_id,
        "token_id": found.token_id,
    }


@resource.post("/auth/proof/code", repeatable=False)
def ask_for_proof() -> CodeSent:
    """Send a code to your own number, for what an open session alone must not be enough for."""
    proving.send_code(me().phone, "prove", this_program(), me().session_id)
    return {"message": _("We have sent a code to your number.")}


@resource.post("/auth/proof", repeatable=False, keeps_refusals=True)
def prove(body: CodeAlone) -> None:
    """Show with the code that it is you; it counts for five minutes."""
    result = proving.check_code(digits_of(body.code), "prove", this_program(), me().session_id, me().phone)
    if result.code is None:
        raise refused_code(result)
    sessions.record_proof(me())


def digits_of(typed: str) -> str:
    """Return the six digits of a code as people type them. Raise Invalid if they are no six digits."""
    return str(valid_form(CodeForm, {"code": typed}).code.data)


def refused_code(result: CodeResult) -> Refused:
    """Return the refusal of a code that was typed during a session."""
    return Refused(_words(result), "code")


def _words(result: CodeResult) -> str:
    if result.outcome == "wrong":
        return code_flow.wrong_code_message(result.attempts_left)
    return str(code_flow.REJECTIONS.get(result.outcome, code_flow.REJECTIONS["late"]))


def refused_sign_in(result: CodeResult) -> WrongCode | Forbidden:
    """Return why nobody is let in; what is said of an account is said to who has its number."""
    if result.outcome == "leaving":
        return Forbidden(_("This account is being deleted. Send the same code with stays to keep it."))
    if result.outcome == "shut_out" and result.until is not None:
        return Forbidden(_("Your account is suspended until %(when)s.", when=dates.when(result.until)))
    if result.outcome == "shut_out":
        return Forbidden(_("This account has been suspended. Write to the operators of this site."))
    return WrongCode(_words(result), result.attempts_left)


def this_program(installation: str | None = None, timezone: str = "") -> Browser:
    """Return the program that sent the request."""
    return signing_in.as_program(code_flow.current_browser(timezone), installation)


def _any_bearer() -> Bearer:
    found = bearer()
    if found is None:
        raise Unauthorized(_("This needs a token: send it in the header Authorization, after the word Bearer."))
    return found


def tokens_as_data(pair: TokenPair) -> Tokens:
    """Return the tokens of a session as data."""
    return {
        "access_token": pair.access_token,
        "refresh_token": pair.refresh_token,
        "token_type": "Bearer",
        "expires_in": pair.expires_in,
        "refresh_expires_in": int(REFRESH_LIFETIME.total_seconds()),
        "session_id": pair.session_id,
        "person": me_as_data(pair.person),
    }
