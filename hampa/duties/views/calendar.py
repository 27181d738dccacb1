"""A person's duties in the feed that their calendar program reads."""

from typing import Any

from flask import url_for

from hampa.calendars.queries import EVENTS, FEED_SPAN
from hampa.duties.forms import ROLE_WORDS
from hampa.duties.queries.bookings import in_calendar
from hampa.duties.views.blueprint import blueprint
from hampa.people.models import Person
from hampa.platform import clock, ical
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import slots
from hampa.platform.web.ui import canonical


def events(person: Person) -> list[ical.Entry]:
    """Return the duties of a person since 90 days ago, and those on which they come along."""
    return [_event(row) for row in in_calendar(person, clock.now() - FEED_SPAN)]


def _event(one: Any) -> ical.Entry:
    url = canonical(url_for("duties.booking", booking_id=one.id))
    label = _("You're coming along.") if one.as_buddy else _("This one is yours.")
    return ical.Entry(
        uid=f"{one.id}@duties.hampa",
        sequence=one.version,
        status="CONFIRMED",
        created_at=one.created_at,
        changed_at=one.updated_at,
        starts_at=one.begins_at,
        ends_at=one.ends_at,
        zone=i18n.find_zone(one.timezone) or i18n.UTC,
        summary=f"{one.name} · {ROLE_WORDS[one.role]}",
        location="",
        description="\n\n".join(filter(None, (label, one.owner, one.instructions, url))),
        url=url,
        geo=(one.latitude, one.longitude) if one.latitude is not None else None,
    )


slots.contribute(blueprint, EVENTS, events)
