"""Messages of organisers to all who take part in a run."""

import uuid
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from hampa.announcements import actions, queries
from hampa.announcements.forms import MessageForm
from hampa.announcements.models import AUDIENCES, LONGEST, RunMessage
from hampa.notifications.queries.bills import Bill
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Paging
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page, decode
from hampa.platform.web.session import me
from hampa.runs.models.participation import GOING
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organises
from hampa.runs.queries.people import participation_of

resource = Resource("announcements", _l("Messages to all of a run"), scope="runs")

Audience = Annotated[str, OneOf(*AUDIENCES)]


class AnnouncementBody(Body):
    """A message, who gets it, and whether it also goes by SMS."""

    text: str = Field(min_length=1, max_length=LONGEST)
    statuses: list[Audience] = Field([GOING], min_length=1, max_length=len(AUDIENCES))
    by_sms: bool = False


class SmsPartData(TypedDict):
    """The SMS to those who read one language."""

    locale: str
    people: int
    text: str
    segments: int


class BillData(TypedDict):
    """Whom a message reaches, and what its SMS cost; `cost` is null where no price is known.

    With `breaks_links`, addresses in the text are in pieces in the SMS, so that no phone makes links of them.
    """

    people: int
    phones: int
    segments: int
    parts: list[SmsPartData]
    cost: str | None
    currency: str
    breaks_links: bool


class DraftData(TypedDict):
    """A message of yours, and its bill until it is sent; then, how many people and phones it went to."""

    id: uuid.UUID
    text: str
    statuses: list[Audience]
    by_sms: bool
    sent_at: datetime | None
    people: int
    texted: int
    bill: BillData | None
    created_at: datetime
    updated_at: datetime
    version: int


class AnnouncementData(TypedDict):
    """A message that was sent.

    `sender` is empty where you may not see who wrote it; organisers alone read `statuses` and how many it reached.
    """

    id: uuid.UUID
    text: str
    sender: str
    sent_at: datetime
    statuses: list[Audience] | None
    people: int | None
    texted: int | None
    created_at: datetime
    updated_at: datetime
    version: int


@resource.get("/runs/<uuid:run_id>/announcements")
def list_announcements(run_id: uuid.UUID, query: Paging) -> Page[AnnouncementData]:
    """List what the organisers of a run wrote to people like you, the newest first: the last five, or all to organisers."""
    run = runs.run_for(me(), run_id)
    if organises(me(), run):
        return queries.sent_page(run, query.after, query.limit).of_rows(_sent)
    own = participation_of(me(), run_id)
    status = own.status if own is not None else None
    found = queries.messages_for(me(), run, status, organises=False) if run.announced_at else ()
    last = decode(query.after, datetime, uuid.UUID)
    rest = [one for one in found if last is None or (one.sent_at, one.id) < last]
    return Page.of(rest, query.limit, lambda one: (one.sent_at, one.id)).of_rows(_pinned)


@resource.post("/runs/<uuid:run_id>/announcements")
def draft_announcement(run_id: uuid.UUID, body: AnnouncementBody) -> Created[DraftData]:
    """Write to all who take part in a run that you organise; it is not sent until you have seen its bill."""
    runs.organised_run(me(), run_id)
    form = valid_form(MessageForm, body)
    message = actions.draft_message(me(), run_id, form.text.data, form.statuses.data, form.by_sms.data)
    return Created(read_announcement(run_id, message.id), f"/runs/{run_id}/announcements/{message.id}")


@resource.get("/runs/<uuid:run_id>/announcements/<uuid:message_id>")
def read_announcement(run_id: uuid.UUID, message_id: uuid.UUID) -> DraftData:
    """Return a message that you wrote to all of a run, with what it costs until it is sent."""
    run = runs.organised_run(me(), run_id)
    message = queries.message_by(me(), run_id, message_id)
    return {
        "id": message.id,
        "text": message.text,
        "statuses": message.statuses,
        "by_sms": message.by_sms,
        "sent_at": message.sent_at,
        "people": message.people,
        "texted": message.texted,
        "bill": bill_as_data(queries.bill_of(run, message, me().name)) if message.sent_at is None else None,
        "created_at": message.created_at,
        "updated_at": message.updated_at,
        "version": message.version,
    }


@resource.post("/runs/<uuid:run_id>/announcements/<uuid:message_id>/send")
def send_announcement(run_id: uuid.UUID, message_id: uuid.UUID) -> DraftData:
    """Send a message; sending it twice is sending it once."""
    actions.send_message(me(), run_id, message_id)
    return read_announcement(run_id, message_id)


@resource.delete("/runs/<uuid:run_id>/announcements/<uuid:message_id>", locks=RunMessage)
def take_announcement_back(run_id: uuid.UUID, message_id: uuid.UUID) -> None:
    """Delete a message of a run that you organise, sent or not; SMS that have been sent stay on phones."""
    actions.take_back(me(), run_id, message_id)


def bill_as_data(bill: Bill) -> BillData:
    """Return a bill as data."""
    return {
        "people": bill.people,
        "phones": bill.phones,
        "segments": bill.segments,
        "parts": [
            {"locale": part.locale, "people": part.people, "text": part.text, "segments": part.segments}
            for part in bill.parts
        ],
        "cost": str(bill.cost) if bill.cost is not None else None,
        "currency": bill.currency,
        "breaks_links": bill.breaks_links,
    }


def _sent(row: Any) -> AnnouncementData:
    return {
        "id": row.id,
        "text": row.text,
        "sender": row.name,
        "sent_at": row.sent_at,
        "statuses": row.statuses,
        "people": row.people,
        "texted": row.texted,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "version": row.version,
    }


def _pinned(message: queries.PinnedMessage) -> AnnouncementData:
    return {
        "id": message.id,
        "text": message.text,
        "sender": message.name,
        "sent_at": message.sent_at,
        "statuses": None,
        "people": None,
        "texted": None,
        "created_at": message.created_at,
        "updated_at": message.updated_at,
        "version": message.version,
    }
