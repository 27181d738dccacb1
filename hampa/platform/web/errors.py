"""Error pages, in the person's language and with the id of the request."""

import re
from collections.abc import Callable

import structlog
from flask import Flask, Response, current_app, g, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import BadRequest, HTTPException, RequestedRangeNotSatisfiable, RequestURITooLarge

from hampa.platform.database_errors import DatabaseTrouble, driver_error, statement_of, trouble_of
from hampa.platform.db import db
from hampa.platform.errors import DomainError, TooFast
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, ranges, session

log = structlog.get_logger(__name__)

_current_request = request._get_current_object  # type: ignore[attr-defined]
RETRY_SECONDS = 5
OTHERWISE = "hampa.errors_otherwise"
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
LONGEST_ADDRESS = 4_000
"""Bytes of a path and its query string; what our own pages link to has a few hundred."""
PAGES = (400, 403, 404, 405, 409, 410, 413, 414, 415, 416, 422, 429, 500, 503, 507)


def init_app(app: Flask) -> None:
    """Answer every error with a page of the site, or to htmx with its fragment."""
    app.register_error_handler(DomainError, domain_error)
    app.register_error_handler(CSRFError, csrf_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(StaleDataError, lost_race)
    app.register_error_handler(SQLAlchemyError, database_error)
    app.register_error_handler(Exception, unexpected_error)
    app.before_request(refuse_long_addresses)
    app.before_request(refuse_unstorable_text)


ErrorAnswer = Callable[[int, str, int | None, DomainError | None], Response]


def answer_otherwise(app: Flask, prefix: str, answer: ErrorAnswer) -> None:
    """Have errors below a path answered by `answer` instead of a page: with JSON, for programs.

    It takes the status, the message, the seconds to wait, and the domain error if it was one.
    """
    app.extensions[OTHERWISE] = prefix, answer


def page(status: int, message: str = "", retry_after: int | None = None, error: DomainError | None = None) -> Response:
    """Return the error page of a status, with `message` in place of its general text."""
    prefix, otherwise = current_app.extensions.get(OTHERWISE, (None, None))
    if prefix and request.path.startswith(prefix):
        return otherwise(status, message, retry_after, error)
    answer = pages.render(
        "errors/error.html",
        "error",
        status=status,
        code=status,
        message=message,
        retry_after=retry_after,
        name=error.name if error else "",
        back=form_before(),
        request_id=pages.request_id(),
    )
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def form_before() -> str | None:
    """Return the path of the page whose form was sent, for a link back to it, or None."""
    return (pages.referring_path("") or None) if request.method == "POST" else None


def domain_error(error: DomainError) -> Response:
    """Answer a domain error with its status and message."""
    db.session.rollback()
    retry_after = error.retry_after if isinstance(error, TooFast) else None
    return page(error.status, error.message, retry_after, error)


def csrf_error(error: CSRFError) -> Response:
    """Answer a missing or wrong token: the form is from another session or site."""
    return page(400, _("This form is no longer valid. Go back, reload the page and send it once more."))


def http_error(error: HTTPException) -> Response:
    """Answer an error that Flask or Werkzeug raised; codes below 400 are answers that are not errors."""
    status = error.code or 500
    if status < 400:
        return error.get_response()  # type: ignore[return-value]
    if status not in PAGES:
        status = 400 if status < 500 else 500
    answer = page(status)
    allow = getattr(error, "valid_methods", None)
    if allow:
        answer.headers["Allow"] = ", ".join(sorted(allow))
    if isinstance(error, RequestedRangeNotSatisfiable):
        ranges.say_length(answer.headers, error)
    return answer


def lost_race(error: StaleDataError) -> Response:
    """Answer 409 when another transaction has changed the same row first."""
    log.info("row was changed by another transaction", route=_route(), exc_info=error)
    db.session.rollback()
    return page(409, _("Somebody else changed this a moment ago. Reload and try again."))


def database_error(error: SQLAlchemyError) -> Response:
    """Answer 409 to a lock conflict, 410 when what was written to is deleted by now, 503 when the database is slow, busy or away, and 500 otherwise.

    The request is not retried: a view may have done something outside the transaction.
    """
    trouble = trouble_of(error)
    if trouble is DatabaseTrouble.FAULT:
        return unexpected_error(error)
    if trouble is DatabaseTrouble.GONE:
        log.info(trouble.value, statement=statement_of(error), route=_route(), exc_info=error)
        db.session.rollback()
        return page(410)
    log.error(trouble.value, error=driver_error(error), statement=statement_of(error), route=_route(), exc_info=error)
    if trouble is DatabaseTrouble.CONTENTION:
        db.session.rollback()
        return page(409, _("Others were changing this at the same moment. Nothing was saved: please try again."))
    _discard_session()
    message = _("We can't reach our records right now. Try again in a moment.")
    if trouble is DatabaseTrouble.TOO_SLOW:
        message = _("This took too long, so we stopped it. Nothing was saved. Try again in a moment.")
    elif trouble is DatabaseTrouble.BUSY:
        message = _("A great many people are here right now. Try again in a moment.")
    return page(503, message, RETRY_SECONDS)


def unexpected_error(error: Exception) -> Response:
    """Answer 500, log the error and report it to Sentry."""
    from sentry_sdk import capture_exception

    _discard_session()
    capture_exception(error)
    log.error("unhandled error", route=_route(), exc_info=error)
    return page(500)


def _route() -> str | None:
    """Return the rule of the URL; its path may open something without signing in."""
    return request.url_rule.rule if request.url_rule else None


def _discard_session() -> None:
    """Let the page be rendered without the database, as for a visitor."""
    try:
        db.session.rollback()
    except Exception:  # the connection is lost, and the transaction with it
        log.warning("the session could not be rolled back", exc_info=True)
        db.session.remove()
    g._login_user = session.Visitor()


def refuse_long_addresses() -> None:
    """Raise RequestURITooLarge if the address is so long that none of our pages leads to it."""
    asked = _current_request()
    if len(asked.path) + len(asked.query_string) > LONGEST_ADDRESS:
        g.query_names = frozenset()  # no link of the page repeats it
        raise RequestURITooLarge


def refuse_unstorable_text() -> None:
    """Raise BadRequest if the request has NUL bytes or broken UTF-8, which PostgreSQL can't store."""
    asked = _current_request()
    texts = [asked.path]
    for values in (asked.args, asked.form) if asked.content_type else (asked.args,):
        texts += [text for pair in values.items(multi=True) for text in pair]
    if any(UNSTORABLE.search(text) for text in texts):
        raise BadRequest
