"""Error pages: what went wrong, in the person's language, in the site's own look, with an id."""

from __future__ import annotations

import structlog
from flask import Flask, Response, g, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import BadRequest, HTTPException

from hampa.platform.database_errors import DatabaseTrouble, driver_error, statement_of, trouble_of
from hampa.platform.db import db
from hampa.platform.errors import DomainError, TooFast
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, session

log = structlog.get_logger(__name__)

RETRY_SECONDS = 5
SHOWN = (400, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 503, 507)


def init_app(app: Flask) -> None:
    """Answer every error with a page (or, to htmx, its fragment) of the site's own."""
    app.register_error_handler(DomainError, domain_error)
    app.register_error_handler(CSRFError, form_too_old)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(StaleDataError, lost_race)
    app.register_error_handler(SQLAlchemyError, database_error)
    app.register_error_handler(Exception, our_fault)
    app.before_request(refuse_unstorable_text)


def page(status: int, message: str = "", retry_after: int | None = None, name: str = "") -> Response:
    """The error page for a status, with `message` in place of the general words."""
    answer = pages.render(
        "errors/error.html",
        "error",
        status=status,
        code=status,
        message=message,
        retry_after=retry_after,
        name=name,
        back=form_before(),
        request_id=pages.request_id(),
    )
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def form_before() -> str | None:
    """Where the form was that had been sent, so that whoever sent it finds back; browsers say so to their own site."""
    host, _slash, path = (request.referrer or "").partition("://")[2].partition("/")
    if request.method != "POST" or host != request.host:
        return None
    return pages.safe_next(f"/{path}", "") or None


def domain_error(error: DomainError) -> Response:
    """A refusal that the code named itself."""
    db.session.rollback()
    retry_after = error.retry_after if isinstance(error, TooFast) else None
    return page(error.status, error.message, retry_after, error.name)


def form_too_old(error: CSRFError) -> Response:
    """A missing or wrong token: the form is from another session, or from elsewhere."""
    return page(400, _("This form is no longer valid. Go back, reload the page and send it once more."))


def http_error(error: HTTPException) -> Response:
    """An error that Flask or Werkzeug raised."""
    status = error.code or 500
    if status < 400:
        return error.get_response()  # type: ignore[return-value]
    if status not in SHOWN:
        status = 400 if status < 500 else 500
    answer = page(status)
    allow = getattr(error, "valid_methods", None)
    if allow:
        answer.headers["Allow"] = ", ".join(sorted(allow))
    return answer


def lost_race(error: StaleDataError) -> Response:
    """Two saved the same row at once, and this one came second."""
    log.info("row was changed by another transaction", route=_route(), exc_info=error)
    db.session.rollback()
    return page(409, _("Somebody else changed this a moment ago. Reload and try again."))


def database_error(error: SQLAlchemyError) -> Response:
    """Answer 409 to a conflict of locks, 503 to a database that is slow, busy or away, and 500 to all else.

    Nothing is tried again here: a view may have done something outside the transaction.
    """
    trouble = trouble_of(error)
    if trouble is DatabaseTrouble.FAULT:
        return our_fault(error)
    log.error(trouble.value, error=driver_error(error), statement=statement_of(error), route=_route(), exc_info=error)
    if trouble is DatabaseTrouble.CONTENTION:
        db.session.rollback()
        return page(409, _("Others were changing this at the same moment. Nothing was saved: please try again."))
    _forget_session()
    return page(503, _trouble_text(trouble), RETRY_SECONDS)


def _trouble_text(trouble: DatabaseTrouble) -> str:
    if trouble is DatabaseTrouble.TOO_SLOW:
        return _("This took too long, so we stopped it. Nothing was saved. Try again in a moment.")
    if trouble is DatabaseTrouble.BUSY:
        return _("A great many people are here right now. Try again in a moment.")
    return _("We can't reach our records right now. Try again in a moment.")


def our_fault(error: Exception) -> Response:
    """Something we did not foresee; it is logged, and Sentry hears of it."""
    from sentry_sdk import capture_exception

    _forget_session()
    capture_exception(error)
    log.error("unhandled error", route=_route(), exc_info=error)
    return page(500)


def _route() -> str | None:
    """Return the rule of the URL, not the path, which may be a link that opens something without signing in."""
    return request.url_rule.rule if request.url_rule else None


def _forget_session() -> None:
    """Let the page be made without the database: as for a visitor, in the language already known."""
    try:
        db.session.rollback()
    except Exception:  # the connection is gone; nothing is left to undo
        log.warning("the session could not be rolled back", exc_info=True)
        db.session.remove()
    g._login_user = session.Visitor()


def refuse_unstorable_text() -> None:
    """Refuse NUL bytes and broken UTF-8, which PostgreSQL can't store, before a view sees them."""
    texts = [request.path]
    for source in (request.args, request.form):
        for name, values in source.lists():
            texts.append(name)
            texts.extend(values)
    for text in texts:
        if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
            raise BadRequest
