"""Notifications, by which channels they come, and what is muted."""

import re
import uuid
from collections.abc import Hashable
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.shapes import Summary, summary_as_data
from hampa.notifications.actions import choices, mutes as muting, reading
from hampa.notifications.forms import SettingsForm
from hampa.notifications.models import CHANNELS, Channel as ChannelName, Notification
from hampa.notifications.queries import choices as chosen, listing, mutes
from hampa.notifications.queries.listing import Notice
from hampa.people.actions import change_settings
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.api.answers import kept_by
from hampa.platform.api.codes import Invalid
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Paging
from hampa.platform.api.tokens import bearer
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.locale.dates import CODES
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, locale_context
from hampa.platform.web import slots
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me, without_viewer

resource = Resource("notifications", _l("Notifications"))

Channel = Annotated[ChannelName, OneOf(*CHANNELS)]
Time = Annotated[str | None, Field(max_length=10, description="A time of the day, such as 22:00.")]
Night = Annotated[str | None, Field(max_length=10, description="A time of its own for the night of this day, or null.")]


class NotificationData(TypedDict):
    """A notification. `others` is how many older ones say the same of others, and are shown as one with it."""

    id: uuid.UUID
    kind: str
    text: str
    actor: Summary | None
    others: int
    subject_id: uuid.UUID | None
    url: str
    is_read: bool
    read_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class Unread(TypedDict):
    """How many notifications nobody has read, up to 100."""

    unread: int


class Cell(TypedDict):
    """Whether a row goes by a channel, and whether that can be changed: `always`, `never`, or empty if it can."""

    channel: Channel
    is_on: bool
    fixed: Annotated[str, OneOf("always", "never", "")]


class Row(TypedDict):
    """What is chosen together."""

    name: str
    label: str
    topic: str
    channels: list[Cell]


class Preferences(TypedDict):
    """When messages wait, and what comes by which channel. Fields of days are empty where the usual hours hold."""

    quiet_from: str
    quiet_to: str
    day_mon_from: str | None
    day_mon_to: str | None
    day_tue_from: str | None
    day_tue_to: str | None
    day_wed_from: str | None
    day_wed_to: str | None
    day_thu_from: str | None
    day_thu_to: str | None
    day_fri_from: str | None
    day_fri_to: str | None
    day_sat_from: str | None
    day_sat_to: str | None
    day_sun_from: str | None
    day_sun_to: str | None
    weekly_summary: bool
    rows: list[Row]
    reached: list[Channel]
    sms_stopped: bool


class Wish(Body):
    """A row, and all channels that it is to come by; what can't be changed stays as it is."""

    name: str = Field(max_length=60)
    channels: list[Channel] = Field(max_length=len(CHANNELS))


class PreferencesBody(Body):
    """What is to change; rows that are not named stay as they are."""

    quiet_from: Time = None
    quiet_to: Time = None
    day_mon_from: Night = None
    day_mon_to: Night = None
    day_tue_from: Night = None
    day_tue_to: Night = None
    day_wed_from: Night = None
    day_wed_to: Night = None
    day_thu_from: Night = None
    day_thu_to: Night = None
    day_fri_from: Night = None
    day_fri_to: Night = None
    day_sat_from: Night = None
    day_sat_to: Night = None
    day_sun_from: Night = None
    day_sun_to: Night = None
    weekly_summary: bool = False
    rows: list[Wish] = Field(default_factory=list, max_length=100)


class MuteData(TypedDict):
    """Something that you muted; the title is empty once you may not see it any more."""

    kind: str
    id: uuid.UUID
    title: str


A_QUARTER = 15 * 60
"""Seconds: the days of all zones begin with a quarter of an hour."""
READING = {"run": "runs:read", "series": "series:read", "conversation": "messages:read", "crew": "crews:read"}
"""The scope that a token needs to be told of what is muted, by its kind."""


@resource.get("/notifications")
def list_notifications(paging: Paging) -> Page[NotificationData]:
    """List your notifications, the newest first; reading the list marks none as read."""
    return listing.notifications_of(me(), paging.after, paging.limit).of_rows(_notification)


@resource.get("/notifications/unread")
def count_unread() -> Unread:
    """Return how many notifications are not read."""
    return {"unread": listing.unread_count(me())}


@resource.get("/notifications/<uuid:notification_id>")
def read_notification(notification_id: uuid.UUID) -> NotificationData:
    """Return a notification; this does not mark it as read."""
    return _notification(listing.notice_of(me(), notification_id))


@resource.post("/notifications/<uuid:notification_id>/read")
def mark_notification_read(notification_id: uuid.UUID) -> NotificationData:
    """Mark a notification as read, with those that are shown as one with it."""
    reading.mark_read(listing.notification_of(me(), notification_id))
    db.session.flush()
    return _notification(listing.notice_of(me(), notification_id))


@resource.post("/notifications/read-all")
def mark_all_notifications_read() -> None:
    """Mark all of your notifications as read."""
    reading.mark_all_read(me())


@resource.delete("/notifications/<uuid:notification_id>", locks=Notification)
def delete_notification(notification_id: uuid.UUID) -> None:
    """Delete a notification."""
    reading.delete_notification(listing.notification_of(me(), notification_id))


