"""Messages of organisers to all who take part, and what a message costs."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, select

from hampa.announcements.models import AUDIENCES, RunMessage
from hampa.notifications.models import Reference, Words
from hampa.notifications.queries import bills
from hampa.notifications.queries.bills import Bill
from hampa.people.models import PEOPLE, Person
from hampa.people.queries import hidden_ids, is_not_shut_out
from hampa.platform.db import db, scalar_or_404
from hampa.platform.kept import kept
from hampa.platform.statements import built_once
from hampa.platform.web.paging import Page, select_page
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import ALL_RUN_PAGES, Run, page_version
from hampa.runs.queries.people import participant_ids
from hampa.runs.queries.snapshots import words_of_run

SHOWN = 20
PINNED = 5
"""Messages on the page of a run."""


def _text_of_message(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    ids = {one.id_in("message") for one in references} - {None}
    rows = db.session.execute(select(RunMessage.id, RunMessage.text).where(RunMessage.id.in_(ids)))
    texts = {row.id: row.text for row in rows}
    return {one.id: {"text": texts[key]} for one in references if (key := one.id_in("message")) in texts}


MESSAGE = Words(_text_of_message, gone={"text": ""})
"""The text of a message to all who take part (`text`)."""


def message_by(organiser: Person, run_id: uuid.UUID, message_id: uuid.UUID) -> RunMessage:
    """Return a message that this organiser wrote for the run, sent or not. Raise NotFound."""
    return scalar_or_404(
        select(RunMessage).where(
            RunMessage.id == message_id, RunMessage.run_id == run_id, RunMessage.sender_id == organiser.id
        )
    )


def sent_messages(run: Run) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the last messages of a run, the newest first."""
    return sent_page(run).items


def sent_page(run: Run, after: str | None = None, size: int = SHOWN) -> Page[Row[*tuple[Any, ...]]]:
    """Return a page of the messages of a run, the newest first."""
    query = (
        select(
            RunMessage.id,
            RunMessage.text,
            Person.name,
            RunMessage.statuses,
            RunMessage.sent_at,
            RunMessage.people,
            RunMessage.texted,
            RunMessage.created_at,
            RunMessage.updated_at,
            RunMessage.version,
        )
        .join(Person, Person.id == RunMessage.sender_id)
        .where(RunMessage.run_id == run.id, RunMessage.sent_at.is_not(None))
    )
    query = select_page(query, after, size, RunMessage.sent_at, RunMessage.id, descending=True)
    return Page.of(db.session.execute(query).all(), size, lambda row: (row.sent_at, row.id))


@dataclass(frozen=True, slots=True)
class PinnedMessage:
    """A message on the page of a run; `name` is empty where the writer is hidden from the reader."""

    id: uuid.UUID
    text: str
    sent_at: datetime
    sender_id: uuid.UUID
    name: str
    created_at: datetime
    updated_at: datetime
    version: int


def messages_for(viewer: Person, run: Run, status: str | None, *, organises: bool) -> tuple[PinnedMessage, ...]:
    """Return the last messages of a run that reached people with a viewer's status, the newest first.

    Who joins later sees them too. Organisers see all; for people without a status there are none. `name` is empty where
    a block hides the writer, or operators have shut them out.
    """
    audience = next((key for key, statuses in AUDIENCES.items() if status in statuses), None)
    if audience is None and not organises:
        return ()
    messages = kept(
        ("announcements.pinned", run.id, organises or audience),
        (page_version(run.id), ALL_RUN_PAGES, PEOPLE),
        lambda: tuple(PinnedMessage(*row) for row in _pinned(run.id, audience=None if organises else audience)),
    )
    hidden = hidden_ids(viewer)
    if not any(one.sender_id in hidden for one in messages):
        return messages
    return tuple(replace(one, name="") if one.sender_id in hidden else one for one in messages)


@built_once
def _pinned(run_id: uuid.UUID, *, audience: str | None) -> Any:
    name = case((is_not_shut_out(Person.id), Person.name), else_="").label("name")
    shown = [] if audience is None else [RunMessage.statuses.contains([audience])]
    return (
        select(
            *(RunMessage.id, RunMessage.text, RunMessage.sent_at, RunMessage.sender_id, name),
            *(RunMessage.created_at, RunMessage.updated_at, RunMessage.version),
        )
        .join(Person, Person.id == RunMessage.sender_id)
        .where(RunMessage.run_id == run_id, RunMessage.sent_at.is_not(None), *shown)
        .order_by(RunMessage.sent_at.desc(), RunMessage.id)
        .limit(PINNED)
    )


def bill_of(run: Run, message: RunMessage, sender: str) -> Bill:
    """Return the cost of a message; people who have never signed in, or were put in by number, get no SMS."""
    recipients = participant_ids(message.run_id, *message.participation_statuses).where(
        Participation.person_id != message.sender_id
    )
    data = {**words_of_run(run), "name": sender, "text": message.text}
    texted = recipients.where(Participation.display_name == "") if message.by_sms else None
    return bills.bill_of("organiser_message", recipients, run.id, data, text=message.text, texted=texted)
