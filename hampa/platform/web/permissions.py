"""Who may come in. Every route carries one of these marks; a house test looks.

Whether a person may see or change a certain thing is asked where the thing is fetched
(`run_for(person, id)`), not here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask_login import current_user

from hampa.platform.errors import NotFound

View = Callable[..., Any]


def public(view: View) -> View:
    """Anybody may come; what they see is up to the queries."""
    view.permission = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Only who is signed in; others are sent to sign in and back again (303)."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not current_user.is_authenticated:
            return ask_to_sign_in()
        return view(*args, **kwargs)

    guarded.permission = "signed_in"  # type: ignore[attr-defined]
    return guarded


def operator_only(view: View) -> View:
    """Only operators; to others there is no such page (404)."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not current_user.is_authenticated:
            return ask_to_sign_in()
        if not current_user.is_operator:
            raise NotFound
        return view(*args, **kwargs)

    guarded.permission = "operator_only"  # type: ignore[attr-defined]
    return guarded


def ask_to_sign_in() -> Any:
    """On to `/login`, and back here afterwards; a form's POST comes back to its page."""
    from flask import make_response, request, url_for

    from hampa.platform.web import pages

    if request.method in ("GET", "HEAD") and not pages.wants_fragment():
        back = request.full_path if request.query_string else request.path
    else:
        back = pages.safe_next(_path_of(request.referrer), "/")
    target = url_for("auth.login", next=back)
    if pages.wants_fragment():
        answer = make_response("", 401)
        answer.headers["HX-Redirect"] = target
        return answer
    return pages.redirect(target)


def _path_of(referrer: str | None) -> str | None:
    from urllib.parse import urlsplit

    from flask import request

    if not referrer:
        return None
    parts = urlsplit(referrer)
    if parts.netloc != request.host:
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")
