"""Sign a program in: a code for a number, then tokens of a session."""

import uuid
from dataclasses import dataclass, replace

from hampa.auth.actions import codes
from hampa.auth.actions.codes import CodeResult
from hampa.auth.actions.entering import Browser
from hampa.auth.models import SignInCode
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.api.tokens import ALL
from hampa.platform.security import access_tokens
from hampa.platform.security.crypto import keyed_hash
from hampa.platform.security.ip_addresses import network_of
from hampa.tokens import queries
from hampa.tokens.actions.refreshing import first_refresh_token


@dataclass(frozen=True)
class TokenPair:
    """What a program gets of a sign-in or a refresh; `expires_in` are the seconds that the access token is good for."""

    access_token: str
    refresh_token: str
    expires_in: int
    person: Person
    session_id: uuid.UUID


def send_code(phone: str, program: Browser) -> SignInCode:
    """Send a code for signing in to a number (E.164), to be typed into this program. Raise TooFast as for browsers."""
    return codes.send_code(phone, program, secret_of(program))


def sign_in_with_code(phone: str, digits: str, program: Browser, *, stays: bool = False) -> CodeResult:
    """Check the digits of the last code that this program asked for, and open a session of the person.

    A person who is leaving gets the outcome `leaving`, and is let in when the same digits come again with `stays`. What
    the check has counted must be committed, whatever the outcome.
    """
    secret = secret_of(program)
    code = queries.latest_code(secret, "sign_in", phone)
    if code is None:
        return CodeResult("late", "/")
    if code.ended_as == "asked" and stays:
        return _stay(code, secret, digits, program)
    return codes.sign_in_with_code(code.id, secret, digits, program)


def _stay(code: SignInCode, secret: str, digits: str, program: Browser) -> CodeResult:
    if not codes.are_digits_of(code, digits):
        code.end("spent", clock.now())  # one try: these digits have been typed right before
        return CodeResult("spent", "/")
    return codes.cancel_deletion(code.id, secret, program)


def open_tokens(person: Person) -> TokenPair:
    """Return the first tokens of the session of a program that has just been opened for the person."""
    if person.session_id is None:
        raise LookupError("no session was opened")
    return pair_of(person, person.session_id, first_refresh_token(person.session_id))


def pair_of(person: Person, session_id: uuid.UUID, refresh_token: str) -> TokenPair:
    """Return the tokens of a session, with a new access token."""
    role = "operator" if person.is_operator else "person"
    access_token = access_tokens.encode(person.id, session_id, [ALL], role)
    return TokenPair(access_token, refresh_token, access_tokens.lifetime(), person, session_id)


def secret_of(program: Browser) -> str:
    """Return the secret that binds a code to the program that asked for it.

    A program that has made itself a secret (its device token) is known by that alone. Any other is known by its network
    and its name, so that the code is of no use to a stranger elsewhere, who can't use its tries up either.
    """
    if program.device_token:
        return keyed_hash("program", program.device_token)
    return keyed_hash("program", network_of(program.address), program.user_agent)


def as_program(browser: Browser, installation: str | None) -> Browser:
    """Return the sender of a request as a program, with the secret that it has made itself, if any."""
    return replace(browser, is_program=True, device_token=installation)
