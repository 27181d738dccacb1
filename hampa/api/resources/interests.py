"""Interests in cards, and companions: two people one of whom accepted the other's interest."""

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.shapes import Summary, summary_as_data
from hampa.cards import actions
from hampa.cards.forms import InterestForm
from hampa.cards.models import INTEREST_STATES, PENDING, Interest
from hampa.cards.queries import cards, interests
from hampa.people.models import Person
from hampa.people.queries import PersonSummary
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, CountedPaging, OneOf, Paging, with_total
from hampa.platform.errors import Conflict
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me

resource = Resource("interests", _l("Requests to run together, and companions"))


Decision = Annotated[str, OneOf(*actions.DECISIONS)]


class InterestBody(Body):
    """The message that goes with an interest."""

    line: str = Field("", max_length=200)


class DecisionBody(Body):
    """A decision: `accept` and `decline` are the owner's of the card, `withdraw` is the sender's."""

    decision: Decision


class InterestQuery(Paging):
    """Which interests."""

    direction: Annotated[str, OneOf("received", "sent")] = "received"


class InterestData(TypedDict):
    """A person's request to run with the owner of a card. `card_id` is null when the card is deleted."""

    id: uuid.UUID
    card_id: uuid.UUID | None
    card_title: str | None
    sender: Summary
    owner: Summary
    line: str
    status: Annotated[str, OneOf(*INTEREST_STATES)]
    may: list[Decision]
    decided_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class CompanionData(Summary):
    """A companion."""

    city: str


@resource.post("/cards/<uuid:card_id>/interest", needs_name=True)
def show_interest(card_id: uuid.UUID, body: InterestBody) -> Created[InterestData]:
    """Ask the owner of a card to run together; while an interest waits for an answer, this returns that one."""
    card = cards.card_for(me(), card_id)
    form = valid_form(InterestForm, body)
    interest = actions.show_interest(me(), card, form.line.data)
    return Created(_interest(interests.interest_for(me(), interest.id)), f"/interests/{interest.id}")


@resource.get("/interests")
def list_interests(query: InterestQuery) -> Page[InterestData]:
    """List the interests that wait for an answer, the newest first: those in your cards, or those you sent."""
    page = interests.pending_interests(me(), query.after, query.limit, sent=query.direction == "sent")
    may = ["withdraw"] if query.direction == "sent" else ["accept", "decline"]
    return page.of_rows(
        lambda row: {
            "id": row.id,
            "card_id": row.card_id,
            "card_title": row.card_title,
            "sender": summary_as_data(row.sender),
            "owner": summary_as_data(row.owner),
            "line": row.line,
            "status": PENDING,
            "may": may,
            "decided_at": None,
            "created_at": row.created_at,
            "updated_at": row.updated_at,
            "version": row.version,
        }
    )


@resource.get("/interests/<uuid:interest_id>")
def read_interest(interest_id: uuid.UUID) -> InterestData:
    """Return an interest that you sent or received."""
    return _interest(interests.interest_for(me(), interest_id))


@resource.post("/interests/<uuid:interest_id>", needs_name=True, locks=Interest)
def decide_interest(interest_id: uuid.UUID, body: DecisionBody) -> InterestData:
    """Accept, decline or withdraw an interest, or `reopen` one that you have just declined.

    The same decision again changes nothing.
    """
    if interests.was_taken_back_from(me(), interest_id):
        raise Conflict(str(actions.ANSWERED))
    interests.interest_for(me(), interest_id)
    actions.decide(me(), interest_id, body.decision)
    return _interest(interests.interest_for(me(), interest_id))


@resource.get("/me/companions")
def list_companions(query: CountedPaging) -> Page[CompanionData]:
    """List your companions by name."""
    page = interests.companions_of(me(), query.after, query.limit)
    return with_total(page.of_rows(_companion), query, lambda: interests.count_companions(me()))


def _companion(one: interests.Companion) -> CompanionData:
    return {"id": one.id, "name": one.name, "avatar": one.avatar, "city": one.city}


@resource.delete("/me/companions/<uuid:person_id>")
def end_companionship(person_id: uuid.UUID) -> None:
    """End a companionship; nobody is told."""
    interests.companion_for(me(), person_id)
    actions.end_companionship(me(), person_id)


def _interest(interest: Interest) -> InterestData:
    return {
        "id": interest.id,
        "card_id": interest.card_id,
        "card_title": interest.card.title if interest.card else None,
        "sender": _summary(interest.sender),
        "owner": _summary(interest.owner),
        "line": interest.line,
        "status": interest.status,
        "may": list(interest.allowed_decisions(me().id)),
        "decided_at": interest.decided_at,
        "created_at": interest.created_at,
        "updated_at": interest.updated_at,
        "version": interest.version,
    }


def _summary(person: Person) -> Summary:
    return summary_as_data(PersonSummary(person.id, person.name, person.avatar))
