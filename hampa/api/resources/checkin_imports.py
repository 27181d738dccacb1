"""Check-ins of the older version, which a browser kept: the file, what would be taken of it, and what was."""

import uuid
from datetime import date, datetime
from typing import Annotated, Any, cast

from flask import request
from pydantic import Field
from typing_extensions import TypedDict
from werkzeug.datastructures import FileStorage

from hampa.api.resources.checkins import resource as check_ins
from hampa.api.shapes import Stamps, stamps_as_data
from hampa.checkin_imports import actions, queries
from hampa.checkin_imports.forms.importing import MEGABYTES, ROW_WORDS, UploadForm
from hampa.checkin_imports.models import LONGEST_GROUP, MOST_GROUPS, TAKEN, CheckInImport
from hampa.checkin_imports.queries import PlannedRow
from hampa.checkins.models import SCALES
from hampa.platform.api.answers import Created
from hampa.platform.api.codes import Invalid
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.session import me

resource = Resource("check-in-imports", _l("Check-ins of the older version"), scope=check_ins.name)


class TargetBody(Body):
    """Into which crew of yours the group of a file goes; null for none."""

    group: str = Field(max_length=LONGEST_GROUP)
    crew_id: uuid.UUID | None = None


class TargetsBody(Body):
    """Where groups of the file go; those that are left out stay as they are."""

    targets: list[TargetBody] = Field(max_length=MOST_GROUPS)


class TargetData(TypedDict):
    """Into which crew the group of a file goes."""

    group: str
    crew_id: uuid.UUID | None


class PlannedData(TypedDict):
    """A row of the file, by its number from 1, and the check-in that it becomes."""

    row: int
    crew_id: uuid.UUID | None
    period_from: date
    period_to: date
    productive: int
    satisfied: int
    body: int
    care: int
    note: str


class LeftData(TypedDict):
    """A row that is not taken, and why."""

    row: int
    reason: Annotated[str, OneOf(*ROW_WORDS)]
    message: str


class ImportData(Stamps):
    """A file: until it is taken over, what would be taken of it; from `done_at` on what was (`taken`), without `rows`."""

    id: uuid.UUID
    done_at: datetime | None
    targets: list[TargetData]
    taken: int
    rows: list[PlannedData]
    left: list[LeftData]


@resource.post("/me/check-ins/imports", takes_file="file", megabytes=MEGABYTES + 1)
def send_import(file: FileStorage) -> Created[ImportData]:
    """Send a file that the older version exported, to be looked at. At most a thousand check-ins are in it."""
    read = valid_form(UploadForm, {}, request.files).read
    rows, bad = (read.rows, read.bad) if read is not None else ([], [])
    import_id = actions.store_file(me(), rows, bad)
    return Created(read_import(import_id), f"/me/check-ins/imports/{import_id}")


@resource.get("/me/check-ins/imports/<uuid:import_id>")
def read_import(import_id: uuid.UUID) -> ImportData:
    """Return what would be taken of a file of yours, or what was: a file is kept for a day, a report for thirty."""
    one = queries.own_import(me(), import_id)
    if one.report is not None:
        return _import(one, one.report["taken"], [], one.report["left"])
    plan = queries.plan_of(me(), one, queries.crews_to_choose(me()))
    taken = [row for row in plan if row.fate == TAKEN]
    left = [*one.bad, *({"row": row.row, "reason": row.fate} for row in plan if row.fate != TAKEN)]
    return _import(one, len(taken), [_planned(row) for row in taken], sorted(left, key=lambda row: row["row"]))


@resource.patch("/me/check-ins/imports/<uuid:import_id>", locks=CheckInImport)
def choose_import_targets(import_id: uuid.UUID, body: TargetsBody) -> ImportData:
    """Choose into which of your crews the groups of a file go; what was taken over already stays."""
    one = queries.own_import(me(), import_id, lock=True)
    chosen = _chosen(one, body) if one.done_at is None else {}
    actions.choose_targets(me(), import_id, one.targets | chosen)
    return read_import(import_id)


@resource.post("/me/check-ins/imports/<uuid:import_id>")
def take_import_over(import_id: uuid.UUID) -> ImportData:
    """Take the check-ins of a file over, for yourself alone. Twice is once."""
    actions.take_over(me(), import_id, queries.own_import(me(), import_id).targets)
    return read_import(import_id)


def _chosen(one: CheckInImport, body: TargetsBody) -> dict[str, str]:
    """Return the chosen crews by the groups. Raise Invalid for other groups, and for crews that can't be chosen."""
    groups, crews = queries.groups_of(one), {crew.id for crew in queries.crews_to_choose(me())}
    wrong = [(f"targets.{place}.group", each.group not in groups) for place, each in enumerate(body.targets)]
    wrong += [
        (f"targets.{place}.crew_id", each.crew_id is not None and each.crew_id not in crews)
        for place, each in enumerate(body.targets)
    ]
    if errors := [(path, _("Choose one of those that are there.")) for path, is_wrong in wrong if is_wrong]:
        raise Invalid(errors)
    return {each.group: str(each.crew_id or "") for each in body.targets}


def _import(one: CheckInImport, taken: int, rows: list[PlannedData], left: list[dict[str, Any]]) -> ImportData:
    targets = [(group, uuid.UUID(crew_id) if crew_id else None) for group, crew_id in one.targets.items()]
    return {
        "id": one.id,
        "done_at": one.done_at,
        "targets": [{"group": group, "crew_id": crew_id} for group, crew_id in targets],
        "taken": taken,
        "rows": rows,
        "left": [
            {"row": row["row"], "reason": row["reason"], "message": str(ROW_WORDS[row["reason"]])} for row in left
        ],
        **stamps_as_data(one),
    }


def _planned(row: PlannedRow) -> PlannedData:
    days = {"period_from": row.period.starts_on, "period_to": row.period.ends_on}
    answers = {name: row.answers[name] for name in (*SCALES, "note")}
    return cast(PlannedData, {"row": row.row, "crew_id": row.crew_id, **days, **answers})
