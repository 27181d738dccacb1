"""Copies of all that is a person's."""

import uuid
from datetime import datetime
from typing import Annotated

from flask import Response
from typing_extensions import TypedDict

from hampa.account import queries
from hampa.account.actions import exports
from hampa.account.models import STATUSES, Export
from hampa.auth.queries import has_proved
from hampa.platform.api.answers import Created
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import OneOf
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web import uploads
from hampa.platform.web.session import me

resource = Resource("export", _l("Copies of your data"))


class ExportData(TypedDict):
    """A copy; it can be fetched from `ready_at` until `ends_at`, if its status is `ready`. `size` is in bytes."""

    id: uuid.UUID
    status: Annotated[str, OneOf(*STATUSES)]
    size: int | None
    ready_at: datetime | None
    ends_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


@resource.get("/me/export", statuses=(404,))
def read_export() -> ExportData:
    """Return the state of your last copy."""
    export = queries.latest_export(me())
    if export is None:
        raise NotFound
    return _as_data(export)


@resource.post("/me/export")
def ask_for_export() -> Created[ExportData]:
    """Have a copy made, which takes a moment; it needs a proof of the last five minutes (`POST /auth/proof`)."""
    if not has_proved(me()):
        raise Forbidden(_("First confirm that it's you, with a fresh code."))
    export = exports.request_export(me())
    return Created(_as_data(export), f"/me/export/{export.id}")


@resource.get("/me/export/<uuid:export_id>", produces="application/zip")
def fetch_export(export_id: uuid.UUID) -> Response:
    """Fetch a copy as a ZIP, on the day after it was made."""
    export = queries.export_for(me(), export_id)
    name = f"hampa-{export.created_at:%Y-%m-%d}.zip"
    return uploads.send(export.file, "application/zip", download_name=name, keep="private, no-store")


def _as_data(export: Export) -> ExportData:
    return {
        "id": export.id,
        "status": export.status,
        "size": export.size,
        "ready_at": export.ready_at,
        "ends_at": export.ends_at,
        "created_at": export.created_at,
        "updated_at": export.updated_at,
        "version": export.version,
    }
