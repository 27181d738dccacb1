"""Gear: the list, adding, changing, retiring and deleting it."""

import uuid

from flask import Response, request, url_for

from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.training.actions import gear as actions
from hampa.training.forms.gear import GEAR_WORDS, GearForm
from hampa.training.models.gear import Gear
from hampa.training.queries.gear import gear_of, own_gear
from hampa.training.views.blueprint import blueprint

slots.share(blueprint, gear_words=GEAR_WORDS)


@blueprint.get("/me/gear")
@signed_in
def list_gear() -> Response:
    """Show the viewer's gear and how far each has come."""
    return pages.render("training/gear.html", rows=gear_of(me()))


@blueprint.route("/me/gear/new", methods=["GET", "POST"])
@signed_in
def new_gear() -> Response:
    """Add gear."""
    form = GearForm()
    if form.validate_on_submit():
        with attempt(form, done=_("Added. Choose it when you log what you did.")):
            form.once(me(), lambda: actions.add_gear(me(), form.values()).id)
        if not form.errors:
            return _to_list()
    return gear_page(form, None)


@blueprint.route("/me/gear/<uuid:gear_id>", methods=["GET", "POST"])
@signed_in
def gear(gear_id: uuid.UUID) -> Response:
    """Change gear."""
    changed = own_gear(me(), gear_id)
    form = GearForm.of(changed)
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            actions.change_gear(me(), gear_id, form.values())
        if not form.errors:
            return _to_list()
        changed = own_gear(me(), gear_id)
    return gear_page(form, changed)


def gear_page(form: GearForm, changed: Gear | None) -> Response:
    """Render the form of gear."""
    return pages.render("training/gear_form.html", status=form.http_status, form=form, gear=changed)


@blueprint.post("/me/gear/<uuid:gear_id>/retirement")
@signed_in
def retire_gear(gear_id: uuid.UUID) -> Response:
    """Put gear away, or take it out again."""
    retires = request.form.get("retires") == "1"
    with attempt(done=_("Put away. Its kilometres stay.") if retires else _("In use again.")):
        actions.retire_gear(me(), gear_id, retires=retires)
    return _to_list()


@blueprint.post("/me/gear/<uuid:gear_id>/delete")
@signed_in
def delete_gear(gear_id: uuid.UUID) -> Response:
    """Delete gear; activities stay."""
    with attempt(done=_("Deleted. Your activities stay.")):
        actions.delete_gear(me(), gear_id)
    return _to_list()


def _to_list() -> Response:
    return pages.redirect(url_for("training.list_gear"))
