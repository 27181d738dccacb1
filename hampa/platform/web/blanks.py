"""Blanks in parts of pages that many viewers share: the token and the random id of a form, filled in for each viewer.

A part with a form can so be rendered once. The blanks are texts of the secret of the site, which
nobody can write, and the same in all processes, which share parts.
"""

import re
import uuid
from functools import lru_cache
from time import time

from flask import Flask, current_app, g, session as cookie
from flask_wtf.csrf import generate_csrf
from itsdangerous import URLSafeTimedSerializer
from markupsafe import Markup

from hampa.platform.security import crypto
from hampa.platform.web import session

MOST_TOKENS = 1_000
_current_g = g._get_current_object
_TOKEN = _SUBMISSION = ""
_SUBMISSIONS = re.compile("$")


def csrf_token() -> str:
    """Return the token of the viewer's forms; in a part that many viewers share, a blank for it."""
    if session.is_without_viewer():
        return _TOKEN
    known = _current_g()
    if "csrf_token" not in known:
        raw = cookie.get("csrf_token")
        if type(raw) is not str:
            return str(generate_csrf())
        known.csrf_token = _signed(current_app.secret_key, raw, int(time() // 60))
    return str(known.csrf_token)


@lru_cache(MOST_TOKENS)
def _signed(secret: str, raw: str, _minute: int) -> str:
    """Return the token of a session as Flask-WTF signs it, the same for a minute."""
    return str(URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(raw))


def new_submission() -> str:
    """Return the random id of a form that is about to be shown; in a part that many viewers share, a blank for it."""
    return _SUBMISSION if session.is_without_viewer() else uuid.uuid4().hex


def fill(part: Markup) -> Markup:
    """Return a shared part with its blanks filled in for the viewer; inside another shared part, as it is."""
    if _TOKEN not in part or session.is_without_viewer():
        return part
    text = str(part).replace(_TOKEN, csrf_token())
    return Markup(_SUBMISSIONS.sub(lambda _blank: new_submission(), text))  # noqa: S704 - a part that Jinja has escaped


def init_app(app: Flask) -> None:
    """Let templates use the token and the id; the token in the place of Flask-WTF's own function."""
    global _TOKEN, _SUBMISSION, _SUBMISSIONS
    if not _TOKEN:
        with app.app_context():
            blanks = crypto.derive_key("blanks of shared parts").hex()
        _TOKEN, _SUBMISSION = blanks[:32], blanks[32:]
        _SUBMISSIONS = re.compile(_SUBMISSION)
    app.jinja_env.globals.update(csrf_token=csrf_token, new_submission=new_submission)
