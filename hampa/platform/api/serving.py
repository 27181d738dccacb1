"""Serving: an operation as a view of Flask, and what is the same for all of them.

The order is that of the questions: too many requests, who asks, may they, what do they say, is it what they have seen, was
it done before. Then the function is called, the transaction is committed, and the answer is wrapped. No cookie is read.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import UnsupportedMediaType

from hampa.platform import versions
from hampa.platform.api import conditions, cors, idempotency, limits, repeating
from hampa.platform.api.answers import answer, error_answer
from hampa.platform.api.codes import Invalid, Unauthorized
from hampa.platform.api.operations import ROOT, Operation, Resource
from hampa.platform.api.requests import MOST_FOLLOWED, MOST_ROWS, Paging, Query, read_body, read_query
from hampa.platform.api.tokens import bearer, require, take_bearer
from hampa.platform.db import db
from hampa.platform.errors import DomainError, Refused
from hampa.platform.locale.date_parsing import gregorian_years
from hampa.platform.locale.i18n import gettext as _, locale_context, locale_of_request, use_locale
from hampa.platform.powers import lack, powers
from hampa.platform.web import errors
from hampa.platform.web.csrf import reads_no_cookies
from hampa.platform.web.paging import Cursor, Page
from hampa.platform.web.permissions import machines
from hampa.platform.web.uploads import MEGABYTE

PREFIX = f"{ROOT}/"
CALENDAR, UNITS = "gregorian", "km"
"""What dates and distances of programs are in, whatever their person reads."""
EXTENSION = "hampa.api"
FORM = "multipart/form-data"
NOTHING = b"{}"
"""A body that says nothing, which some clients send with each POST."""


def init_app(app: Flask, resources: Iterable[Resource]) -> None:
    """Serve the operations of resources below `/api/v1`."""
    app.extensions[EXTENSION] = kept = list(resources)
    app.wsgi_app = without_cookies(app.wsgi_app)  # type: ignore[method-assign]
    errors.answer_otherwise(app, PREFIX, error_answer)
    cors.init_app(app)
    repeating.init_app(app, operations_of(app))
    for operation in (operation for resource in kept for operation in resource.operations):
        if operation.options.locks is not None:
            operation.reading  # noqa: B018 - it has to be there
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
    most_bytes, expected = operation.options.megabytes * MEGABYTE, operation.options.versions

    @reads_no_cookies
    @machines
    def view(**arguments: Any) -> Response:
        if expected:
            versions.expect(expected)
        authenticate(operation)
        if most_bytes:
            request.max_content_length = most_bytes
        who = bearer()
        viewer = locale_context() if who is None else locale_of_request(who.person)
        with use_locale(viewer.locale, viewer.timezone, CALENDAR, UNITS), gregorian_years():
            arguments.update(read(operation))
            return perform(operation, arguments)

    if most_bytes:
        view.most_bytes = most_bytes  # type: ignore[attr-defined]
    return view


def authenticate(operation: Operation) -> None:
    """Take the token of the request, and count the request: by address where there is no good one.

    Bad tokens have a count of their own, so that nobody keeps others at the same address from signing in. What the token
    has no scope for stays out of reach in all other operations, too (`platform.powers`).
    """
    try:
        bearer = take_bearer()
    except Unauthorized:
        limits.count_bad_token()
        raise
    if bearer is not None:
        limits.count_bearer(bearer)
    elif not operation.options.has_own_limit:
        limits.count_address()
    require(operation.scope)
    if bearer is not None:
        verb = "read" if operation.is_safe else "write"
        lack(power for power in powers() if not bearer.allows(f"{power}:{verb}"))
    if operation.options.needs_name and bearer is not None and bearer.person.is_new:
        raise Refused(_("Say your name first: others see it with this."), "name")


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
    elif field := operation.options.takes_file:
        if request.mimetype != FORM:
            raise UnsupportedMediaType
        file = request.files.get(field)
        if file is None:
            raise Invalid([(field, _("This is missing."))])
        if others := {*request.files, *request.form} - {field}:
            raise Invalid([(name, _("There is no such field.")) for name in sorted(others)])
        values[field] = file
    elif request.content_length and request.get_data(cache=True) != NOTHING:
        raise UnsupportedMediaType
    return values


def perform(operation: Operation, arguments: dict[str, Any]) -> Response:
    """Call the function, commit what it has written, and return the answer; or the one that it gave before."""
    options = operation.options
    key = idempotency.request_key(operation)
    if key is not None and (before := idempotency.begin(key)) is not None:
        return repeating.repeated(operation, arguments, before)
    conditions.require_unchanged(operation, arguments)
    try:
        result = operation.function(**arguments)
    except DomainError:
        if options.keeps_refusals:
            if key is not None:
                idempotency.release(key)
            db.session.commit()
        raise
    if isinstance(result, Page):
        result = counted(operation, arguments, result)
    if isinstance(result, Response):
        made = result
    else:
        made = answer(result, operation.status, has_etag=operation.method == "GET" or options.locks is not None)
    if operation.is_safe:
        return conditions.unchanged(made)
    if key is not None:
        idempotency.keep(key, made, with_body=repeating.keeps_body(operation))
    db.session.commit()
    return made


def counted(operation: Operation, arguments: dict[str, Any], page: Page[Any]) -> Page[Any]:
    """Return a page with how many items all pages have, if the request asks for it and the list has not counted them.

    They are counted by following the pages, up to `MOST_FOLLOWED` items, so that no list shows fewer or more.
    """
    name, _model = operation.query or ("", Query)
    paging = arguments.get(name)
    if page.total is not None or not isinstance(paging, Paging) or not paging.count:
        return page
    total, last = (len(page.items), page.next) if paging.after is None else (0, "")
    while last is not None and total < MOST_FOLLOWED:
        following = paging.model_copy(update={"after": Cursor(last) if last else None, "limit": MOST_ROWS})
        found: Page[Any] = operation.function(**{**arguments, name: following})
        total, last = total + len(found.items), found.next
    return replace(page, total=min(total, MOST_FOLLOWED))
