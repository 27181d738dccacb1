"""Export of a person's notifications, and erasure of those that name the person."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from hampa.notifications.models import Notification
from hampa.notifications.queries import export_of, without_hidden_actors
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

COLUMNS = "id created_at type actor_id subject_id data read_at"

privacy_registry.holds(Notification.person_id, noun="notifications", fate="delete")
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
