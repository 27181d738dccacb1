"""Runs in a calendar program: feeds of one's own and of public runs, and each run as a file."""

import uuid
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, flash, make_response, request, session, url_for

from hampa.calendars import actions, queries
from hampa.calendars.forms import AlarmForm
from hampa.crews.models import Crew, CrewMembership
from hampa.crews.queries.crews import crew_for, crews_of, member_of
from hampa.people.models import Person
from hampa.platform.api import limits
from hampa.platform.db import db
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.forms import OnceForm
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical
from hampa.run_search.forms import RunFilters
from hampa.runs.queries import organisers, runs
from hampa.series.queries import series_for

blueprint = Blueprint("calendars", __name__)

SHOWN_ONCE = "feed_token"
FEEDS_A_MINUTE = 60
"""Feeds of lists that are made for one address; those that are kept, and asked for again, do not count."""
PUBLIC_SECONDS = 300
"""How long caches may keep a public feed; programs ask every hour."""


@blueprint.get("/runs.ics")
@public
def feed() -> Response:
    """Answer a calendar program that asks again and again, for public runs or for those of the person of a token.

    Public runs are those of `/runs` with the same query string, as a visitor sees them, whoever is signed in.
    """
    if "token" in request.args:
        return personal_feed(request.args["token"])
    with i18n.use_locale(request.args.get("lang")):
        form = RunFilters()
        filters = form.filters()
        words = _(", ").join(active.words for active in form.active)
        name = _("Runs: %(filters)s · Hampa", filters=words) if words else _("Runs · Hampa")
        return public_feed(queries.listed_calendar(viewer(), filters, name, page_of, count_feed))


@blueprint.get("/people/<uuid:person_id>/runs.ics")
@public
def organiser_feed(person_id: uuid.UUID) -> Response:
    """Send the public runs of an organiser whose page is open to everybody."""
    with i18n.use_locale(request.args.get("lang")):
        organiser = queries.public_organiser(viewer(), person_id)
        return public_feed(queries.organiser_calendar(viewer(), organiser, page_of))


@blueprint.get("/series/<uuid:series_id>.ics")
@public
def series_feed(series_id: uuid.UUID) -> Response:
    """Send the runs of a series that its page shows."""
    with i18n.use_locale(request.args.get("lang")):
        return public_feed(queries.series_calendar(viewer(), series_for(viewer(), series_id), page_of))


def count_feed() -> None:
    """Count a feed of a list that has to be made. Raise TooFast for too many of one address."""
    limits.count_of_address("feeds", FEEDS_A_MINUTE)


@blueprint.get("/crews/<uuid:crew_id>/runs.ics")
@public
def crew_feed(crew_id: uuid.UUID) -> Response:
    """Send the public runs of a crew that anybody may find, or with a person's token all that this member may see."""
    if "token" not in request.args:
        with i18n.use_locale(request.args.get("lang")):
            return public_feed(queries.crew_calendar(viewer(), crew_for(None, crew_id), page_of, is_member=False))
    person, _alarm = queries.opened_feed(request.args["token"])
    crew = member_of(person, crew_id).crew
    with i18n.use_locale(person.locale, person.timezone, person.calendar, person.units):
        feed = queries.crew_calendar(person, crew, page_of, is_member=True)
    return private_file(feed.body)


def private_file(body: bytes) -> Response:
    """Return a calendar that only its person's program reads."""
    answer = calendar_file(body, 'inline; filename="hampa.ics"')
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def personal_feed(token: str) -> Response:
    """Return the runs of the person whose token this is. Raise NotFound."""
    person, alarm = queries.opened_feed(token)
    with i18n.use_locale(person.locale, person.timezone, person.calendar, person.units):
        more = [event for events in slots.collect(queries.EVENTS, person=person) for event in events]
        return private_file(queries.feed_calendar(person, alarm, page_of, more))


def viewer() -> Person | None:
    """Return the person who is signed in if anybody is hidden from them: all others get the feed of visitors."""
    return queries.blocking_viewer(me())


def public_feed(feed: queries.PublicFeed) -> Response:
    """Return a feed that caches may keep for some minutes, unless it is in the clock and calendar of a person."""
    answer = calendar_file(feed.body, 'inline; filename="hampa.ics"')
    if me() is None:
        answer.headers["Cache-Control"] = f"public, max-age={PUBLIC_SECONDS}"
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.last_modified = feed.changed_at
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def page_of(run: Any) -> str:
    """Return the URL of the page of a run."""
    return canonical(url_for("runs.show", run_id=run.id))


def subscription(endpoint: str, **values: Any) -> dict[str, str]:
    """Return the address of a public feed in the viewer's language, for the part of a page that offers it."""
    return {"address": canonical(url_for(endpoint, **values, lang=i18n.get_locale_code()))}


def list_subscription(form: RunFilters) -> dict[str, str]:
    """Return the address of the feed of a list of runs."""
    return subscription("calendars.feed", **form.lasting_query())


def organiser_subscription(person_id: uuid.UUID) -> dict[str, str]:
    """Return the address of the feed of an organiser."""
    return subscription("calendars.organiser_feed", person_id=person_id)


def series_subscription(series_id: uuid.UUID) -> dict[str, str]:
    """Return the address of the feed of a series."""
    return subscription("calendars.series_feed", series_id=series_id)


def crew_subscription(crew: Crew, membership: CrewMembership | None) -> dict[str, Any] | None:
    """Return the address of the feed of a crew that anybody may find, none of another; members have one of their own."""
    if crew.closed_at is not None:
        return None
    is_open = crew.is_listed
    found = subscription("calendars.crew_feed", crew_id=crew.id) if is_open else {"address": None}
    return {**found, "is_member": membership is not None and membership.is_active}


def crew_addresses(person: Person, token: str) -> list[tuple[str, str]]:
    """Return the names of a person's crews, each with the address of its feed for their programs."""
    crews = (crew for crew in crews_of(person) if not crew.is_closed)
    return [(crew.name, canonical(url_for("calendars.crew_feed", crew_id=crew.id, token=token))) for crew in crews]


slots.fill(blueprint, "crew.subscribe", "calendars/subscribe_crew.html", crew_subscription)
slots.fill(blueprint, "runs.subscribe", "calendars/subscribe_list.html", list_subscription)
slots.fill(blueprint, "person.subscribe", "calendars/subscribe.html", organiser_subscription)
slots.fill(blueprint, "series.subscribe", "calendars/subscribe.html", series_subscription)


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
    return feed_page(address=address, crews=crew_addresses(me(), token) if token else [])


@blueprint.post("/me/calendar/alarm")
@signed_in
def choose_alarm() -> Response:
    """Choose the alarm in one's feed."""
    form = AlarmForm()
    if not form.validate():
        return feed_page(form)
    actions.choose_alarm(me(), form.alarm.data)
    db.session.commit()
    flash(_("Saved. Your calendar gets it the next time it looks."))
    return pages.redirect(url_for("calendars.my_calendar"))


def feed_page(
    form: AlarmForm | None = None, address: str | None = None, crews: Sequence[tuple[str, str]] = ()
) -> Response:
    """Render the page of one's feed, with its address and those of one's crews when it was just made."""
    feed = queries.feed_of(me())
    form = form or AlarmForm(formdata=None, obj=feed)
    status = form.http_status
    values = {"address": address, "crews": crews, "feed": feed, "form": form, "person": me()}
    answer = pages.render("calendars/feed.html", status=status, **values)
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
