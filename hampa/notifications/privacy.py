"""Export of a person's notifications, and erasure of those that name the person."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from hampa.notifications.models import Mute, Notification, NotificationChoices, SmsStop
from hampa.notifications.queries.listing import without_hidden_actors
from hampa.notifications.queries.stops import hash_of_number
from hampa.notifications.queries.words import export_of
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

COLUMNS = "id created_at type actor_id subject_id data read_at"

privacy_registry.holds(Notification.person_id, noun="notifications", fate="delete")
privacy_registry.holds(Mute.person_id, noun="mutes", fate="delete")
privacy_registry.holds(NotificationChoices.person_id, noun="notification_choices", fate="delete")
# A notification tells of what its actor did.
privacy_registry.holds(Notification.actor_id, left_out="it was told to others, and is theirs", fate="delete")


@privacy_registry.exports("notifications", _l("What you were told under the bell, at most a year back"))
def notifications(person: Person) -> Iterable[dict[str, Any]]:
    """Return the notifications, the oldest first, with the words that they have now.

    Those that name somebody who is hidden from the person are left out.
    """
    statement = select(*privacy_registry.columns(Notification, COLUMNS)).where(
        Notification.person_id == person.id, without_hidden_actors(person)
    )
    return export_of(person, privacy_registry.rows(statement.order_by(Notification.created_at, Notification.id)))


@privacy_registry.exports("notification_choices", _l("What you chose to hear of by which channel, where it differs"))
def notification_choices(person: Person) -> Iterable[dict[str, Any]]:
    """Return what the person chose, by the name of the row in the settings and the channel."""
    return privacy_registry.rows_of(
        person, NotificationChoices.person_id, "created_at updated_at choices weekly_summary"
    )


@privacy_registry.exports("mutes", _l("Runs, series and conversations that you muted"))
def mutes(person: Person) -> Iterable[dict[str, Any]]:
    """Return what the person muted, the oldest first."""
    return privacy_registry.rows_of(person, Mute.person_id, "created_at subject_kind subject_id")


@privacy_registry.exports("sms_stops", _l("Whether you asked for no more SMS to your number"))
def sms_stops(person: Person) -> Iterable[dict[str, Any]]:
    """Return when the person's number was stopped; the number itself is not stored with it."""
    statement = select(SmsStop.created_at).where(SmsStop.number_hash == hash_of_number(person.phone))
    return privacy_registry.rows(statement)
