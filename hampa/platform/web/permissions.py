"""Permissions of views. Every route has one of these marks; a house test checks it.

Whether a person may see or change a thing is decided where the thing is fetched (`run_for(person, id)`).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, make_response, request, url_for
from flask_login import current_user

from hampa.platform.errors import NotFound
from hampa.platform.web import pages
from hampa.platform.web.session import me

View = Callable[..., Any]


def public(view: View) -> View:
    """Let everybody see the page."""
    view.permission = "public"  # type: ignore[attr-defined]
    return view


def machines(view: View) -> View:
    """Let machines call the view, which checks their proof itself (`csrf.checks_itself`)."""
    view.permission = "machines"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Let people who are signed in see the page; others are redirected to sign in and back again."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if me() is not None:
            return view(*args, **kwargs)
        return _redirect_to_login(getattr(view, "pressed", None), kwargs)

    guarded.permission = "signed_in"  # type: ignore[attr-defined]
    return guarded


def operator_only(view: View) -> View:
    """Let operators see the page; for other people who are signed in it does not exist (404)."""

    @wraps(view)
    def for_operators(*args: Any, **kwargs: Any) -> Any:
        if not current_user.is_operator:
            raise NotFound
        return view(*args, **kwargs)

    guarded = signed_in(for_operators)
    guarded.permission = "operator_only"  # type: ignore[attr-defined]
    return guarded


def asks_first(*questions: str) -> Callable[[View], View]:
    """Mark a view whose POST needs answers about the person: "name", which others see with it, or "gender".

    The answers are taken from fields beside those of the view's own form; a missing name is asked for (`profile.views`).
    """

    def mark(view: View) -> View:
        view.questions = questions  # type: ignore[attr-defined]
        return view

    return mark


def presses(act: Callable[..., str]) -> Callable[[View], View]:
    """Mark a view whose POST is an act of `platform.web.intents`: `act` returns its text from the view's arguments.

    A person whose session has ended finds it done when they have signed in again.
    """

    def mark(view: View) -> View:
        view.pressed = act  # type: ignore[attr-defined]
        return view

    return mark


def _redirect_to_login(act: Callable[..., str] | None, arguments: dict[str, Any]) -> Response:
    """Redirect to `/login` and from there back to this page, or to the page of the form or fragment."""
    if request.method in ("GET", "HEAD") and not pages.wants_fragment():
        back = request.full_path if request.query_string else request.path
    else:
        back = pages.referring_path("/")
    pressed = act(**arguments) if act is not None and request.method == "POST" else None
    target = url_for("auth.login", next=None if pressed else back, act=pressed)
    if pages.wants_fragment():
        answer = make_response("", 401)
        answer.headers["HX-Redirect"] = target
        return answer
    return pages.redirect(target)
