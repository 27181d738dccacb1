"""What waits for operators, and how the site goes: plots of each day, with their table."""

from flask import Response, request, url_for

from hampa.admin import queries
from hampa.admin.queries import DayRow
from hampa.admin.views.blueprint import blueprint
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, ngettext, number
from hampa.platform.web import pages
from hampa.platform.web.operator_places import waiting_for
from hampa.platform.web.permissions import operator_only
from hampa.platform.web.plots import Plot, plot
from hampa.platform.web.session import me

NUMBER_WORDS = {
    "signups": _l("Sign-ups"),
    "runs": _l("Runs"),
    "joins": _l("Joins"),
    "messages": _l("Messages"),
    "sms": _l("SMS"),
}
SPANS = (30, 90, 365)
STEP = 3
"""The grid of a plot has so many steps, each of a whole number."""


@blueprint.get("/admin")
@operator_only
def overview() -> Response:
    """Show what waits for operators."""
    return pages.render(
        "admin/overview.html",
        waiting=[(waiting, count) for waiting, count in waiting_for(me()) if count],
        resting=[row.name for row in queries.gateways() if row.rests],
        used=[row for row in queries.spending() if row.is_used],
    )


@blueprint.get("/admin/numbers")
@operator_only
def numbers() -> Response:
    """Show sign-ups, runs, joins, messages and SMS by day."""
    asked = request.args.get("days", "")
    span = int(asked) if asked in map(str, SPANS) else SPANS[0]
    rows = queries.days_of_site(span)
    days = [dates.month_day(row.day) for row in rows]
    return pages.render(
        "admin/numbers.html",
        rows=rows,
        names=NUMBER_WORDS,
        plots=[_plot(name, rows, days) for name in NUMBER_WORDS],
        sums={name: sum(getattr(row, name) for row in rows) for name in NUMBER_WORDS},
        tabs=[
            (ngettext("%(num)d day", "%(num)d days", days), url_for("admin.numbers", days=days), days == span)
            for days in SPANS
        ],
    )


def _plot(name: str, rows: list[DayRow], days: list[str]) -> Plot:
    """Return the plot of a number over days; `days` are the words of these."""
    values = [
        (row.day.toordinal(), float(count), f"{words}: {number(count)}")
        for row, words, count in zip(rows, days, (getattr(row, name) for row in rows), strict=True)
    ]
    most = max((int(value) for _day, value, _words in values), default=0)
    high = max(STEP, -(-most // STEP) * STEP)
    label = str(NUMBER_WORDS[name])
    title = _("%(what)s, each day", what=label)
    span = (values[0][0], values[-1][0]) if values else (0, 1)
    return plot(label, title, [("mine", values)], span, (0, high), None)
