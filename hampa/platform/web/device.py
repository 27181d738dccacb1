"""The cookie that recognises a browser: a random token, signed, that grants no access.

Limits for unknown browsers do not apply to one in which the person has signed in before.
"""

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

LIFETIME_SECONDS = 400 * 24 * 3600
"""The longest lifetime that browsers allow."""


def token() -> str | None:
    """Return the token in this browser's cookie, or None if there is none or its signature is wrong."""
    try:
        value = _signer().loads(request.cookies.get(_cookie_name(), ""))
    except BadSignature:
        return None
    return value if isinstance(value, str) else None


def remember(answer: Response, token: str) -> None:
    """Set the cookie with the token."""
    answer.set_cookie(
        _cookie_name(),
        str(_signer().dumps(token)),
        max_age=LIFETIME_SECONDS,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def _cookie_name() -> str:
    """Return a name that begins like the session's cookie, with `__Host-` over HTTPS."""
    return f"{current_app.config['SESSION_COOKIE_NAME']}-device"


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="hampa.device")
