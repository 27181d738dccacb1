"""Headers that every answer carries: own origin only, nothing inline, nothing guessed."""

from __future__ import annotations

from flask import Flask, Response, request

from hampa.platform.web.pages import FRAGMENT_HEADERS

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

DASHBOARD_POLICY = POLICY.replace(
    "script-src 'self'; style-src 'self'",
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'",
)

NO_CAMERA, CAMERA = (f"geolocation=(self), camera={who}, otp-credentials=(self)" for who in ("()", "(self)"))

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": NO_CAMERA,
}


def init_app(app: Flask, *, https: bool) -> None:
    """Put the headers on every answer; over HTTPS also tell browsers to stay there."""

    @app.after_request
    def add_headers(answer: Response) -> Response:
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        if https:
            answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.endpoint != "static":
            if answer.mimetype == "text/html":
                answer.vary.update((*FRAGMENT_HEADERS, "Cookie", "Accept-Language"))
            answer.headers.setdefault("Cache-Control", "private, no-cache")
        return answer


def let_camera(answer: Response) -> Response:
    """The answer as a page that may ask for the camera, which no other may."""
    answer.headers["Permissions-Policy"] = CAMERA
    return answer


def let_inline_scripts(answer: Response) -> Response:
    """Return the answer with the policy that rq-dashboard's pages need; no page of our own gets it (docs/adr/0004)."""
    answer.headers["Content-Security-Policy"] = DASHBOARD_POLICY
    return answer
