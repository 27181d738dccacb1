"""When the viewer has time to train, and the week of a coach's athletes."""

import datetime as dt
import uuid
from collections.abc import Sequence
from datetime import timedelta

from flask import Response, request, url_for

from hampa.coaching.actions import availability as actions
from hampa.coaching.forms.availability import AvailabilityForm, ExceptionForm, minutes_of, time_words
from hampa.coaching.queries import availability as queries
from hampa.coaching.queries.sessions import own_days as own_sessions_between
from hampa.coaching.views.blueprint import blueprint
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.platform.web.template_filters import upper_first
from hampa.training.queries.overview import week_of

FARTHEST_WEEK = timedelta(days=800)


def week_days(days: Sequence[dt.date]) -> tuple[tuple[dt.date, str, str], ...]:
    """Return days with their names and dates, as the rows of a week have them."""
    return tuple((day, upper_first(dates.day(day)), dates.month_day(day)) for day in days)


slots.share(blueprint, time_words=time_words, week_days=week_days, short_time=queries.short_time)


@blueprint.get("/coaching/week")
@signed_in
def week() -> Response:
    """Show a week of the viewer's athletes: what is planned and done, and when they have time."""
    first = week_of(_day(request.args.get("from")) or dates.today())
    page = queries.week_of_athletes(me(), first, request.args.get("after"))
    return pages.render(
        "coaching/week.html",
        page=page,
        days=[first + timedelta(days=number) for number in range(queries.DAYS)],
        today=dates.today(),
        earlier=first - timedelta(days=queries.DAYS),
        later=first + timedelta(days=queries.DAYS),
    )


def _day(text: str | None) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if abs(day - dates.today()) < FARTHEST_WEEK else None


@blueprint.route("/me/availability", methods=["GET", "POST"])
@signed_in
def availability() -> Response:
    """Show when the viewer has time, and let them say it."""
    if request.method == "GET":
        return _page(AvailabilityForm.of(queries.own_days(me())))
    form = AvailabilityForm()
    if form.validate():
        with attempt(form, done=_("Saved.")):
            actions.set_availability(me(), form.days)
    if form.errors:
        return _page(form)
    return pages.redirect(url_for("coaching.availability"))


def _page(form: AvailabilityForm, refused: ExceptionForm | None = None) -> Response:
    exceptions = queries.own_exceptions(me())
    days = [queries.OtherDays(one.first, one.last, one.minutes, "") for one in exceptions]
    last = max((one.last for one in days), default=None)
    rows = own_sessions_between(me(), dates.today(), last) if last is not None else []
    return pages.render(
        "coaching/availability.html",
        status=refused.http_status if refused is not None else form.http_status,
        form=form,
        fields=[form[code] for code in dates.week()],
        exceptions=exceptions,
        other=days,
        touched=[one for one in rows if queries.short_time(one, days)],
        exception_form=refused or ExceptionForm(formdata=None),
    )


@blueprint.post("/me/availability/exceptions")
@signed_in
def add_exception() -> Response:
    """Say that one has other time than usual on some days."""
    form = ExceptionForm()
    if form.validate():

        def add() -> uuid.UUID:
            last = form.last.data or form.first.data
            values = form.first.data, last, minutes_of(form.minutes.data), form.note.data or ""
            return actions.add_exception(me(), *values).id

        with attempt(form, done=_("Saved.")):
            form.once(me(), add)
    if form.errors:
        return _page(AvailabilityForm.of(queries.own_days(me())), form)
    return pages.redirect(url_for("coaching.availability"))


@blueprint.post("/me/availability/exceptions/<uuid:exception_id>/delete")
@signed_in
def delete_exception(exception_id: uuid.UUID) -> Response:
    """Delete an exception."""
    with attempt(done=_("Deleted.")):
        actions.delete_exception(me(), exception_id)
    return pages.redirect(url_for("coaching.availability"))
