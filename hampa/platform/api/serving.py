"""Serving: an operation as a view of Flask, and what is the same for all of them.

The order is that of the questions: too many requests, who asks, may they, what do they say, is it what they have seen, was
it done before. Then the function is called, the transaction is committed, and the answer is wrapped. No cookie is read.
"""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import UnsupportedMediaType

from hampa.platform.api import limits
from hampa.platform.api.answers import answer, error_answer
from hampa.platform.api.codes import Unauthorized
from hampa.platform.api.operations import ROOT, Operation, Resource
from hampa.platform.api.requests import Query, read_body, read_query
from hampa.platform.api.tokens import require, take_bearer
from hampa.platform.db import db
from hampa.platform.errors import DomainError
from hampa.platform.web import errors
from hampa.platform.web.csrf import reads_no_cookies
from hampa.platform.web.permissions import machines

PREFIX = "/api/"
EXTENSION = "hampa.api"


def init_app(app: Flask, resources: Iterable[Resource]) -> None:
    """Serve the operations of resources below `/api/v1`."""
    app.extensions[EXTENSION] = kept = list(resources)
    app.wsgi_app = without_cookies(app.wsgi_app)  # type: ignore[method-assign]
    errors.answer_otherwise(app, PREFIX, error_answer)
    for operation in (operation for resource in kept for operation in resource.operations):
        app.add_url_rule(
            f"{ROOT}{operation.rule}",
            endpoint=f"api.{operation.name}",
            view_func=view_of(operation),
            methods=[operation.method],
            provide_automatic_options=False,
        )


def operations_of(app: Flask) -> list[Operation]:
    """Return all operations of an application."""
    return [operation for resource in app.extensions[EXTENSION] for operation in resource.operations]


def without_cookies(wsgi: Callable[..., Any]) -> Callable[..., Any]:
    """Return the WSGI application, to which requests of the API have no cookies."""

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        if environ.get("PATH_INFO", "").startswith(PREFIX):
            environ.pop("HTTP_COOKIE", None)
        return wsgi(environ, start)

    return application


def view_of(operation: Operation) -> Callable[..., Response]:
    """Return the view of an operation."""

    @reads_no_cookies
    @machines
    def view(**arguments: Any) -> Response:
        authenticate(operation)
        arguments.update(read(operation))
        return perform(operation, arguments)

    return view


def authenticate(operation: Operation) -> None:
    """Take the token of the request, and count the request: by address where there is no good one."""
    try:
        bearer = take_bearer()
    except Unauthorized:
        limits.count_address()
        raise
    if bearer is not None:
        limits.count_bearer(bearer)
    else:
        limits.count_address()
    require(operation.scope)


def read(operation: Operation) -> dict[str, Any]:
    """Return what the request says to an operation, by the names of its parameters."""
    values: dict[str, Any] = {}
    name, model = operation.query or ("", Query)
    query = read_query(model)
    if operation.query:
        values[name] = query
    if operation.body:
        name, body = operation.body
        values[name] = read_body(body)
    elif not operation.options.takes_file and request.content_length:
        raise UnsupportedMediaType
    return values


def perform(operation: Operation, arguments: dict[str, Any]) -> Response:
    """Call the function, commit what it has written, and return the answer."""
    try:
        result = operation.function(**arguments)
    except DomainError:
        if operation.options.keeps_refusals:
            db.session.commit()
        raise
    made = result if isinstance(result, Response) else answer(result, operation.status)
    if not operation.is_safe:
        db.session.commit()
    return made
