"""Where a change comes from: a request of a page or a program, a job, or the command line."""

from dataclasses import dataclass
from typing import Literal

import structlog
from flask import g, has_request_context, request


@dataclass(frozen=True)
class Origin:
    """The kind of place, and for requests the IP address and the id of the request."""

    kind: Literal["request", "program", "job", "shell"]
    address: str = ""
    request_id: str = ""


def origin() -> Origin:
    """Return where the code is running for."""
    if has_request_context():
        kind: Literal["request", "program"] = "program" if request.path.startswith("/api/") else "request"
        return Origin(kind, request.remote_addr or "", g.get("request_id", ""))
    return Origin("job" if "job" in structlog.contextvars.get_contextvars() else "shell")
