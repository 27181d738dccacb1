"""CORS: scripts of the listed origins may ask the API, with a token; browsers send it no cookies."""

from typing import Final

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import MethodNotAllowed

from hampa.platform.api.operations import ROOT
from hampa.platform.config import settings
from hampa.platform.web.headers import vary_by

METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE"
HEADERS: Final = "Authorization, Content-Type, Accept-Language, Idempotency-Key, If-Match, If-None-Match"
READABLE: Final = "ETag, Location, Retry-After, X-Request-Id, Idempotent-Replayed"
PREFIX: Final = f"{ROOT}/"
SECONDS: Final = "600"
_current_request = request._get_current_object  # type: ignore[attr-defined]


def init_app(app: Flask) -> None:
    """Answer what browsers ask before a request, and say with each answer who may read it."""
    app.before_request(answer_options)
    app.after_request(add_headers)


def answer_options() -> Response | None:
    """Answer OPTIONS on any path of the API with the methods that there are."""
    if _current_request().method != "OPTIONS" or not request.path.startswith(PREFIX):
        return None
    try:  # a path that there is not is a 404, as for any other method
        current_app.url_map.bind("").match(request.path, method="OPTIONS")
        methods: set[str] = set()
    except MethodNotAllowed as refused:
        methods = set(refused.valid_methods or ())
    answer = Response(status=204, headers={"Allow": ", ".join(sorted(methods | {"OPTIONS"}))})
    if request.headers.get("Origin") in settings().cors_origins:
        answer.headers["Access-Control-Allow-Methods"] = METHODS
        answer.headers["Access-Control-Allow-Headers"] = HEADERS
        answer.headers["Access-Control-Max-Age"] = SECONDS
    return answer


def add_headers(answer: Response) -> Response:
    """Let the origin read the answer if it is one of the list."""
    asked = _current_request()
    if not asked.path.startswith(PREFIX):
        return answer
    vary_by(answer, ("Authorization", "Accept-Language", "Origin"))
    origin = asked.headers.get("Origin")
    if origin is not None and origin in settings().cors_origins:
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Expose-Headers"] = READABLE
    answer.headers.remove("Set-Cookie")
    return answer
