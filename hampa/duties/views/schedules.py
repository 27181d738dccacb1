"""Schedules: their lists, pages and forms."""

import datetime as dt
import uuid
from datetime import datetime
from typing import Any

from flask import Response, request, url_for

from hampa.crews.queries.naming import told_apart
from hampa.duties.actions import schedules as actions
from hampa.duties.forms import BY_RULE, WEEKLY, PeopleForm, ScheduleForm
from hampa.duties.models import Schedule
from hampa.duties.queries import schedules as queries
from hampa.duties.queries.offers import MOST_ASKED, members_of, qualified_ids
from hampa.duties.queries.shifts import MOST_SHIFTS, USUAL_SPAN, rule_of, shifts_for
from hampa.duties.views.blueprint import blueprint
from hampa.people.queries import PersonSummary
from hampa.platform import clock
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.locale.shift_words import describe_shifts
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me

NEXT_DATES = 5
LONGEST_WORDS = 60


@blueprint.get("/schedules")
@signed_in
def schedules() -> Response:
    """List the schedules that the viewer sees: those active today, or all."""
    show_all = request.args.get("show") == "all"
    rows = queries.all_schedules(me(), today_only=not show_all)
    return pages.render(
        "duties/schedules.html",
        rows=[queries.listed(row) for row in rows],
        show_all=show_all,
        owners=queries.owners_coordinated(me()),
    )


def rule_in_words(row: Any) -> str:
    """Return the rule of a schedule as a sentence."""
    return describe_shifts(rule_of(row))


def next_dates(schedule: Any) -> list[tuple[datetime, str, str]]:
    """Return the next starts of a schedule, each with its day in the viewer's calendar and in the other one."""
    starts = rule_of(schedule).next_starts(clock.now(), NEXT_DATES)
    return [(start, *dates.in_both_calendars(start, schedule.timezone)) for start in starts]


@blueprint.get("/schedules/<uuid:schedule_id>")
@signed_in
def schedule(schedule_id: uuid.UUID) -> Response:
    """Show a schedule: its rule, its next dates, and its shifts of the next four weeks."""
    row = queries.schedule_row(me(), schedule_id)
    now = clock.now()
    return pages.render(
        "duties/schedule.html",
        instructions=queries.instructions_of(row),
        row=row,
        rule=rule_in_words(row),
        next_dates=next_dates(row),
        rows=tuple(shift.shown for shift in shifts_for(me(), now, now + USUAL_SPAN, [row])[:MOST_SHIFTS]),
    )


@blueprint.route("/schedules/new", methods=["GET", "POST"])
@signed_in
def new() -> Response:
    """Make a schedule of the crew or the series that the address names."""
    owner = queries.owner_coordinated(me(), crew_id=_id_in("crew"), series_id=_id_in("series"))
    form = ScheduleForm(timezone=owner.timezone, start_date=dates.today(owner.timezone), at=dt.time(6))
    if owner.series is not None and not form.is_submitted():
        form.days.data = [day for day in dates.CODES if day in owner.series.recurrence.days]
        form.at.data = owner.series.first_local.time()
    if form.validate_on_submit():
        with attempt(form, done=_("Saved as a draft. Publish it when it is ready.")):
            made = form.once(me(), lambda: actions.create_schedule(me(), owner, form.values()).id)
        if not form.errors:
            return pages.redirect(url_for("duties.schedule", schedule_id=made))
    return _form_page(form, owner, None)


@blueprint.route("/schedules/<uuid:schedule_id>/edit", methods=["GET", "POST"])
@signed_in
def edit(schedule_id: uuid.UUID) -> Response:
    """Change a schedule."""
    changed = queries.coordinated_schedule(me(), schedule_id)
    form = ScheduleForm.of(changed)
    if not form.is_submitted() and request.args.get("repeats") in (WEEKLY, BY_RULE):
        form.repeats.data = request.args["repeats"]
    if form.validate_on_submit():
        with attempt(form, done=_("Saved. We'll tell anybody who had a shift that is gone.")):
            actions.change_schedule(me(), schedule_id, form.values())
        if not form.errors:
            return pages.redirect(url_for("duties.schedule", schedule_id=schedule_id))
        changed = queries.coordinated_schedule(me(), schedule_id)
    return _form_page(form, queries.owner_of(me(), changed), changed)


def _form_page(form: ScheduleForm, owner: queries.Owner, changed: Schedule | None) -> Response:
    return pages.render(
        "duties/form.html",
        status=form.http_status,
        form=form,
        owner=owner,
        schedule=changed,
        action=request.full_path if changed is None else url_for("duties.edit", schedule_id=changed.id),
    )


def members_found(schedule: Schedule) -> tuple[str | None, list[PersonSummary]]:
    """Return the letters of a name that the address looks for, and who has them; None where all fit on the page."""
    who = request.args.get("who", "").replace("\x00", "").strip()[:LONGEST_WORDS]
    found = members_of(me(), schedule, who)
    return (who if who or len(found) == MOST_ASKED else None), found


def _id_in(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.args.get(name, ""))
    except ValueError:
        return None


@blueprint.post("/schedules/<uuid:schedule_id>/publication")
@signed_in
def publish(schedule_id: uuid.UUID) -> Response:
    """Publish a draft."""
    with attempt(done=_("Published: everybody who belongs here can take the shifts.")):
        actions.publish(me(), schedule_id)
    return pages.redirect(url_for("duties.schedule", schedule_id=schedule_id))


@blueprint.post("/schedules/<uuid:schedule_id>/activity")
@signed_in
def activate(schedule_id: uuid.UUID) -> Response:
    """Stop a schedule, or let it go on."""
    with attempt(done=_("Saved.")):
        actions.activate(me(), schedule_id, active=request.form.get("active") == "1")
    return pages.redirect(url_for("duties.schedule", schedule_id=schedule_id))


@blueprint.post("/schedules/<uuid:schedule_id>/delete")
@signed_in
def delete(schedule_id: uuid.UUID) -> Response:
    """Delete a schedule that nobody has used."""
    with attempt(done=_("Deleted.")) as result:
        actions.delete_schedule(me(), schedule_id)
    back = url_for("duties.schedules") if result.succeeded else url_for("duties.schedule", schedule_id=schedule_id)
    return pages.redirect(back)


@blueprint.route("/schedules/<uuid:schedule_id>/qualified", methods=["GET", "POST"])
@signed_in
def qualified(schedule_id: uuid.UUID) -> Response:
    """Say who has the qualification that a schedule needs."""
    changed = queries.coordinated_schedule(me(), schedule_id)
    form = PeopleForm()
    who, shown = members_found(changed)
    form.people.set_choices(told_apart(shown))
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            actions.qualify(me(), schedule_id, form.ids, among=[one.id for one in shown])
        if not form.errors:
            return pages.redirect(url_for("duties.schedule", schedule_id=schedule_id))
    elif not form.is_submitted():
        form.people.data = [str(row_id) for row_id in qualified_ids(changed, [one.id for one in shown])]
    return pages.render("duties/qualified.html", status=form.http_status, form=form, schedule=changed, who=who)
