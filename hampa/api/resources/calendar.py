"""The feed of one's own runs for calendar programs."""

from datetime import datetime
from typing import Annotated

from flask import url_for
from typing_extensions import TypedDict

from hampa.calendars import actions, queries
from hampa.calendars.forms import AlarmForm
from hampa.calendars.models import ALARMS, CalendarFeed
from hampa.people.models import Person
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical

resource = Resource("calendar", _l("Your runs in a calendar"))

Alarm = Annotated[str, OneOf(*ALARMS)]


class FeedData(TypedDict):
    """Your feed: the alarm in it, and since when its address holds."""

    alarm: Alarm
    opened_at: datetime
    version: int


class OpenedFeedData(FeedData):
    """Your feed with its address, which is shown only now."""

    address: str


class AlarmBody(Body):
    """When your calendar reminds you."""

    alarm: Alarm


@resource.get("/me/calendar", statuses=(404,))
def read_feed() -> FeedData:
    """Return your feed; its address was shown when it was opened."""
    return _feed(_own_feed())


@resource.post("/me/calendar", repeatable=False)
def open_feed() -> OpenedFeedData:
    """Open your feed at a new address, which ends the one before."""
    token = actions.open_feed(me())
    address = canonical(url_for("calendars.feed", token=token))
    return {**_feed(_own_feed()), "address": address}


@resource.patch("/me/calendar", statuses=(404,), locks=Person)
def choose_alarm(body: AlarmBody) -> FeedData:
    """Choose the alarm in your feed."""
    feed = _own_feed()
    actions.choose_alarm(me(), valid_form(AlarmForm, body).alarm.data)
    db.session.refresh(feed)
    return _feed(feed)


@resource.delete("/me/calendar", locks=Person)
def close_feed() -> None:
    """Close your feed: its address opens nothing any more."""
    actions.close_feed(me())


def _own_feed() -> CalendarFeed:
    feed = queries.feed_of(me())
    if feed is None:
        raise NotFound
    return feed


def _feed(feed: CalendarFeed) -> FeedData:
    return {"alarm": feed.alarm, "opened_at": feed.updated_at, "version": feed.version}
