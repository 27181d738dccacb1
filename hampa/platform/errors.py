"""Domain errors, which actions and queries raise and `platform.web.errors` answers with a page.

Their messages are for people, in their language.
"""


class DomainError(Exception):
    """A refusal; `message` says why and how to go on, and `field` names the field of a form that is wrong, if any."""

    status = 400
    name = ""
    """A name for programs, such as EMAIL_ALREADY_EXISTS, where the texts promise one."""
    first = ""
    """Where a program finds what is there already, or instead: a path below that of the API."""

    def __init__(self, message: str = "", field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(DomainError):
    """The thing does not exist, or the person may not know that it does."""

    status = 404


class Gone(NotFound):
    """The thing no longer exists, and everybody may know that it did."""

    status = 410


class Forbidden(DomainError):
    """The person may see the thing, but not change it."""

    status = 403


class Conflict(DomainError):
    """Somebody else has changed the thing before, or it is there already; the message says what to do next."""

    status = 409


class Refused(DomainError):
    """The state of the thing does not allow the action, or a field of the form is wrong."""

    status = 422


class TooFast(DomainError):
    """A limit is reached until `retry_after` seconds from now."""

    status = 429

    def __init__(self, message: str, retry_after: int, field: str | None = None) -> None:
        super().__init__(message, field)
        self.retry_after = max(1, retry_after)
