"""Writing messages to people with duties, sending them in chunks, and stopping them."""

import datetime as dt
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from hampa.broadcasts import queries
from hampa.broadcasts.models import DRAFT, ROLE, SCHEDULED, SENDING, SENT, SHIFT, STOPPED, TO_BE_SENT, Broadcast
from hampa.duties.models import Schedule
from hampa.duties.queries.occasions import coordinates_owner, is_of_owner
from hampa.duties.queries.schedules import Owner
from hampa.notifications.actions.notifying import notify
from hampa.notifications.models import Channel
from hampa.notifications.queries.listing import count_notified
from hampa.outbox.actions.writing import cancel_where
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Refused, TooFast
from hampa.platform.jobs import enqueue
from hampa.platform.limits import NamedSubject, limit
from hampa.platform.locale.i18n import gettext as _

CHUNK = 200
"""The people who are told in one transaction; a stop comes before the next one."""
MOST_A_DAY = 10
"""The messages of a crew or a series within a day."""
LATEST = timedelta(days=60)


@dataclass(frozen=True, kw_only=True)
class BroadcastPlan:
    """A message to be written: to whom, by which channels besides the app, and when it goes out, None for at once."""

    text: str
    audience: str
    channels: tuple[str, ...]
    schedule_id: uuid.UUID | None = None
    starts_at: datetime | None = None
    day: dt.date | None = None
    send_at: datetime | None = None


def draft(person: Person, owner: Owner, plan: BroadcastPlan) -> Broadcast:
    """Store a message until its writer has seen its recipients; an older draft of theirs is deleted.

    The owner is one that the person coordinates. Raise Refused for a time that is past or far off, and for a schedule
    of somebody else.
    """
    now = clock.now()
    if plan.send_at is not None and plan.send_at <= now:
        raise Refused(_("That is in the past. Choose a time to come, or none."), "send_on")
    if plan.send_at is not None and plan.send_at > now + LATEST:
        raise Refused(_("That is more than two months off."), "send_on")
    if plan.audience in (SHIFT, ROLE):
        mine = select(Schedule.id).where(Schedule.id == plan.schedule_id, is_of_owner(owner.crew_id, owner.series_id))
        if db.session.scalar(mine) is None:
            raise Refused(_("Choose one of these."), "shift" if plan.audience == SHIFT else "schedule")
    of_owner = Broadcast.crew_id == owner.crew_id if owner.crew_id else Broadcast.series_id == owner.series_id
    drafts = delete(Broadcast).where(of_owner, Broadcast.sender_id == person.id, Broadcast.state == DRAFT)
    db.session.execute(drafts.execution_options(synchronize_session=False))
    broadcast = Broadcast(
        crew_id=owner.crew_id,
        series_id=owner.series_id,
        sender_id=person.id,
        text=plan.text,
        audience=plan.audience,
        schedule_id=plan.schedule_id,
        starts_at=plan.starts_at,
        day=plan.day,
        timezone=owner.timezone,
        channels=list(plan.channels),
        send_at=plan.send_at,
    )
    db.session.add(broadcast)
    db.session.flush()
    return broadcast


def approve(person: Person, broadcast_id: uuid.UUID) -> Broadcast:
    """Have the worker send a draft of one's own, at once or at its time. Approving twice is approving once.

    Raise TooFast past the messages of a day, and NotFound.
    """
    broadcast = queries.broadcast_for(person, broadcast_id, lock=True)
    if broadcast.state != DRAFT:
        return broadcast
    owner_id = broadcast.crew_id or broadcast.series_id or broadcast.id
    limit(NamedSubject(owner_id), "broadcasts.send", MOST_A_DAY, per="day", error=_too_many)
    now = clock.now()
    broadcast.state, broadcast.approved_at = SCHEDULED, now
    if broadcast.send_at is None or broadcast.send_at <= now:
        broadcast.send_at = now
        enqueue("broadcasts.send", broadcast_id=broadcast.id)
    db.session.flush()
    return broadcast


def stop(person: Person, broadcast_id: uuid.UUID) -> Broadcast:
    """Keep a message from all who were not told yet, and withdraw its SMS, mails and pushes that wait.

    Raise Conflict when it has gone out or was not sent, and NotFound. Stopping twice is stopping once.
    """
    broadcast = queries.broadcast_for(person, broadcast_id, lock=True)
    if broadcast.state == STOPPED:
        return broadcast
    if broadcast.state not in TO_BE_SENT:
        raise Conflict(_("It has gone out already."))
    _end(broadcast, person.id)
    return broadcast


def _end(broadcast: Broadcast, person_id: uuid.UUID | None) -> None:
    broadcast.state, broadcast.stopped_at, broadcast.stopped_by_id = STOPPED, clock.now(), person_id
    cancel_where(OutboxMessage.purpose == queries.KIND, OutboxMessage.data["subject"].astext == str(broadcast.id))
    _count(broadcast)


def send_chunk(broadcast_id: uuid.UUID, most: int = CHUNK) -> bool:
    """Tell the next people of a message, and return whether there may be more. The lock of its row is held.

    One whose writer does not coordinate the duties any more is stopped.
    """
    query = select(Broadcast).where(Broadcast.id == broadcast_id).with_for_update()
    broadcast = db.session.scalar(query.execution_options(populate_existing=True))
    now = clock.now()
    if broadcast is None or broadcast.state not in TO_BE_SENT or broadcast.send_at is None or broadcast.send_at > now:
        return False
    sender_id = broadcast.sender_id
    may = select(Broadcast.id).where(Broadcast.id == broadcast.id, coordinates_owner(sender_id, Broadcast))
    sender = db.session.get(Person, sender_id)
    if sender is None or sender.state != "active" or db.session.scalar(may) is None:
        _end(broadcast, None)
        return False
    people = queries.next_recipients(broadcast, most)
    if not people:
        broadcast.state, broadcast.finished_at = SENT, now
        _count(broadcast)
        return False
    hidden = queries.hidden_among(sender_id, people) if broadcast.is_of_time else set()
    until = queries.expires_at(broadcast)
    wanted: list[Channel] = ["app"]
    wanted += [name for name in ("push", "sms", "mail") if name in broadcast.channels]
    for group, actor_id in (([one for one in people if one not in hidden], sender_id), (sorted(hidden), None)):
        if group:
            notify(
                group,
                "duty_message",
                actor_id=actor_id,
                subject_id=broadcast.id,
                data={"starts_at": broadcast.starts_at.isoformat() if broadcast.starts_at else None},
                event=broadcast.id,
                channels=wanted,
                expires_at=until if until is not None and until > now else None,
            )
    broadcast.state, broadcast.last_id = SENDING, people[-1]
    db.session.flush()
    return True


def _count(broadcast: Broadcast) -> None:
    db.session.flush()
    broadcast.people, broadcast.texted = count_notified(queries.KIND, broadcast.id)
    db.session.flush()


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("That is enough messages for one day. Say the rest tomorrow."), seconds)
