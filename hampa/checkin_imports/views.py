"""Pages of an import: the file, the preview, and the report."""

import uuid

from flask import Blueprint, Response, request, url_for

from hampa.checkin_imports import actions, queries
from hampa.checkin_imports.forms import importing
from hampa.checkin_imports.models import TAKEN, CheckInImport
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.forms import OnceForm
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.platform.web.uploads import takes_files

blueprint = Blueprint("checkin_imports", __name__)

SHOWN = 50
"""Rows that the preview and the report show at most, of each sort."""

slots.fill(blueprint, "checkins.links", "checkin_imports/on_history.html")


@blueprint.route("/me/check-ins/import", methods=["GET", "POST"])
@signed_in
@takes_files(megabytes=importing.MEGABYTES + 1)
def upload() -> Response:
    """Take a file of the older version, and go on to its preview."""
    form = importing.UploadForm()
    if form.validate_on_submit() and form.read is not None:
        rows, bad = form.read.rows, form.read.bad
        with attempt(form):
            import_id = form.once(me(), lambda: actions.store_file(me(), rows, bad))
        if not form.errors:
            return pages.redirect(url_for("checkin_imports.show", import_id=import_id))
    return pages.render("checkin_imports/upload.html", status=form.http_status, form=form)


@blueprint.get("/me/check-ins/import/<uuid:import_id>")
@signed_in
def show(import_id: uuid.UUID) -> Response:
    """Show what would be taken of a file, or what was."""
    one = queries.own_import(me(), import_id)
    if one.report is not None:
        left = one.report["left"]
        return pages.render(
            "checkin_imports/report.html",
            taken=one.report["taken"],
            left=left[:SHOWN],
            left_count=len(left),
            words=importing.ROW_WORDS,
        )
    return _preview(one, None)


@blueprint.post("/me/check-ins/import/<uuid:import_id>")
@signed_in
def take_over(import_id: uuid.UUID) -> Response:
    """Take the check-ins over; or, by the other button, look at them again with other crews."""
    one = queries.own_import(me(), import_id)
    if one.done_at is None:
        groups = queries.groups_of(one)
        form = importing.targets_form(groups, queries.crews_to_choose(me()), one.targets)
        if not form.validate():
            return _preview(one, form)
        targets = importing.chosen_targets(form, groups)
        act = actions.choose_targets if request.form.get("look") else actions.take_over
        with attempt(form):
            act(me(), import_id, targets)
    return pages.redirect(url_for("checkin_imports.show", import_id=import_id))


def _preview(one: CheckInImport, form: OnceForm | None) -> Response:
    crews, groups = queries.crews_to_choose(me()), queries.groups_of(one)
    plan = queries.plan_of(me(), one, crews)
    taken = [row for row in plan if row.fate == TAKEN]
    left = sorted([*one.bad, *({"row": row.row, "reason": row.fate} for row in plan if row.fate != TAKEN)], key=_row)
    form = form or importing.targets_form(groups, crews, one.targets, formdata=None)
    return pages.render(
        "checkin_imports/preview.html",
        status=form.http_status,
        form=form,
        one=one,
        targets=[form[f"group_{place}"] for place, _group in enumerate(groups)],
        taken=taken[:SHOWN],
        taken_count=len(taken),
        left=left[:SHOWN],
        left_count=len(left),
        crews={crew.id: crew.name for crew in crews},
        words=importing.ROW_WORDS,
    )


def _row(row: dict[str, int]) -> int:
    return row["row"]
