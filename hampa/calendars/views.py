"""Runs in a calendar program: a feed of one's own runs, and each run as a file."""

import uuid

from flask import Blueprint, Response, flash, make_response, request, session, url_for

from hampa.calendars import actions, queries
from hampa.platform.db import db
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.forms import OnceForm
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical
from hampa.runs.queries import organisers, runs

blueprint = Blueprint("calendars", __name__)

SHOWN_ONCE = "feed_token"


@blueprint.get("/runs.ics")
@public
def feed() -> Response:
    """Answer a calendar program that asks again and again for the runs of the person whose token this is."""
    person = queries.person_by_feed_token(request.args.get("token", ""))
    with i18n.use_locale(person.locale, person.timezone, person.calendar, person.units):
        body = queries.feed_calendar(person, lambda run: canonical(url_for("runs.show", run_id=run.id)))
    answer = calendar_file(body, 'inline; filename="hampa.ics"')
    answer.add_etag()
    answer.make_conditional(request)
    return answer


@blueprint.route("/me/calendar", methods=["GET", "POST"])
@signed_in
def my_calendar() -> Response:
    """Make a new address of one's feed, and show it once, on the page that follows."""
    if request.method == "POST":
        session[SHOWN_ONCE] = open_feed_once()
        db.session.commit()
        return pages.redirect(url_for("calendars.my_calendar"))
    token = session.pop(SHOWN_ONCE, None)
    address = canonical(url_for("calendars.feed", token=token)) if token else None
    answer = pages.render("calendars/feed.html", address=address, made_at=queries.feed_created_at(me()))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def open_feed_once() -> str | None:
    """Open one's feed and return its token, the same when the form is sent twice; None if it was replaced since."""
    form = OnceForm()
    token = actions.feed_token(form.submission_of(me().id))

    def open_feed() -> uuid.UUID:
        actions.open_feed(me(), token)
        return me().id

    form.once(me(), open_feed)
    return token if queries.opens_feed(me(), token) else None


@blueprint.post("/me/calendar/end")
@signed_in
def end_my_calendar() -> Response:
    """Close one's feed."""
    actions.close_feed(me())
    db.session.commit()
    flash(_("Your calendar reads nothing from here any more."))
    return pages.redirect(url_for("calendars.my_calendar"))


@blueprint.get("/runs/<uuid:run_id>.ics")
@public
def calendar(run_id: uuid.UUID) -> Response:
    """Send a run as a calendar file."""
    run = runs.run_for(me(), run_id)
    organiser = next((person.name for person in organisers.organisers_of(me(), run) if person.owner), "")
    body = queries.run_calendar(run, organiser, canonical(url_for("runs.show", run_id=run.id)))
    return calendar_file(body, f'attachment; filename="hampa-{run.short_code}.ics"')


def calendar_file(body: bytes, disposition: str) -> Response:
    """Return a calendar as a response with this `Content-Disposition`."""
    answer = make_response(body)
    answer.mimetype = "text/calendar"
    answer.headers["Content-Disposition"] = disposition
    return answer
