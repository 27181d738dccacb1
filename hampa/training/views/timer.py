"""The timer: a part of the page of training, and what one taps there, also without network."""

from flask import Response, request, url_for

from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.offline import kept_offline, tapped_ago
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.training.actions import timers as actions
from hampa.training.forms.activities import StopForm, TimerForm
from hampa.training.queries.timers import timer_of
from hampa.training.views.blueprint import blueprint
from hampa.training.views.overview import timer_values

REFUSALS = actions.TimerRuns, actions.NoTimer


@blueprint.get("/me/timer")
@signed_in
def timer() -> Response:
    """Answer htmx with the timer as it is now, wherever it was started or stopped."""
    if not pages.wants_fragment():
        return _back()
    values = timer_values(timer_of(me()), at_home=request.args.get("at") == "home")
    return pages.render("training/timer_alone.html", "timer", **values)


@blueprint.post("/me/timer")
@signed_in
@kept_offline(_l("Start of the timer"))
def start() -> Response:
    """Start the timer; what it is for can be told later."""
    form = TimerForm()
    if form.validate():
        with attempt(None, *REFUSALS):
            actions.start_timer(me(), form.kind.data, ago=tapped_ago())
    return _back()


@blueprint.post("/me/timer/pause")
@signed_in
@kept_offline(_l("Break of the timer"))
def pause() -> Response:
    """Let the timer stand still."""
    with attempt(None, *REFUSALS):
        actions.pause_timer(me(), ago=tapped_ago())
    return _back()


@blueprint.post("/me/timer/resume")
@signed_in
@kept_offline(_l("End of the break"))
def resume() -> Response:
    """Let the timer go on."""
    with attempt(None, *REFUSALS):
        actions.resume_timer(me(), ago=tapped_ago())
    return _back()


@blueprint.post("/me/timer/stop")
@signed_in
@kept_offline(_l("End of the timer"))
def stop() -> Response:
    """Stop the timer, and ask for what else there is to tell."""
    form = StopForm()
    if not form.validate():
        return _back()
    with attempt(None, *REFUSALS, done=_("Logged. Here is room for the rest.")) as result:
        made = actions.stop_timer(me(), after=form.length, ago=tapped_ago()).id
    if not result.succeeded:
        return _back()
    return pages.redirect(url_for("training.edit", activity_id=made, new="1"))


@blueprint.post("/me/timer/drop")
@signed_in
def drop() -> Response:
    """End the timer without writing anything down."""
    with attempt(None, *REFUSALS, done=_("Nothing was written down.")):
        actions.drop_timer(me())
    return _back()


def _back() -> Response:
    return pages.redirect(url_for("training.overview", _anchor="timer"))
