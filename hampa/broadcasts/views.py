"""Pages on which coordinators write to people with duties."""

import uuid
from typing import Any

from flask import Blueprint, Response, request, url_for

from hampa.broadcasts import actions, queries
from hampa.broadcasts.forms import AUDIENCE_WORDS, CHANNEL_WORDS, STATE_WORDS, BroadcastForm
from hampa.broadcasts.models import DRAFT, SHIFT
from hampa.duties.queries.schedules import Owner, owner_coordinated
from hampa.duties.queries.shifts import Shift
from hampa.platform import clock
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt, pressed
from hampa.platform.web.forms import Form
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me

blueprint = Blueprint("broadcasts", __name__)
slots.share(
    blueprint, broadcast_audiences=AUDIENCE_WORDS, broadcast_channels=CHANNEL_WORDS, broadcast_states=STATE_WORDS
)


def on_shift(shift: Shift) -> dict[str, Any]:
    """Return what the page of a shift says to its coordinators: the way to write to those who do it."""
    row = shift.schedule
    return {"query": {"crew": row.crew_id, "series": row.series_id, "shift": f"{row.id}_{shift.token}"}}


slots.fill(blueprint, "duties.coordinating", "broadcasts/way.html")
slots.fill(blueprint, "shift.coordinating", "broadcasts/on_shift.html", on_shift)


@blueprint.route("/duties/messages", methods=["GET", "POST"])
@signed_in
def write() -> Response:
    """Write to people with duties of the crew (`?crew=`) or the series (`?series=`) of the address."""
    owner = _owner()
    asked = request.args.get("shift", "")
    form = BroadcastForm() if request.method == "POST" or not asked else BroadcastForm(audience=SHIFT, shift=asked)
    form.offer(queries.schedules_of(owner), queries.shifts_of(owner, clock.now()))
    if form.validate_on_submit():
        with attempt(form):
            made = form.once(me(), lambda: actions.draft(me(), owner, form.plan()).id)
        if not form.errors:
            return pages.redirect(url_for("broadcasts.show", broadcast_id=made))
        owner = _owner()
    return pages.render(
        "broadcasts/write.html",
        status=form.http_status,
        owner=owner,
        query=_query_of(owner),
        form=form,
        page=queries.broadcasts_of(me(), owner, request.args.get("after")),
    )


@blueprint.route("/duties/messages/<uuid:broadcast_id>", methods=["GET", "POST"])
@signed_in
def show(broadcast_id: uuid.UUID) -> Response:
    """Show a draft with its recipients and its cost and have it sent, or show how far a message is."""
    queries.broadcast_for(me(), broadcast_id)
    form = Form()
    if request.method == "POST":
        with attempt(form):
            actions.approve(me(), broadcast_id)
        if not form.form_errors:
            return pages.redirect(url_for("broadcasts.show", broadcast_id=broadcast_id))
    broadcast = queries.broadcast_for(me(), broadcast_id)
    owner, schedule = queries.owner_and_schedule(broadcast)
    is_draft = broadcast.state == DRAFT
    return pages.render(
        "broadcasts/draft.html" if is_draft else "broadcasts/show.html",
        None if is_draft else "progress",
        status=form.http_status,
        broadcast=broadcast,
        owner=owner,
        schedule=schedule,
        query={"crew": broadcast.crew_id, "series": broadcast.series_id},
        bill=queries.bill_of(broadcast, me().name, owner) if is_draft else None,
        refused=" ".join(form.form_errors),
    )


@blueprint.post("/duties/messages/<uuid:broadcast_id>/stop")
@signed_in
def stop(broadcast_id: uuid.UUID) -> Response:
    """Keep a message from all who were not told yet."""
    return pressed(
        lambda: actions.stop(me(), broadcast_id),
        done=_("Stopped. Nobody else gets it."),
        leads_to=url_for("broadcasts.show", broadcast_id=broadcast_id),
    )


def _owner() -> Owner:
    return owner_coordinated(me(), crew_id=_asked_id("crew"), series_id=_asked_id("series"))


def _query_of(owner: Owner) -> dict[str, Any]:
    return {"crew": owner.crew_id, "series": owner.series_id}


def _asked_id(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.args.get(name, ""))
    except ValueError:
        return None
