"""Pages of files: sending one, what became of it, and the track on the page of an activity."""

import uuid
from typing import Any

from flask import Blueprint, Response, url_for

from hampa.activity_files import actions
from hampa.activity_files.forms import BEST_WORDS, FILE_REASONS, PART_WORDS, ActivityFileForm, fate_words
from hampa.activity_files.models import MEGABYTES
from hampa.activity_files.queries import files as queries
from hampa.activity_files.queries.files import SeenTrack
from hampa.activity_files.queries.previews import preview_shown
from hampa.platform.db import db
from hampa.platform.geo import drawing
from hampa.platform.geo.workout_sums import UNITS
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.platform.web.uploads import send, takes_files
from hampa.training.queries.activities import own_activity
from hampa.training.queries.visibility import SeenActivity

blueprint = Blueprint("activity_files", __name__)
slots.share(blueprint, file_reasons=FILE_REASONS, best_efforts=BEST_WORDS, copy_parts=PART_WORDS)

LONGEST_BAR = 100


def on_activity(activity: SeenActivity) -> dict[str, Any] | None:
    """Return what the page of an activity shows of the track, as far as the viewer sees it; nothing without one."""
    track = queries.track_seen(activity)
    return {"track": track, **shown(track)} if track is not None else None


slots.fill(blueprint, "activity.details", "activity_files/on_activity.html", on_activity)
slots.fill(blueprint, "activities.links", "activity_files/on_activities.html")


def shown(track: SeenTrack) -> dict[str, Any]:
    """Return what is drawn and listed of a track: line, heights, and splits in the person's unit with their bars."""
    unit = "mi" if me().units == "miles" else "km"
    splits = [
        {"metres": metres, "seconds": seconds, "heart": heart, "pace": seconds / metres * 1_000}
        for metres, seconds, heart in track.splits.get(unit, [])
        if metres
    ]
    slowest = max((one["pace"] for one in splits), default=0)
    for one in splits:
        one["bar"] = round(LONGEST_BAR * one["pace"] / slowest, 1) if slowest else 0
    return {
        "outline": drawing.outline(track.line),
        "profile": drawing.profile(track.profile),
        "splits": splits,
        "unit_m": UNITS[unit],
        "bests": track.bests,
    }


@blueprint.route("/me/activities/import", methods=["GET", "POST"])
@signed_in
@takes_files(megabytes=MEGABYTES + 1)
def upload() -> Response:
    """Take a file, and go on to what becomes of it."""
    form = ActivityFileForm()
    if form.validate_on_submit():
        file = form.file.data[0]
        with attempt(form):
            import_id = form.once(me(), lambda: actions.take_file(me(), file.stream, file.filename or ""))
        if not form.errors:
            return pages.redirect(url_for("activity_files.show", activity_import_id=import_id))
    return pages.render(
        "activity_files/upload.html",
        status=form.http_status,
        form=form,
        imports=queries.imports_of(me()),
        megabytes=MEGABYTES,
    )


@blueprint.get("/me/activities/import/<uuid:activity_import_id>")
@signed_in
def show(activity_import_id: uuid.UUID) -> Response:
    """Show how far a file is read, and what became of it."""
    one = queries.own_import(me(), activity_import_id)
    return pages.render(
        "activity_files/import.html",
        one=one,
        preview=preview_shown(one),
        words=fate_words(queries.fates_of(one)),
        plans_came=queries.plans_came(one),
        failures=queries.failures_of(one),
        failures_shown=queries.FAILURES_SHOWN,
        only=queries.only_activity_of(one),
    )


@blueprint.post("/me/activities/import/<uuid:activity_import_id>/take-over")
@signed_in
def take_over(activity_import_id: uuid.UUID) -> Response:
    """Have a copy taken over."""
    actions.agree(me(), activity_import_id)
    db.session.commit()
    return pages.redirect(url_for("activity_files.show", activity_import_id=activity_import_id))


@blueprint.post("/me/activities/import/<uuid:activity_import_id>/discard")
@signed_in
def discard(activity_import_id: uuid.UUID) -> Response:
    """Delete a copy that waits."""
    with attempt(done=_("Nothing from it was imported.")) as result:
        actions.discard(me(), activity_import_id)
    if not result.succeeded:
        return pages.redirect(url_for("activity_files.show", activity_import_id=activity_import_id))
    return pages.redirect(url_for("activity_files.upload"))


@blueprint.get("/activities/<uuid:activity_id>/file")
@signed_in
def file(activity_id: uuid.UUID) -> Response:
    """Send the file of an activity as it came, packed by gzip, to its person."""
    track = queries.own_track(me(), own_activity(me(), activity_id).id)
    return send(track.file, "application/gzip", download_name=f"{activity_id}.{track.extension}.gz")
