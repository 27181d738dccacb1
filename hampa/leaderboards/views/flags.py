"""Flags of activities: on the page of an activity, and the list of those who decide."""

import uuid
from typing import Any

from flask import Response, request, url_for

from hampa.leaderboards.actions import flags as actions
from hampa.leaderboards.forms import AppealForm, DecisionForm, FlagForm
from hampa.leaderboards.queries.flags import concerns, flag_of, flags_for, ground_for, may_flag_again, may_lift
from hampa.leaderboards.views.blueprint import blueprint
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.training.queries.visibility import SeenActivity, activity_for


def on_activity(activity: SeenActivity, **_values: Any) -> dict[str, Any] | None:
    """Return the flag of an activity to its person and to those who may decide, and the form to who may raise one."""
    if not concerns(me(), activity):
        return None
    flag = flag_of(activity.id)
    is_own = activity.is_own
    ground = None if is_own else ground_for(me(), activity)
    if flag is not None and not (is_own or ground or may_lift(me(), flag)):
        return None
    if flag is None and ground is None:
        return None
    return {
        "flag": flag,
        "is_own": is_own,
        "may_flag": ground is not None and (flag is None or may_flag_again(me(), flag)),
        "may_lift": flag is not None and flag.holds and may_lift(me(), flag),
    }


slots.fill(blueprint, "activity.details", "leaderboards/on_activity.html", on_activity)


@blueprint.route("/activities/<uuid:activity_id>/flag", methods=["GET", "POST"])
@signed_in
def flag(activity_id: uuid.UUID) -> Response:
    """Flag an activity as implausible."""
    activity = activity_for(me(), activity_id)
    if ground_for(me(), activity) is None:
        raise actions.forbidden()
    form = FlagForm()
    if form.validate_on_submit():
        with attempt(
            form, actions.FlaggedAlready, done=_("It no longer counts anywhere. We'll tell whoever it belongs to.")
        ):
            actions.flag_activity(me(), activity_id, form.reason.data)
        if not form.errors:
            return _to(activity_id)
    return pages.render("leaderboards/flag.html", status=form.http_status, form=form, activity=activity)


@blueprint.route("/activities/<uuid:activity_id>/flag/appeal", methods=["GET", "POST"])
@signed_in
def appeal(activity_id: uuid.UUID) -> Response:
    """Say why an activity of one's own is right."""
    raised = actions.own_flag(me(), activity_id)
    form = AppealForm()
    if form.validate_on_submit():
        with attempt(form, done=_("The operators look at it.")):
            actions.appeal(me(), activity_id, form.words.data)
        if not form.errors:
            return _to(activity_id)
    return pages.render("leaderboards/appeal.html", status=form.http_status, form=form, flag=raised)


@blueprint.post("/activities/<uuid:activity_id>/flag/decision")
@signed_in
def decide(activity_id: uuid.UUID) -> Response:
    """Lift a flag, or uphold it."""
    form = DecisionForm()
    lifts = request.form.get("lifts") == "1"
    if form.validate():
        with attempt(form, done=_("It counts again.") if lifts else _("It stays as it is.")):
            actions.decide(me(), activity_id, lifts=lifts, answer=form.answer.data or "")
    if form.errors:
        return _flags(form)
    return pages.redirect(url_for("leaderboards.flags"))


@blueprint.get("/leaderboards/flags")
@signed_in
def flags() -> Response:
    """List the flags that the viewer raised or has to decide about."""
    return _flags(None)


def _flags(refused: DecisionForm | None) -> Response:
    page = flags_for(me(), request.args.get("after"))
    form = refused or DecisionForm(formdata=None)
    status = refused.http_status if refused is not None else 200
    return pages.render("leaderboards/flags.html", status=status, page=page, form=form)


def _to(activity_id: uuid.UUID) -> Response:
    return pages.redirect(url_for("training.activity", activity_id=activity_id))