@resource.get("/me/notification-preferences")
def read_preferences() -> Preferences:
    """Return your quiet hours, and what comes by which channel."""
    return _preferences(me())


@resource.patch("/me/notification-preferences", locks=Person)
def change_preferences(body: PreferencesBody) -> Preferences:
    """Change your quiet hours, and what comes by which channel: the fields and rows that are sent."""
    person, stored = me(), chosen.chosen_by(me())
    wanted = {row.name: [cell.channel for cell in row.cells if cell.is_on] for row, _topic in _rows(person, stored)}
    unknown = [(f"rows.{n}.name", _("There is no such row.")) for n, w in enumerate(body.rows) if w.name not in wanted]
    if unknown:
        raise Invalid(unknown)
    wanted |= {wish.name: list(wish.channels) for wish in body.rows}
    sent = {name: getattr(body, name) for name in body.model_fields_set - {"rows"}}
    data = SettingsForm.stored(person, weekly_summary=stored.weekly_summary)
    form = valid_form(SettingsForm, sent, obj=person, data=data)
    if body.model_fields_set - {"rows", "weekly_summary"}:
        change_settings(person, **form.quiet_hours())
    choices.choose_channels(person, stored, wanted, weekly_summary=form.weekly_summary.data)
    db.session.flush()
    return _preferences(person)


@resource.get("/mutes")
def list_mutes() -> list[MuteData]:
    """Return what you muted: runs and series, those that you muted last first, 100 at most; conversations; crews.

    The token is told of runs, series, conversations and crews if it may read these.

    Conversations are heard again by `DELETE /conversations/{conversation_id}/mute`, crews by
    `PUT /crews/{crew_id}/hearing`, all else by `DELETE /mutes/{mutable}/{mutable_id}`.
    """
    things = [MuteData(kind=one.subject.name, id=one.id, title=one.title) for one in mutes.muted_things(me())]
    for more in slots.collect(mutes.MUTED_ELSEWHERE, person=me()):
        things += [MuteData(kind=one.kind, id=one.id, title=one.title) for one in more]
    token = bearer()
    return [one for one in things if token is not None and token.allows(READING[one["kind"]])]


@resource.put("/mutes/<mutable>/<uuid:mutable_id>")
def mute(mutable: str, mutable_id: uuid.UUID) -> None:
    """Hear of something in the list of notifications alone."""
    mutes.mutable_thing(me(), mutable, mutable_id)
    muting.mute(me(), mutable, mutable_id)


@resource.delete("/mutes/<mutable>/<uuid:mutable_id>")
def unmute(mutable: str, mutable_id: uuid.UUID) -> None:
    """Hear of something again, as you do of others."""
    muting.unmute(me(), mutable, mutable_id)


def _key_of_text(notice: Notice) -> Hashable:
    """Return all that the text of a notification depends on: "tomorrow" is today after a midnight of any zone."""
    return notice.kind.name, notice.words, locale_context(), clock.now().timestamp() // A_QUARTER


def _text(notice: Notice) -> str:
    with without_viewer():  # it is kept for others
        words = slots.render(notice.kind.app_template, {"notice": notice.words}).striptags()
    return re.sub(r"\s+", " ", words).strip()


_kept_text = kept_by(_key_of_text, _text)


def _notification(notice: Notice) -> NotificationData:
    return {
        "id": notice.id,
        "kind": notice.kind.name,
        "text": _kept_text(notice),
        "actor": summary_as_data(notice.actor) if notice.actor else None,
        "others": notice.others,
        "subject_id": notice.subject_id,
        "url": f"{settings().base_url}/notifications/{notice.id}",
        "is_read": not notice.unread,
        "read_at": notice.read_at,
        "created_at": notice.created_at,
        "updated_at": notice.read_at or notice.created_at,
        "version": 1 if notice.unread else 2,
    }


def _rows(person: Person, stored: chosen.Chosen) -> list[tuple[chosen.Row, str]]:
    return [(row, topic) for _words, topic, rows in chosen.settings_of(person, stored).topics for row in rows]


def _preferences(person: Person) -> Preferences:
    stored = chosen.chosen_by(person)
    days = person.quiet_days or {}
    nights = {
        f"day_{weekday}_{end}": days[str(number)][position] if str(number) in days else None
        for number, weekday in enumerate(CODES, start=1)
        for position, end in enumerate(("from", "to"))
    }
    return {
        "quiet_from": f"{person.quiet_from:%H:%M}",
        "quiet_to": f"{person.quiet_to:%H:%M}",
        **nights,  # type: ignore[typeddict-item]
        "weekly_summary": stored.weekly_summary,
        "rows": [_row(row, topic) for row, topic in _rows(person, stored)],
        "reached": sorted(stored.reached),
        "sms_stopped": stored.sms_stopped,
    }


def _row(row: chosen.Row, topic: str) -> Row:
    cells: list[Cell] = [{"channel": c.channel, "is_on": c.is_on, "fixed": c.fixed} for c in row.cells]
    return {"name": row.name, "label": str(row.label), "topic": topic, "channels": cells}
