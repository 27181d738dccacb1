"""Reports to the operators."""

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.moderation import actions, queries
from hampa.moderation.forms import ReportForm
from hampa.moderation.models import KINDS, REASONS
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.session import me

resource = Resource("reports", _l("Reports"), scope="people")

Reason = Annotated[str, OneOf(*REASONS)]


class ReportBody(Body):
    """What is wrong, and what happened."""

    reason: Reason
    words: str = Field("", max_length=1000)


class ReportData(TypedDict):
    """A report of yours; it `is_open` until an operator has looked at it."""

    id: uuid.UUID
    kind: Annotated[str, OneOf(*KINDS)]
    subject_id: uuid.UUID
    title: str
    reason: Reason
    words: str
    is_open: bool
    created_at: datetime
    updated_at: datetime
    version: int


@resource.post("/reports/<kind>/<uuid:subject_id>")
def report_subject(kind: str, subject_id: uuid.UUID, body: ReportBody) -> Created[ReportData]:
    """Report a person, a card, a run, a comment, a photo or a message; while a report of it is open, this returns that."""
    queries.snapshot_for(me(), kind, subject_id)
    form = valid_form(ReportForm, body)
    report = actions.report(me(), kind, subject_id, form.reason.data, form.words.data)
    return Created(read_report(report.id), f"/me/reports/{report.id}")


@resource.get("/me/reports/<uuid:report_id>")
def read_report(report_id: uuid.UUID) -> ReportData:
    """Return a report that you sent, and whether somebody has looked at it."""
    report = queries.report_of(me(), report_id)
    return {
        "id": report.id,
        "kind": report.kind,
        "subject_id": report.subject_id,
        "title": report.shown.get("title") or "",
        "reason": report.reason,
        "words": report.words,
        "is_open": report.is_open,
        "created_at": report.created_at,
        "updated_at": report.updated_at,
        "version": report.version,
    }
