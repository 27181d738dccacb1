"""Codes that a program asks for during a session: a fresh proof, a new number, the end of an account."""

import uuid

from hampa.auth.actions import codes
from hampa.auth.actions.codes import CodeResult
from hampa.auth.actions.entering import Browser
from hampa.auth.models import SignInCode
from hampa.platform.security.crypto import keyed_hash
from hampa.tokens import queries


def send_code(phone: str, purpose: str, program: Browser, session_id: uuid.UUID, wording: str = "") -> SignInCode:
    """Send a code for a purpose to a number (E.164), which is good in this session alone. Raise TooFast."""
    return codes.send_code(phone, program, _secret_of(session_id), purpose=purpose, wording=wording)


def check_code(
    digits: str, purpose: str, program: Browser, session_id: uuid.UUID, sent_to: str | None = None
) -> CodeResult:
    """Check the digits of the last code that was sent for a purpose in this session.

    With `sent_to` it must have gone to that number (E.164). A wrong answer is counted in this transaction. Raise TooFast.
    """
    secret = _secret_of(session_id)
    code = queries.latest_code(secret, purpose, sent_to)
    if code is None:
        return CodeResult("late", "/")
    return codes.check_code(code.id, secret, digits, program, purpose)


def _secret_of(session_id: uuid.UUID) -> str:
    return keyed_hash("program session", str(session_id))
