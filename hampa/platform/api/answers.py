"""Answers: the envelope around what an operation returns, and around errors.

Rows are plain dictionaries, typed by `TypedDict`, and are written by orjson: a model for each row takes seven times as long.
That they are what the document says is checked in tests.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, Generic, TypeVar

import orjson
from flask import Response

from hampa.platform import clock
from hampa.platform.api.codes import Invalid, WrongCode, code_of, status_of
from hampa.platform.errors import DomainError, TooFast
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web.pages import request_id
from hampa.platform.web.paging import Page

VERSION: Final = "v1"
OPTIONS: Final = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Created(Generic[T]):
    """What was created, and where it is: a path below `/api/v1`."""

    data: T
    location: str


def moment(at: datetime) -> str:
    """Return a time as RFC 3339 in UTC, in seconds."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def written(data: Any) -> bytes:
    """Return the JSON of data, whose times are in UTC."""
    return orjson.dumps(data, default=_plain, option=OPTIONS)


def as_json(data: Any) -> orjson.Fragment:
    """Return data as a part of answers that is written once."""
    return orjson.Fragment(written(data))


def kept(write: Callable[[Any], Any], most: int = 2_000) -> Callable[[Any], Any]:
    """Return what `write` makes of a row as JSON, kept for rows that are equal: of lists of which many see the same.

    Rows are hashable, and what is written of one depends on nothing else, such as a language.
    """

    @lru_cache(maxsize=most)
    def write_once(row: Any) -> Any:
        return as_json(write(row))

    return write_once


def kept_by(key: Callable[..., Hashable], write: Callable[..., Any], most: int = 2_000) -> Callable[..., Any]:
    """Return what `write` makes of its arguments as JSON, kept under their key, which holds all that it depends on."""

    @lru_cache(maxsize=most)
    def write_once(keyed: _Keyed) -> Any:
        arguments, keyed.arguments = keyed.arguments, ()
        return as_json(write(*arguments))

    return lambda *arguments: write_once(_Keyed(key(*arguments), arguments))


class _Keyed:
    """Arguments that are told from others by their key alone."""

    __slots__ = ("arguments", "key")

    def __init__(self, key: Hashable, arguments: tuple[Any, ...]) -> None:
        self.key, self.arguments = key, arguments

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def answer(result: Any, status: int, *, has_etag: bool = False) -> Response:
    """Return the answer with what an operation has returned; with an ETag if it is what a read would show."""
    meta: dict[str, Any] = {}
    if isinstance(result, Page):
        data, meta = result.items, {"next": result.next}
        if result.total is not None:
            meta["total"] = result.total
    elif isinstance(result, Created):
        data = result.data
    else:
        data = result
    if status == 204:
        return Response(status=204)
    body = written(data)
    made = _enveloped(body, meta, status)
    if isinstance(result, Created):
        made.headers["Location"] = f"/api/{VERSION}{result.location}"
    elif has_etag:
        made.headers["ETag"] = etag_of(body, result.next if isinstance(result, Page) else None)
    return made


def etag_of(body: bytes, cursor: str | None = None) -> str:
    """Return the ETag of data: of the data alone, because the envelope tells of the request."""
    return f'"{sha256(body + (cursor or "").encode()).hexdigest()[:32]}"'


def error_answer(
    status: int, message: str = "", retry_after: int | None = None, error: DomainError | None = None
) -> Response:
    """Return the answer to an error: where a page would have shown `message` with `status`."""
    status = status_of(status)
    details = error.details if isinstance(error, Invalid) else []
    if error is not None and error.field:
        details = [(error.field, error.message)]
    body: dict[str, Any] = {
        "success": False,
        "error": {
            "code": code_of(status, error.name if error else ""),
            "message": message or general_message(status),
            "details": [{"field": field, "message": words} for field, words in details],
        },
        "meta": _meta(),
    }
    if isinstance(error, WrongCode):
        body["error"]["attempts_left"] = error.attempts_left
    if first := getattr(error, "first", ""):
        body["error"]["first"] = f"/api/{VERSION}{first}"
    made = Response(written(body), status, mimetype="application/json")
    made.headers["Cache-Control"] = "no-store"
    if retry_after is None and isinstance(error, TooFast):
        retry_after = error.retry_after
    if retry_after is not None:
        made.headers["Retry-After"] = str(retry_after)
    if status == 401:
        made.headers["WWW-Authenticate"] = "Bearer"
    return made


def general_message(status: int) -> str:
    """Return what is said with a status that nothing more is known about."""
    messages = {
        400: _("This request can't be read."),
        401: _("This needs a token."),
        403: _("You can see this, but not change it."),
        404: _("There is nothing here, or nothing that you may see."),
        405: _("This can't be requested this way: see the methods in the Allow header."),
        409: _("Somebody else changed this a moment ago. Fetch it again, and retry."),
        412: _("This has changed since you read it. Fetch it again, and retry."),
        413: _("This is too large."),
        415: _("Send this as application/json."),
        416: _("This file ends before the part that you ask for."),
        422: _("Something in this request is not right: see the details."),
        429: _("Too many requests. Wait a moment."),
        500: _("Something went wrong on our side. We have been told."),
        503: _("We can't answer right now. Try again in a moment."),
        507: _("There is no room for this right now."),
    }
    return messages[status]


def _enveloped(body: bytes, meta: dict[str, Any], status: int) -> Response:
    text = b'{"success":true,"data":' + body + b',"meta":' + orjson.dumps({**_meta(), **meta}) + b"}"
    return Response(text, status, mimetype="application/json")


def _meta() -> dict[str, Any]:
    return {"timestamp": moment(clock.now()), "version": VERSION, "request_id": request_id()}


def _plain(value: Any) -> Any:
    """Return what orjson writes for a value that it does not know: texts that are looked up late, and numbers."""
    if hasattr(value, "__html__") or (hasattr(value, "__str__") and type(value).__name__.endswith("Text")):
        return str(value)
    if type(value).__name__ == "Decimal":
        return float(value)
    raise TypeError(f"{type(value)} is not part of an answer")
