"""Named reasons for which a question or an action is refused.

Actions and queries raise them; `platform.web.errors` turns each into a page with its status.
Messages are for people, already in their language.
"""

from __future__ import annotations


class DomainError(Exception):
    """Something a person asked for can't be done; `message` says why and how to go on, `field` which field of a form
    is concerned, if any.
    """

    status = 400
    name = ""
    """What programs know it by, where the texts promise one, such as EMAIL_ALREADY_EXISTS."""

    def __init__(self, message: str = "", field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(DomainError):
    """There is no such thing, or this person may not know that there is."""

    status = 404


class Gone(NotFound):
    """There is no such thing any more; nobody minds knowing that there was."""

    status = 410


class Forbidden(DomainError):
    """The person may see it, but not change it."""

    status = 403


class Conflict(DomainError):
    """Somebody else was quicker; the message says what to do next."""

    status = 409


class Refused(DomainError):
    """The thing is in a state that does not allow this, or `field` of the form is wrong."""

    status = 422


class TooFast(DomainError):
    """A limit is reached; try again in `retry_after` seconds."""

    status = 429

    def __init__(self, message: str, retry_after: int, field: str | None = None) -> None:
        super().__init__(message, field)
        self.retry_after = max(1, retry_after)
