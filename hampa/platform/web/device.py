"""The cookie by which a browser is known again: a random token, signed, that opens nothing.

Whoever was let in here before is recognised by it, so that limits for strangers need not be theirs.
"""

from __future__ import annotations

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

LONGEST_A_BROWSER_KEEPS = 400 * 24 * 3600
"""Seconds; browsers cut longer ones down to this."""


def token() -> str | None:
    """The token in this browser's cookie; None when there is none, or somebody made it up."""
    try:
        found = _signer().loads(request.cookies.get(_name(), ""))
    except BadSignature:
        return None
    return found if isinstance(found, str) else None


def remember(answer: Response, token: str) -> None:
    """Let the browser keep the token, from now on for as long as it keeps anything."""
    answer.set_cookie(
        _name(),
        str(_signer().dumps(token)),
        max_age=LONGEST_A_BROWSER_KEEPS,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def _name() -> str:
    """As the session's cookie, with what `__Host-` asks for where there is HTTPS."""
    return f"{current_app.config['SESSION_COOKIE_NAME']}-device"


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="hampa.device")
