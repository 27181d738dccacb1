"""Codes as pages ask for them: what we know of the browser, and which code it waits for."""

from __future__ import annotations

import secrets
import uuid

from flask import request, session as cookie

from hampa.auth import queries
from hampa.auth.actions import codes
from hampa.auth.models import SignInCode
from hampa.platform.errors import NotFound
from hampa.platform.locale import i18n, zones
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, ngettext
from hampa.platform.security.ip_addresses import network_of
from hampa.platform.web import device

WHY_NOT = {
    "late": _l("That code came too late. Ask for a new one."),
    "spent": _l("That was one wrong try too many for this code. Ask for a new one."),
    "newer": _l("A newer code was sent to this number, so the one before it is void."),
    "used": _l("That code has been used already. Ask for a new one."),
}
"""Why a code opens nothing, by how its answer turned out."""


def browser(timezone: str = "") -> codes.Browser:
    """The browser that this request comes from."""
    return codes.Browser(
        address=request.remote_addr or "",
        user_agent=request.user_agent.string,
        locale=i18n.get_locale_code(),
        # There are zones without a name to show, which no browser is in.
        timezone=zones.listed(timezone) or "",
        device_token=device.token(),
    )


def ask(phone: str, purpose: str, next_path: str = "/", wording: str = "") -> tuple[SignInCode, str]:
    """Have a code sent for this browser; the code, and the secret to `remember` once that is committed.

    Raises `TooFast`.
    """
    secret = secrets.token_urlsafe(24)
    return codes.send_code(phone, browser(), secret, next_path, purpose, wording), secret


def remember(code: SignInCode, secret: str) -> None:
    """Let this browser wait for this code."""
    cookie[code.purpose] = [str(code.id), secret]
    cookie.permanent = True  # a phone may close the browser while its owner reads the SMS


def pending(purpose: str = "sign_in") -> SignInCode | None:
    """The code that this browser asked for last, in whatever state."""
    try:
        code_id, secret = cookie[purpose]
        return queries.code_for(uuid.UUID(code_id), secret, purpose)
    except (KeyError, NotFound):
        return None


def secret_of(purpose: str = "sign_in") -> str:
    """What binds the pending code to this browser."""
    return str(cookie[purpose][1])


def forget(purpose: str) -> None:
    """Wait for no code of this purpose any more."""
    cookie.pop(purpose, None)


def seconds_to_next(code: SignInCode) -> int:
    """How long this browser has to wait before another code can go to the same number."""
    return queries.seconds_to_next_code(code.phone, network_of(request.remote_addr), device.token())


def answered(purpose: str, typed: str, sent_to: str | None = None) -> tuple[SignInCode | None, str]:
    """The pending code when what was typed is right; else None and why not, in words. To be committed either way.

    With `sent_to` it must have gone to that number (E.164). Raises `TooFast` while wrong codes have to wait.
    """
    code = pending(purpose)
    if code is None or sent_to not in (None, code.phone):
        return None, _("Ask for a code first.")
    answer = codes.check_code(code.id, secret_of(purpose), typed, browser(), purpose)
    if answer.how == "wrong":
        return None, wrong_code(answer.attempts_left)
    return answer.code, str(WHY_NOT.get(answer.how, ""))


def wrong_code(attempts_left: int) -> str:
    """What to say of a wrong code."""
    return ngettext(
        "This is not the code we sent; you have %(num)d try left.",
        "This is not the code we sent; you have %(num)d tries left.",
        attempts_left,
    )
