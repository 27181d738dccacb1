"""Blanks in parts of pages that many viewers share: the token and the random id of a form, filled in for each viewer.

A part with a form can so be rendered once. The blanks are texts of the secret of the site, which
nobody can write, and the same in all processes, which share parts.
"""

import re
import uuid

from flask import Flask
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from hampa.platform.security import crypto
from hampa.platform.web import session

_TOKEN = _SUBMISSION = ""
_SUBMISSIONS = re.compile("$")


def csrf_token() -> str:
    """Return the token of the viewer's forms; in a part that many viewers share, a blank for it."""
    return _TOKEN if session.is_without_viewer() else str(generate_csrf())


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
