"""Sign-in state: Flask-Login, whose id is the session's token and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_login import AnonymousUserMixin, LoginManager, current_user

login_manager = LoginManager()
login_manager.session_protection = None


class Visitor(AnonymousUserMixin):
    """Who is not signed in: no name, no rights, the site's own language and calendar."""

    id = None
    is_operator = False
    locale = None
    timezone = None
    calendar = None
    units = "km"


login_manager.anonymous_user = Visitor


def init_app(app: Flask, load: Callable[[str], Any]) -> None:
    """Let Flask-Login find who is signed in: `load(token)` gives the person or None."""
    login_manager.init_app(app)
    login_manager.user_loader(load)


def me() -> Any:
    """The person who is signed in, or None for a visitor."""
    return current_user._get_current_object() if current_user.is_authenticated else None
