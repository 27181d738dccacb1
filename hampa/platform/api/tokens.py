"""Bearers: who is behind the token of a request, and what the token lets them do.

How a token is read is registered by the feature that gives tokens out (`register_bearer`).
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import g, request

from hampa.platform.api.codes import Unauthorized
from hampa.platform.errors import Forbidden
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web.session import Visitor

ALL: Final = "all"
"""The scope of a token that may do everything its person may."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """The person of a token, as their session would be loaded; the session that ends with it, and its scopes."""

    person: Any
    session_id: uuid.UUID | None
    scopes: frozenset[str]
    token_id: uuid.UUID | None = None
    """The id of a personal access token; None for one of a session."""

    def allows(self, scope: str) -> bool:
        """Return whether the token lets its person do what needs this scope."""
        return scope in self.scopes or ALL in self.scopes


_current_g = g._get_current_object

Resolve = Callable[[str], Bearer | None]
_resolve: Resolve | None = None


def register_bearer(resolve: Resolve) -> Resolve:
    """Register the function that returns the bearer of a token, or None for one that is not good (any more)."""
    global _resolve
    _resolve = resolve
    return resolve


def bearer() -> Bearer | None:
    """Return the bearer of this request, or None if it has no token."""
    found: Bearer | None = _current_g().get("api_bearer")
    return found


def take_bearer() -> Bearer | None:
    """Read the token of the request, let its person be `me()`, and return its bearer, or None without a token.

    Raise Unauthorized for one that is not good, also where none is needed.
    """
    known = _current_g()
    known._login_user = Visitor()
    header = request.headers.get("Authorization", "")
    if not header:
        return None
    kind, _space, token = header.partition(" ")
    found = _resolve(token.strip()) if _resolve is not None and kind.lower() == "bearer" else None
    if found is None:
        raise Unauthorized(_("This token is not valid, or no longer. Sign in again, or refresh it."))
    known.api_bearer, known._login_user = found, found.person
    return found


def require(scope: str | None) -> None:
    """Raise Unauthorized if the request has no token, and Forbidden if it lacks the scope; None needs neither."""
    if scope is None:
        return
    found = bearer()
    if found is None:
        raise Unauthorized(_("This needs a token: send it in the header Authorization, after the word Bearer."))
    if not found.allows(scope):
        raise Forbidden(_("This token may not do that: it lacks the scope %(scope)s.", scope=scope))
