"""Conditions: a read that nothing has changed since, and a change of what is no longer as the client has seen it."""

from typing import Any

from flask import Response, request
from sqlalchemy import select

from hampa.platform.api.answers import etag_of, written
from hampa.platform.api.codes import PreconditionFailed
from hampa.platform.api.operations import Operation
from hampa.platform.db import db
from hampa.platform.web.session import me


def unchanged(answer: Response) -> Response:
    """Return the answer to a read, or 304 in its place if the client has it (`If-None-Match`)."""
    etag = answer.headers.get("ETag", "")
    if etag and "If-None-Match" in request.headers and request.if_none_match.contains_weak(etag.strip('"')):
        return Response(status=304, headers={"ETag": etag})
    return answer


def require_unchanged(operation: Operation, arguments: dict[str, Any]) -> None:
    """Lock what the operation changes, and raise PreconditionFailed if it is no longer as `If-Match` says.

    What it is now is what `GET` on the same path answers, asked under the lock: whoever changes the row meanwhile waits.
    """
    if operation.options.locks is None or "If-Match" not in request.headers:
        return
    places = [name for _converter, name in operation.places]
    model: Any = operation.options.locks
    row_id = arguments[operation.options.locks_by or places[-1]] if places else me().id
    query = select(model).where(model.id == row_id).with_for_update(key_share=True)
    db.session.scalars(query.execution_options(populate_existing=True)).first()  # reads it, and so knows it as it is
    shown = operation.reading.function(**{name: arguments[name] for name in places})
    if not request.if_match.contains(etag_of(written(shown)).strip('"')):
        raise PreconditionFailed
