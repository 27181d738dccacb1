"""Trying an action from a view: commit what it did, or show why it was refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Response, after_this_request, flash

from hampa.platform.db import db
from hampa.platform.errors import DomainError, Refused, TooFast
from hampa.platform.web.forms import Form


@dataclass
class Attempt:
    """How an attempt ended; `succeeded` is true once the action is committed."""

    succeeded: bool = False
    error: DomainError | None = None


@contextmanager
def attempt(
    form: Form | None = None, *also: type[DomainError], done: str = "", keep: bool = False
) -> Iterator[Attempt]:
    """Run the block and commit, then flash `done`; or roll back and put the domain error on the form.

    `Refused` and `TooFast` are handled, and the errors in `also`; all others, such as `NotFound` and `Conflict`, go on
    to the error page. The error stands beside the field that it names or among the form's own errors, and `form.http_status`
    is its status; without a form it is flashed. With `keep` the database keeps what the action has found out before it
    refused. The block must not return: the commit comes after it, and may fail.
    """
    result = Attempt()
    try:
        yield result
        db.session.commit()
    except DomainError as error:
        if not isinstance(error, (Refused, TooFast, *also)):
            raise
        db.session.commit() if keep else db.session.rollback()
        result.error = error
        if isinstance(error, TooFast):
            _announce_retry(error.retry_after)
        if form is None:
            flash(error.message, "stop")
        else:
            form.refuse(error)
    else:
        result.succeeded = True
        if done:
            flash(done)


def _announce_retry(seconds: int) -> None:
    @after_this_request
    def add_header(answer: Response) -> Response:
        answer.headers["Retry-After"] = str(seconds)
        return answer
