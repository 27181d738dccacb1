"""Messages to people of the site: whom they reach, what they cost, and the list of them."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from hampa.crews.models import ACTIVE, Crew, CrewMembership
from hampa.notifications.models import Reference, Words
from hampa.notifications.queries import bills
from hampa.notifications.queries.bills import Bill
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db, scalar_or_404
from hampa.platform.web.paging import Page, select_page
from hampa.site_messages.models import SMS, TO_BE_SENT, SiteMessage

KIND = "site_message"
A_PAGE = 20


def _load(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    query = select(SiteMessage.id, SiteMessage.text).where(SiteMessage.id.in_({one.subject_id for one in references}))
    words = {row.id: {"text": row.text} for row in db.session.execute(query)}
    return {one.id: words[one.subject_id] for one in references if one.subject_id in words}


MESSAGE = Words(_load, gone={"text": ""})


def recipients(message: SiteMessage) -> Select[Any]:
    """Return a SELECT of the ids of who gets a message, in no order; it is asked anew for each chunk."""
    query = select(Person.id).where(Person.state == "active", Person.id != message.sender_id)
    if message.locale:
        query = query.where(Person.locale == message.locale)
    if message.city:
        query = query.where(func.lower(Person.city) == message.city.lower())
    if message.crew_id:
        members = select(CrewMembership.person_id).where(
            CrewMembership.crew_id == message.crew_id, CrewMembership.status == ACTIVE
        )
        query = query.where(Person.id.in_(members))
    if message.active_days:
        query = query.where(Person.last_active_at >= clock.now() - timedelta(days=message.active_days))
    return query


def next_recipients(message: SiteMessage, most: int) -> list[uuid.UUID]:
    """Return the ids of the next people who get a message, in order."""
    query = recipients(message).order_by(Person.id).limit(most)
    if message.last_id is not None:
        query = query.where(Person.id > message.last_id)
    return list(db.session.scalars(query))


def bill_of(message: SiteMessage) -> Bill:
    """Return how many people a message reaches, and what its SMS cost."""
    data, by_sms = {"text": message.text}, SMS in message.channels
    people = recipients(message)
    return bills.bill_of(KIND, people, message.id, data, text=message.text, texted=people if by_sms else None)


def message_by_id(message_id: uuid.UUID, *, lock: bool = False) -> SiteMessage:
    """Return a message, for operators. Raise NotFound."""
    query = select(SiteMessage).where(SiteMessage.id == message_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return scalar_or_404(query)


def messages(state: str, after: str | None, size: int = A_PAGE) -> Page[SiteMessage]:
    """Return a page of messages, those of a state or ("") all, the latest first."""
    query = select(SiteMessage).where(SiteMessage.state == state) if state else select(SiteMessage)
    query = select_page(query, after, size, SiteMessage.id, descending=True)
    rows = db.session.scalars(query).all()
    return Page.of(rows, size, lambda row: (row.id,))


def in_state(state: str, _operator_id: Any) -> Select[Any]:
    """Return a SELECT of the messages of a state, to be counted, whichever operator asks."""
    return select(SiteMessage.id).where(SiteMessage.state == state)


def due_ids(now: datetime) -> Sequence[uuid.UUID]:
    """Return the ids of the messages whose time has come, the earliest first."""
    query = select(SiteMessage.id).where(SiteMessage.state.in_(TO_BE_SENT), SiteMessage.send_at <= now)
    return db.session.scalars(query.order_by(SiteMessage.send_at, SiteMessage.id).limit(50)).all()


def crew_named(name: str) -> uuid.UUID | None:
    """Return the id of the oldest open crew of exactly this name."""
    query = select(Crew.id).where(func.lower(Crew.name) == name.lower(), Crew.closed_at.is_(None))
    return db.session.scalar(query.order_by(Crew.id).limit(1))


def crew_name(message: SiteMessage) -> str:
    """Return the name of the crew of a message, "" without one."""
    return db.session.scalar(select(Crew.name).where(Crew.id == message.crew_id)) or "" if message.crew_id else ""
