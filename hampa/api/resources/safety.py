"""Home safe: somebody is told when a runner does not come home."""

import uuid
from collections.abc import Mapping
from datetime import datetime, time
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.session import me
from hampa.runs.queries import runs
from hampa.safety import actions, queries
from hampa.safety.forms import MoreTimeForm, WatchForm
from hampa.safety.models import MORE_MINUTES, STATUSES, Watch

resource = Resource("safety", _l("Home safe"))


class WatchData(TypedDict):
    """A watch: when you are expected, who is told otherwise, and how far it has come."""

    id: uuid.UUID
    run_id: uuid.UUID | None
    place: str
    contact_name: str
    contact_phone: str
    expected_at: datetime
    status: Annotated[str, OneOf(*STATUSES)]
    told_at: datetime | None
    ended_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class WatchesData(TypedDict):
    """The watch that is running, and the last ten that have ended, the newest first."""

    running: WatchData | None
    past: list[WatchData]


class WatchBody(Body):
    """A new watch; `expected_at` is a time on the clock of the run, or on yours without one."""

    run_id: uuid.UUID | None = None
    expected_at: time = Field(description="Hours and minutes; the first such time after now or the start of the run.")
    contact_name: str = Field(min_length=1, max_length=60)
    contact_phone: str = Field(min_length=3, max_length=40)
    place: str = Field("", description="Where you run, without a run.", max_length=120)


class MoreBody(Body):
    """By how many minutes you are later."""

    minutes: Annotated[int, Field(json_schema_extra={"enum": list(MORE_MINUTES)})]


@resource.get("/me/watches")
def list_watches() -> WatchesData:
    """Return your running watch and the last ones that have ended."""
    running = queries.active_watch(me())
    return {
        "running": _watch(running) if running else None,
        "past": [_watch(one) for one in queries.past_watches(me())],
    }


@resource.post("/me/watches", needs_name=True)
def start_watch(body: WatchBody) -> Created[WatchData]:
    """Have somebody told if you do not say in time that you are home."""
    run = runs.run_for(me(), body.run_id) if body.run_id else None
    typed: Mapping[str, Any] = {
        "expected_at": body.expected_at.strftime("%H:%M"),
        **body.model_dump(include={"contact_name", "contact_phone", "place"}),
    }
    watch = actions.start_watch(me(), valid_form(WatchForm, typed).plan(run))
    return Created(_watch(watch), "/me/watches")


@resource.post("/me/watches/<uuid:watch_id>/home")
def confirm_home(watch_id: uuid.UUID) -> WatchData:
    """Say that you are home; who was told otherwise is told that too."""
    return _watch(actions.confirm_home(queries.watch_for(me(), watch_id).id))


@resource.post("/me/watches/<uuid:watch_id>/more")
def extend_watch(watch_id: uuid.UUID, body: MoreBody) -> WatchData:
    """Say that it takes longer."""
    watch = queries.watch_for(me(), watch_id)
    form = valid_form(MoreTimeForm, body)
    return _watch(actions.extend_watch(watch.id, int(form.minutes.data)))


@resource.post("/me/watches/<uuid:watch_id>/cancel")
def cancel_watch(watch_id: uuid.UUID) -> WatchData:
    """Say that you do not go out."""
    return _watch(actions.cancel_watch(queries.watch_for(me(), watch_id).id))


def _watch(watch: Watch) -> WatchData:
    db.session.flush()
    return {
        "id": watch.id,
        "run_id": watch.run_id,
        "place": watch.place,
        "contact_name": watch.contact_name,
        "contact_phone": watch.contact_phone,
        "expected_at": watch.expected_at,
        "status": watch.status,
        "told_at": watch.told_at,
        "ended_at": watch.ended_at,
        "created_at": watch.created_at,
        "updated_at": watch.updated_at,
        "version": watch.version,
    }
