"""The error codes of the API, a closed list, and the statuses that they come with."""

from typing import Final

from hampa.platform.errors import DomainError

CODES: Final = (
    "VALIDATION_ERROR",
    "UNAUTHORIZED",
    "FORBIDDEN",
    "NOT_FOUND",
    "DUPLICATE_RESOURCE",
    "EMAIL_ALREADY_EXISTS",
    "DUPLICATE_CHECKIN",
    "SLOT_TAKEN",
    "RATE_LIMIT_EXCEEDED",
    "AI_QUOTA_EXCEEDED",
    "FILE_TOO_LARGE",
    "INVALID_FILE_TYPE",
    "PRECONDITION_FAILED",
    "INTERNAL_ERROR",
    "UNAVAILABLE",
)

_CODE_OF_STATUS: Final = {
    400: "VALIDATION_ERROR",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "NOT_FOUND",
    409: "DUPLICATE_RESOURCE",
    412: "PRECONDITION_FAILED",
    413: "FILE_TOO_LARGE",
    415: "INVALID_FILE_TYPE",
    416: "VALIDATION_ERROR",
    422: "VALIDATION_ERROR",
    429: "RATE_LIMIT_EXCEEDED",
    500: "INTERNAL_ERROR",
    503: "UNAVAILABLE",
    507: "UNAVAILABLE",
}


class Unauthorized(DomainError):
    """There is no token, or it is no longer good."""

    status = 401


class WrongCode(Unauthorized):
    """The code of a sign-in is wrong, spent or late; `attempts_left` is how many tries there are before the next one."""

    def __init__(self, message: str, attempts_left: int) -> None:
        super().__init__(message, "code")
        self.attempts_left = attempts_left


class Invalid(DomainError):
    """Fields of a request are wrong; `details` has the name and the message of each."""

    status = 422

    def __init__(self, details: list[tuple[str, str]], message: str = "", status: int = 422) -> None:
        super().__init__(message)
        self.details = details
        self.status = status


class PreconditionFailed(DomainError):
    """The thing is no longer what the client has seen (`If-Match`)."""

    status = 412


def status_of(status: int) -> int:
    """Return the status that the API answers where a page would answer `status`."""
    if status == 410:
        return 404
    if status in _CODE_OF_STATUS:
        return status
    return 400 if status < 500 else 500


def code_of(status: int, name: str = "") -> str:
    """Return the code of an error: its own name if that is one of the codes, else the one of its status."""
    return name if name in CODES else _CODE_OF_STATUS[status]
