"""Attempts at an action in a view: commit, or show the domain error."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Response, after_this_request, flash

from hampa.platform.db import db
from hampa.platform.errors import Conflict, DomainError, Refused, TooFast
from hampa.platform.web import pages
from hampa.platform.web.forms import Form


@dataclass
class Attempt:
    """The result of an attempt; `succeeded` is true once the action is committed."""

    succeeded: bool = False
    error: DomainError | None = None


@contextmanager
def attempt(
    form: Form | None = None, *also: type[DomainError], done: str = "", keep: bool = False
) -> Iterator[Attempt]:
    """Run the block and commit, then flash `done`; or roll back and put the domain error on the form.

    `Refused`, `TooFast` and the errors in `also` are handled; others, such as `NotFound` and `Conflict`, reach the error
    page. The form shows the error (`Form.refuse`); without a form it is flashed. With `keep`, what the action has written
    before it refused is committed. The block must not return: the commit comes after it, and may fail.
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
            _add_retry_after(error.retry_after)
        if form is None:
            flash(error.message, "stop")
        else:
            form.refuse(error)
    else:
        result.succeeded = True
        if done:
            flash(done)


def pressed(action: Callable[[], object], *, done: str, leads_to: str, refused: str = "") -> Response:
    """Attempt the action of a button alone, flash `done` or why it is refused, and redirect to `leads_to`.

    `refused` is said of a `Conflict` instead of its own words.
    """
    with attempt(done=done):
        try:
            action()
        except Conflict as error:
            raise Refused(refused or error.message) from error
    return pages.redirect(leads_to)


def _add_retry_after(seconds: int) -> None:
    @after_this_request
    def add_header(answer: Response) -> Response:
        answer.headers["Retry-After"] = str(seconds)
        return answer
