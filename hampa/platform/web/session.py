"""Sign-in by Flask-Login, whose id is the token of the session."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from hashlib import sha1, sha256
from time import time
from typing import Any

from flask import Flask, Request, Response, after_this_request, g, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_login import AnonymousUserMixin, LoginManager, current_user, login_user, logout_user
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.http import parse_cookie

from hampa.platform.web.headers import vary_by

MOST_COOKIES = 1_000
"""Cookies whose signature is checked once: the browsers of some minutes."""
_UNCHANGEABLE = frozenset({str, int, bool, type(None)})
_without_viewer: ContextVar[bool] = ContextVar("without_viewer", default=False)
_current_g = g._get_current_object


class Visitor(AnonymousUserMixin):
    """A person who is not signed in, with the language and calendar of the site."""

    id = None
    is_operator = False
    locale = None
    timezone = None
    calendar = None
    units = "km"


class Login(LoginManager):
    """Flask-Login without what this site does not use: cookies that outlast a session, sessions bound to an address."""

    def init_app(self, app: Flask, add_context_processor: bool = False) -> None:
        """Set the app up."""
        app.login_manager = self  # type: ignore[attr-defined]

    def _load_user(self) -> None:
        """Load the person of the session, which is all that says who is signed in."""
        token = session.get("_user_id")
        person = None if token is None else self._user_callback(token)
        _current_g()._login_user = Visitor() if person is None else person


login_manager = Login()
login_manager.session_protection = None
login_manager.anonymous_user = Visitor


class SessionInterface(SecureCookieSessionInterface):
    """Keeps the session in a signed cookie, which no cache that many people share may keep with an answer."""

    digest_method = staticmethod(sha1)

    def __init__(self) -> None:
        self._serializers: dict[Any, URLSafeTimedSerializer | None] = {}

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the serializer of the app's key, which is made once."""
        if app.secret_key not in self._serializers:
            self._serializers[app.secret_key] = super().get_signing_serializer(app)
        return self._serializers[app.secret_key]

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of a request's cookie; one that has none is not searched for it."""
        if "HTTP_COOKIE" not in request.environ and app.secret_key:
            return self.session_class()
        value = request.cookies.get(self.get_cookie_name(app))
        serializer = self.get_signing_serializer(app)
        if not value or serializer is None:
            return super().open_session(app, request)
        try:
            signed_at, plain = _read_cookie(serializer, value)
        except BadSignature:
            return self.session_class()
        if plain is None or not 0 <= time() - signed_at <= app.permanent_session_lifetime.total_seconds():
            return super().open_session(app, request)
        return self.session_class(dict(plain))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie when it is due; an answer that sets any is for this browser alone."""
        if not (session or session.accessed or session.modified):
            pass
        elif session.accessed and not session.modified and not app.config["SESSION_REFRESH_EACH_REQUEST"]:
            vary_by(response, ("Cookie",))
        else:
            super().save_session(app, session, response)
        if "Set-Cookie" in response.headers and response.cache_control.public:
            response.headers["Cache-Control"] = "private, no-store"


@lru_cache(MOST_COOKIES)
def _read_cookie(serializer: URLSafeTimedSerializer, value: str) -> tuple[float, tuple[tuple[str, Any], ...] | None]:
    """Return when a cookie was signed, and what it holds, None unless that is all unchangeable. Raise BadSignature."""
    held, signed_at = serializer.loads(value, return_timestamp=True)
    is_plain = isinstance(held, dict) and all(type(part) in _UNCHANGEABLE for part in held.values())
    return signed_at.timestamp(), tuple(held.items()) if is_plain else None


def init_app(app: Flask, load: Callable[[str], Any]) -> None:
    """Have Flask-Login load the person by `load(token)`, which returns None for an unknown token."""
    app.session_interface = SessionInterface()
    login_manager.init_app(app)

    def load_or_leave(token: str) -> Any:
        person = load(token)
        if person is None:  # the session was ended elsewhere, or its person was suspended
            session.pop("_user_id", None)
            after_this_request(clear_browser_cache)
        return person

    login_manager.user_loader(load_or_leave)


def me() -> Any:
    """Return the person who is signed in, or None. Raise RuntimeError inside `without_viewer`."""
    if _without_viewer.get():
        raise RuntimeError("a part of a page that many viewers share asks who looks: pass it nothing of the viewer")
    # Pages ask this often: the person is looked up where Flask-Login keeps them, past its proxies.
    user = vars(_current_g()).get("_login_user")
    if user is None:
        user = current_user._get_current_object()
    return user if user is not None and user.is_authenticated else None


def is_without_viewer() -> bool:
    """Return whether this is inside `without_viewer`."""
    return _without_viewer.get()


@contextmanager
def without_viewer() -> Iterator[None]:
    """Inside the block nothing can depend on who is signed in, nor hold the token of their forms."""
    token, kept = g.pop("csrf_token", None), _without_viewer.set(True)
    try:
        yield
        if "csrf_token" in g:
            raise RuntimeError("a part of a page that many viewers share has the token of a form")
    finally:
        _without_viewer.reset(kept)
        if token is not None:
            g.csrf_token = token


def mark() -> str:
    """Return a mark of the session for scripts, by which they notice that it has ended; "" for a visitor."""
    person = me()
    return _mark_of(person.session_id) if person else ""


@lru_cache(MOST_COOKIES)
def _mark_of(session_id: Any) -> str:
    return sha256(str(session_id).encode()).hexdigest()[:12]


def enter(person: Any) -> None:
    """Sign this browser in by `person.get_id()`, with a new session."""
    session.clear()
    session.permanent = True
    login_user(person)
    # Flask-Login adds a hash of address and browser, for a protection that is off: people change networks.
    session.pop("_id", None)


def leave() -> None:
    """Sign this browser out."""
    logout_user()
    session.clear()
    after_this_request(clear_browser_cache)


def clear_browser_cache(answer: Response) -> Response:
    """Have the browser forget the files and pages of this site that it keeps, also for going back; return the answer."""
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def was_signed_in(app: Flask, cookies: str) -> bool:
    """Return whether a Cookie header has a session that we signed for somebody lately; it may have ended since."""
    value = parse_cookie(cookies).get(app.config["SESSION_COOKIE_NAME"], "")
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    try:
        lifetime = int(app.permanent_session_lifetime.total_seconds())
        return serializer is not None and "_user_id" in serializer.loads(value, max_age=lifetime)
    except BadSignature:
        return False
