"""Answers to requests that are sent again: what they would show is read anew.

The answer of before may name somebody who is hidden, or erased, since then.
"""

from typing import Any, Final, get_args

from flask import Flask, Response, current_app
from werkzeug.exceptions import HTTPException

from hampa.platform.api import idempotency
from hampa.platform.api.answers import answer
from hampa.platform.api.operations import Operation
from hampa.platform.api.requests import read_query
from hampa.platform.errors import Conflict
from hampa.platform.locale.i18n import gettext as _

EXTENSION: Final = "hampa.api.reading"


def init_app(app: Flask, operations: list[Operation]) -> None:
    """Know the operations that read."""
    app.extensions[EXTENSION] = {
        f"api.{one.name}": one
        for one in operations
        if one.method == "GET" and not (one.is_list or one.options.produces)
    }


def keeps_body(operation: Operation) -> bool:
    """Return whether the answer of an operation is kept: nothing reads the same, and it names nobody else."""
    return not (operation.options.names_others or readers_of(operation))


def readers_of(operation: Operation) -> dict[str, Operation]:
    """Return the operations that answer with the same as one that changes something, by their endpoints."""
    if operation.returns is None or operation.status == 204:
        return {}
    reading: dict[str, Operation] = current_app.extensions[EXTENSION]
    return {name: one for name, one in reading.items() if operation.returns in (one.returns, *get_args(one.returns))}


def repeated(operation: Operation, arguments: dict[str, Any], before: Response) -> Response:
    """Return the answer to a request that was done before. Raise NotFound where its thing is gone, or hidden, since.

    Raise Conflict for an answer that names others and that nothing reads.
    """
    if before.status_code == 204 or keeps_body(operation):
        return before
    place = _reader(operation, arguments, before.headers.get("Location"))
    if place is None:
        raise Conflict(_("This is done already."))
    reader, values = place
    if reader.query:
        name, model = reader.query
        values[name] = read_query(model)
    made = answer(reader.function(**values), before.status_code, has_etag=operation.options.locks is not None)
    made.headers[idempotency.REPLAYED] = "true"
    if before.headers.get("Location"):
        made.headers["Location"] = before.headers["Location"]
    return made


def _reader(
    operation: Operation, arguments: dict[str, Any], location: str | None
) -> tuple[Operation, dict[str, Any]] | None:
    """Return what reads the thing at a location, or of the ids in the path, and the values that it takes."""
    readers = readers_of(operation)
    if location:
        try:
            endpoint, values = current_app.url_map.bind("").match(location, method="GET")
        except HTTPException:
            endpoint, values = "", {}
        if endpoint in readers:
            return readers[endpoint], dict(values)
    for reader in readers.values():
        names = {name for _converter, name in reader.places}
        if names <= arguments.keys():
            return reader, {name: arguments[name] for name in names}
    return None
