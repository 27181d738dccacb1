"""The audit log: what operators did, found by who, what, thing and time, and exported."""

import datetime as dt
import re
from collections.abc import Container
from typing import Any

from flask import Response, make_response, request, url_for

from hampa.admin import actions
from hampa.admin.forms import SOURCE_WORDS, AuditFilterForm
from hampa.admin.views.blueprint import blueprint
from hampa.audit import queries
from hampa.audit.models import find_action, find_thing
from hampa.audit.queries import AuditRow
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, number
from hampa.platform.texts.spreadsheet import to_csv
from hampa.platform.web import pages
from hampa.platform.web.csrf import is_led_here
from hampa.platform.web.permissions import operator_only
from hampa.platform.web.session import me

# A time as it is stored in an entry.
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


@blueprint.get("/admin/audit")
@operator_only
def audit() -> Response:
    """List the entries of the audit log, the newest first, as the filters say."""
    form = AuditFilterForm()
    entries = queries.entries_page(form.filters(), request.args.get("after"))
    return pages.render(
        "admin/audit.html",
        "rows",
        form=form,
        query=form.query(),
        entries=entries.of_rows(_shown),
        sources=SOURCE_WORDS,
        most=actions.MOST_EXPORTED,
    )


@blueprint.get("/admin/audit.csv")
@operator_only
def export_audit() -> Response:
    """Send the entries that the filters show as a spreadsheet, and write that into the log."""
    if is_led_here():
        return pages.redirect(url_for("admin.audit"))
    rows = actions.export_audit(me(), AuditFilterForm().filters())
    db.session.commit()
    head = [_("When"), _("Who"), _("Where"), _("What was done"), _("Kind of thing"), _("Id"), _("Thing"), _("Person")]
    head += [_("Before"), _("After"), _("Reason"), _("Address"), _("Request")]
    answer = make_response(to_csv([head, *map(_cells, rows)]))
    answer.mimetype = "text/csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="hampa-audit-{clock.now():%Y-%m-%d}.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _shown(row: AuditRow) -> dict[str, Any]:
    """Return an entry with its texts and the page of its thing."""
    thing = find_thing(row.subject_kind)
    href = ""
    if thing and thing.endpoint and row.subject_id:
        values: dict[str, Any] = {thing.argument: row.subject_id}
        href = url_for(thing.endpoint, **values)
    return {
        "row": row,
        "action": _action_words(row),
        "thing": thing.label if thing else row.subject_kind,
        "href": href,
        "changes": _changes(row, {"report"}),
        "led_by": _page_of("report", row.after.get("report")),
    }


def _page_of(kind: str, id_: object) -> str:
    """Return the address of the page of a thing that a value of an entry names, "" where it names none."""
    thing = find_thing(kind)
    values: dict[str, Any] = {thing.argument: id_} if thing else {}
    return url_for(thing.endpoint, **values) if thing and id_ else ""


def _action_words(row: AuditRow) -> str:
    action = find_action(row.action)
    return str(action.label) if action else row.action


def _changes(row: AuditRow, left_out: Container[str] = ()) -> list[tuple[str, str, str]]:
    """Return the fields of an entry in words, each with its value before and after."""
    action = find_action(row.action)
    labels, values = (action.fields, action.values) if action else ({}, {})

    def words(value: Any) -> str:
        if value is None or value == "":
            return ""
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, int):
            return number(value)
        if not isinstance(value, str):
            return str(value)
        return (
            dates.full_date(dt.datetime.fromisoformat(value)) if MOMENT.match(value) else str(values.get(value, value))
        )

    names = dict.fromkeys(name for name in (*row.before, *row.after) if name not in left_out)
    return [(str(labels.get(name, name)), words(row.before.get(name)), words(row.after.get(name))) for name in names]


def _cells(row: AuditRow) -> list[object]:
    changes = _changes(row)
    return [
        row.created_at.isoformat(),
        row.actor or str(row.actor_id or ""),
        str(SOURCE_WORDS[row.source]),
        _action_words(row),
        row.subject_kind,
        row.subject_id,
        row.subject_label,
        row.about,
        " · ".join(f"{label}: {before}" for label, before, _after in changes if before),
        " · ".join(f"{label}: {after}" for label, _before, after in changes if after),
        row.reason,
        row.address,
        row.request_id,
    ]
