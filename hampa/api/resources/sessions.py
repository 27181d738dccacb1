"""Where a person is signed in."""

import uuid
from datetime import datetime
from typing import Annotated

from typing_extensions import TypedDict

from hampa.auth import queries
from hampa.auth.actions import sessions
from hampa.auth.models import METHODS, Session
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import OneOf, Paging
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me

resource = Resource("sessions", _l("Where you are signed in"))


class SessionData(TypedDict):
    """A session of a browser or a program; names are empty where they are not known."""

    id: uuid.UUID
    method: Annotated[str, OneOf(*METHODS)]
    is_program: bool
    program: str
    browser: str
    system: str
    timezone: str
    address: str
    is_current: bool
    proved_at: datetime
    last_seen_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int


class Ended(TypedDict):
    """How many sessions have been ended."""

    ended: int


@resource.get("/me/sessions")
def list_sessions(paging: Paging) -> Page[SessionData]:
    """List your sessions, the newest first."""
    current = me().session_id
    return queries.sessions_of(me(), paging.after, paging.limit).of_rows(lambda row: _as_data(row, current))


@resource.delete("/me/sessions/<uuid:session_id>")
def end_session(session_id: uuid.UUID) -> None:
    """End a session; its pages, tokens and streams end within a second."""
    sessions.end_session(queries.session_of(me(), session_id))


@resource.delete("/me/sessions")
def end_other_sessions() -> Ended:
    """End all sessions but that of the token."""
    return {"ended": sessions.end_sessions(me(), but=me().session_id)}


def _as_data(row: Session, current: uuid.UUID | None) -> SessionData:
    return {
        "id": row.id,
        "method": row.method,
        "is_program": row.is_program,
        "program": row.program if row.is_program else "",
        "browser": row.browser,
        "system": row.system,
        "timezone": row.timezone,
        "address": row.address,
        "is_current": row.id == current,
        "proved_at": row.proved_at,
        "last_seen_at": row.last_seen_at,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "version": row.version,
    }
