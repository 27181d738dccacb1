"""Notifications on devices: turning them on and off, and the offer to do so after joining a run."""

import uuid
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.push.keys import site_key
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.push.actions import devices as actions
from hampa.push.forms import DeviceForm
from hampa.push.queries import devices as queries
from hampa.runs.models.run import Run

blueprint = Blueprint("push", __name__)


def offer(run: Run) -> dict[str, Any]:
    """Return what the offer needs; a script shows it where this browser can and does not get notifications yet."""
    return {"key": site_key().public, "next_path": url_for("runs.show", run_id=run.id)}


slots.fill(blueprint, "run.joined", "push/offer.html", offer)
slots.fill(blueprint, "notifications.push", "push/link.html")


@blueprint.get("/notifications/devices")
@signed_in
def devices() -> Response:
    """List the person's devices with notifications, and let this one be turned on."""
    return _page(DeviceForm(formdata=None))


@blueprint.post("/notifications/devices")
@signed_in
def turn_on() -> Response:
    """Turn notifications on for this browser."""
    form = DeviceForm()
    if form.validate():
        fields = {name: form[name].data for name in ("endpoint", "p256dh", "auth")}
        with attempt(form):
            actions.turn_on(me(), user_agent=request.user_agent.string, **fields)
    if form.errors:
        return _page(form)
    flash(_("This device now gets notifications."))
    return pages.redirect(pages.safe_next(form.next.data, url_for("push.devices")))


@blueprint.post("/notifications/devices/<uuid:device_id>/remove")
@signed_in
def turn_off(device_id: uuid.UUID) -> Response:
    """Turn notifications off for one device."""
    actions.turn_off(queries.device_of(me(), device_id))
    db.session.commit()
    flash(_("That device no longer gets notifications."))
    return pages.redirect(url_for("push.devices"))


def _page(form: DeviceForm) -> Response:
    devices = queries.devices_of(me())
    key = site_key().public
    is_mine = (one for one in devices if one.session_id == me().session_id and one.server_key == key)
    this_device = next(is_mine, None)
    return pages.render(
        "push/devices.html", status=form.http_status, form=form, devices=devices, this_device=this_device, key=key
    )
