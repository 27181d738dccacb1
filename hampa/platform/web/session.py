"""Sign-in state: Flask-Login, whose id is the session's token and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, session
from flask_login import AnonymousUserMixin, LoginManager, current_user, login_user, logout_user

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


def enter(person: Any) -> None:
    """From now on this browser is signed in by `person.get_id()`; what its cookie held before is gone."""
    session.clear()
    session.permanent = True
    login_user(person)
    # Flask-Login adds a hash of address and browser, for a protection that is off: people change networks.
    session.pop("_id", None)


def leave() -> None:
    """From now on nobody is signed in in this browser."""
    logout_user()
    session.clear()
