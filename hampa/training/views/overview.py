"""The page of training: the timer, sums, the heat map and the trend; and what home shows of it."""

from typing import Any

from flask import Response, request

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.locale import dates, measures
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web import pages, slots
from hampa.platform.web.hats import HATS, Hat
from hampa.platform.web.home_modules import MODULES, HomeModule
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.plots import Plot, plot
from hampa.platform.web.session import me
from hampa.training.forms.activities import StopForm, TimerForm
from hampa.training.models.timers import ASKED_AFTER, Timer
from hampa.training.queries import activities as queries, overview as overviews
from hampa.training.queries.goals import goals_of
from hampa.training.queries.overview import OF_MONTH, PERIODS, Overview, Totals
from hampa.training.queries.timers import has_timer
from hampa.training.views.blueprint import blueprint
from hampa.training.views.heat import heat_map

LATEST_SHOWN = 3
PERIOD_WORDS = {"today": _l("Today"), "week": _l("This week"), "month": _l("This month"), "year": _l("Twelve months")}


@blueprint.get("/me/training")
@signed_in
def overview() -> Response:
    """Show how the viewer's training goes on."""
    shown, timer = overviews.overview_with_timer(me())
    period = request.args.get("of", "")
    return pages.render(
        "training/overview.html",
        overview=shown,
        goals=goals_of(me()),
        latest=queries.activities_of(me(), size=LATEST_SHOWN).values,
        period=period if period in PERIODS else OF_MONTH,
        **timer_values(timer),
    )


def usual_weeks(shown: Overview) -> tuple[Totals | None, Totals | None]:
    """Return the sums of the last four weeks that are over, and of those before; None without training in twelve weeks."""
    if not any(week.totals.count for week in shown.trend):
        return None, None
    return shown.usual(), shown.usual(overviews.RECENT_WEEKS)


def timer_values(timer: Timer | None, *, at_home: bool = False) -> dict[str, Any]:
    """Return what the template of the timer needs; on home, its buttons are quiet."""
    return {
        "at_home": at_home,
        "timer": timer,
        "seconds": timer.seconds_at(clock.now()) if timer is not None else 0,
        "is_long": timer is not None and is_long(timer),
        "timer_form": TimerForm(formdata=None) if timer is None else None,
        "stop_form": StopForm(formdata=None) if timer is not None and is_long(timer) else None,
    }


def is_long(timer: Timer) -> bool:
    """Return whether a timer runs for so long that it may have been forgotten."""
    return clock.now() - timer.started_at >= ASKED_AFTER


def trend_plot(shown: Overview) -> Plot | None:
    """Draw the hours of the last weeks that are over; None without any."""
    weeks = shown.trend
    if sum(1 for week in weeks if week.totals.count) < 2:
        return None
    values = [
        (
            week.first.toordinal(),
            week.totals.duration_s / 3600,
            f"{dates.date(week.first)}: {measures.duration(week.totals.duration_s / 60)}",
        )
        for week in weeks
    ]
    most = max(3, 3 * -(-max(value[1] for value in values) // 3))
    title = _("Hours of each week, drawn over time. The numbers stand in the table.")
    span = (weeks[0].first.toordinal(), weeks[-1].first.toordinal())
    return plot(_("Hours a week"), title, [("mine", values)], span, (0, int(most)), None)


def hat(person: Person, **_values: Any) -> Hat:
    """Return the hat of who has trained."""
    return Hat("training", _l("Training"), "training.overview", queries.has_training(person.id) | has_timer(person.id))


def module(person: Person, **_values: Any) -> HomeModule:
    """Return the module of home with the timer and the sums of the week, for who has trained."""
    has = queries.has_training(person.id) | has_timer(person.id)
    return HomeModule("training/on_home.html", has, on_home, is_beside=True)


def on_home(person: Person) -> dict[str, Any] | None:
    """Return the timer and the week of a person, as values of a template."""
    week, timer = overviews.week_with_timer(person)
    return {"week": week, **timer_values(timer, at_home=True)}


slots.share(
    blueprint, period_words=PERIOD_WORDS, training_heat=heat_map, training_trend=trend_plot, training_usual=usual_weeks
)
slots.contribute(blueprint, HATS, hat)
slots.contribute(blueprint, MODULES, module)
