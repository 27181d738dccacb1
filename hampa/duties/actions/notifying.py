"""What people are told of duties."""

import uuid
from collections.abc import Sequence

from hampa.duties.models import Booking
from hampa.notifications.actions.notifying import notify
from hampa.platform import ids

BOOKED, FROM_STANDBY, GIVEN = "booked", "standby", "given"
BUDDY, GIVE, ALL, SWAP, APPEAL = "buddy", "give", "all", "swap", "appeal"
CANCELLED, SHIFT_CANCELLED, MOVED, FREED, BUDDY_YES, BUDDY_NO, TAKEN, DECLINED, SWAPPED = (
    "cancelled",
    "shift_cancelled",
    "moved",
    "freed",
    "buddy_yes",
    "buddy_no",
    "taken",
    "declined",
    "swapped",
)


def tell_booked(booking: Booking, what: str = BOOKED) -> None:
    """Tell who has a place that they do: they booked, came from the standby list, or were given it."""
    notify([booking.person_id], "duty_booked", subject_id=booking.id, data={"what": what}, event=ids.new_id())


def ask(people: Sequence[uuid.UUID], booking: Booking, what: str, actor_id: uuid.UUID) -> None:
    """Ask people to come along on a shift, or to take a place."""
    notify(
        people,
        "duty_asked",
        actor_id=actor_id,
        subject_id=booking.id,
        data={"what": what},
        event=ids.new_id(),
        expires_at=booking.begins_at,
    )


def tell_news(people: Sequence[uuid.UUID], booking: Booking, what: str, actor_id: uuid.UUID | None = None) -> None:
    """Tell people what became of a booking."""
    notify(people, "duty_news", actor_id=actor_id, subject_id=booking.id, data={"what": what}, event=ids.new_id())


def with_buddy(booking: Booking) -> list[uuid.UUID]:
    """Return who does a booking: its person, and the buddy who confirmed."""
    confirmed = booking.buddy_id if booking.buddy_confirmed_at is not None else None
    return [booking.person_id, *([confirmed] if confirmed else [])]
