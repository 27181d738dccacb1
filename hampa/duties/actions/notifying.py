"""What people are told of duties."""

import uuid
from collections.abc import Sequence

from hampa.duties.models import Booking
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.errors import TooFast
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _

BOOKED, FROM_STANDBY, GIVEN = "booked", "standby", "given"
BUDDY, GIVE, ALL, SWAP, APPEAL = "buddy", "give", "all", "swap", "appeal"
CANCELLED, SHIFT_CANCELLED, MOVED, BUDDY_YES, BUDDY_NO, TAKEN, DECLINED, SWAPPED, SWAPPED_FOR_YOU, STOOD_IN = (
    "cancelled",
    "shift_cancelled",
    "moved",
    "buddy_yes",
    "buddy_no",
    "taken",
    "declined",
    "swapped",
    "swapped_for_you",
    "stood_in",
)
ENDED, FREED = "ended", "freed"
"""What becomes of a booking whose person no longer belongs there, for who does it and for its coordinators."""


MOST_ASKED_A_DAY, MOST_CHANGED_A_DAY = 30, 300
"""How often a day one person may offer duties, and how often take them, give them up, put others in or change shifts."""


def tell_booked(booking: Booking, what: str = BOOKED) -> None:
    """Tell who has a place that they do: they booked, came from the standby list, or were given it."""
    event = _once_a_day(booking, what)
    notify([booking.person_id], "duty_booked", subject_id=booking.id, data={"what": what}, event=event)


def ask(
    people: Sequence[uuid.UUID], booking: Booking, what: str, actor_id: uuid.UUID, wanted_id: uuid.UUID | None = None
) -> None:
    """Ask people to come along on a shift, or to take a place, for the booking `wanted_id` if that is to be swapped."""
    notify(
        people,
        "duty_asked",
        actor_id=actor_id,
        subject_id=booking.id,
        data={"what": what, "wanted": str(wanted_id or "")},
        event=_once_a_day(booking, what, actor_id),
        expires_at=booking.begins_at,
    )


def tell_news(people: Sequence[uuid.UUID], booking: Booking, what: str, actor_id: uuid.UUID | None = None) -> None:
    """Tell people what became of a booking."""
    event = _once_a_day(booking, what, booking.person_id, actor_id, booking.begins_at.isoformat())
    notify(people, "duty_news", actor_id=actor_id, subject_id=booking.id, data={"what": what}, event=event)


def _once_a_day(booking: Booking, *parts: object) -> str:
    """Return the event of something about a shift: what is done and undone in it rings once a day."""
    shift = f"{booking.schedule_id}:{booking.starts_at.isoformat()}"
    return ":".join([shift, *(str(part) for part in parts), str(clock.now().date())])


def count_change(person: Person) -> None:
    """Count a change that a person makes to places or shifts, of which others are told. Raise TooFast."""
    limit(person, "duties.change", MOST_CHANGED_A_DAY, per="day", error=_too_many)


def count_offer(person: Person) -> None:
    """Count an offer of a duty, of which many may be told. Raise TooFast."""
    limit(person, "duties.offer", MOST_ASKED_A_DAY, per="day", error=_too_many)


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("You changed a lot of duties today. Try again tomorrow."), seconds)


def with_buddy(booking: Booking) -> list[uuid.UUID]:
    """Return who does a booking: its person, and the buddy who confirmed."""
    confirmed = booking.buddy_id if booking.buddy_confirmed_at is not None else None
    return [booking.person_id, *([confirmed] if confirmed else [])]
