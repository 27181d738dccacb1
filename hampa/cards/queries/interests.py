"""Questions about interests in cards, and about companions: two people one of whom accepted the other's interest."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, literal, or_, select, true
from sqlalchemy.orm import joinedload

from hampa.cards.models import ACCEPTED, DECLINED, PARTED, PENDING, WITHDRAWN, Card, Interest
from hampa.crews.queries.together import share_crew
from hampa.notifications.models import Reference, Words
from hampa.people.models import Person
from hampa.people.queries import (
    OPEN_TO,
    PersonSummary,
    all_hidden_from,
    hidden_from,
    hidden_ids,
    is_none_of,
    is_not_shut_out,
    is_visible_among,
    is_visible_to,
    names_people,
    page_opens,
    stand_in,
    summary_columns,
)
from hampa.platform.answers import answer_columns
from hampa.platform.db import constants, db, scalar_or_404, shared_alias
from hampa.platform.errors import NotFound
from hampa.platform.live import online_among
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.statements import built_once, is_one_of
from hampa.platform.web.paging import Page, count_rows, decode, rows_after, select_by_name, select_page

A_PAGE = 12
COMPANIONS_A_PAGE = 30
_sender, _owner = shared_alias(Person, "sender"), shared_alias(Person, "owner")
ANSWER_HOPED_FOR = timedelta(days=7)


def _line_of_interest(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return the lines of interests; those whose senders have taken them back, or are shut out, name nobody."""
    lines = {row.id: row.line for row in _standing(list({one.subject_id for one in references}))}
    return {one.id: {"line": lines[one.subject_id], "unnamed": False} for one in references if one.subject_id in lines}


@built_once
def _standing(ids: list[uuid.UUID]) -> Any:
    standing = is_one_of(Interest.id, ids), Interest.status != WITHDRAWN, is_not_shut_out(Interest.sender_id)
    return select(Interest.id, Interest.line).where(*standing)


INTEREST = Words(_line_of_interest, gone={"line": "", "unnamed": "yes"})
"""The sender's message of an interest (`line`), and whether its sender is left out because it was taken back."""


@dataclass(frozen=True, slots=True)
class Companion(PersonSummary):
    """A companion as a row of a list; whether they are online is shown to those who show it as well."""

    city: str
    shows_online: bool = False


def interests_between(person_id: uuid.UUID, other_id: Any) -> ColumnElement[bool]:
    """Return the condition that one of the two sent an interest and the other received it."""
    return or_(
        and_(Interest.sender_id == person_id, Interest.owner_id == other_id),
        and_(Interest.sender_id == other_id, Interest.owner_id == person_id),
    )


def was_taken_back_from(person: Person, interest_id: uuid.UUID) -> bool:
    """Return whether somebody asked to run with the owner of a card, and took it back."""
    conditions = Interest.id == interest_id, Interest.owner_id == person.id, Interest.status == WITHDRAWN
    return bool(db.session.scalar(select(exists().where(*conditions))))


@names_people
def is_named_by_cards(viewer: Person | None) -> ColumnElement[bool]:
    """Return the condition that a `Person` has an active card, or that there ever was an interest between the two.

    Visitors see owners of cards by name and not by face, which they have no other use for an id for.
    """
    if viewer is None:
        return false()
    has_card = exists().where(Card.owner_id == Person.id, Card.state == "active")
    return or_(has_card, exists().where(interests_between(viewer.id, Person.id)))


def are_companions(person_id: uuid.UUID, other_id: uuid.UUID) -> bool:
    """Return whether an interest between the two was accepted, whoever sent it, and neither blocked the other."""
    return bool(_are_companions(person_id, other_id).scalar_one())


@built_once
def _are_companions(person_id: uuid.UUID, other_id: uuid.UUID) -> Any:
    visible = is_none_of(other_id, all_hidden_from(person_id))
    accepted = select(literal(1)).where(interests_between(person_id, other_id), Interest.status == ACCEPTED, visible)
    return select(accepted.exists())


@lru_cache(maxsize=128)
def companion_ids(person_id: uuid.UUID) -> Select[tuple[uuid.UUID]]:
    """Return a SELECT of the ids of a person's companions, for use inside other statements."""
    hidden = hidden_from(person_id)
    return select(func.coalesce(func.nullif(Interest.sender_id, person_id), Interest.owner_id)).where(
        or_(Interest.sender_id == person_id, Interest.owner_id == person_id),
        Interest.status == ACCEPTED,
        Interest.sender_id.not_in(hidden),
        Interest.owner_id.not_in(hidden),
    )


def page_opens_to(viewer: Person | None) -> ColumnElement[bool]:
    """Return the condition that the viewer may see the page of a `Person`, to which lists link only then."""
    if viewer is None:
        return page_opens(None, false())
    return page_opens(viewer, or_(Person.id.in_(companion_ids(viewer.id)), share_crew(viewer.id, Person.id)))


def is_companion_of(person_id: Any, hidden: Any, column: Any) -> ColumnElement[bool]:
    """Return the condition that a column is the id of a companion of a person, from whom the ids `hidden` are hidden."""
    others = select(func.coalesce(func.nullif(Interest.sender_id, person_id), Interest.owner_id)).where(
        or_(Interest.sender_id == person_id, Interest.owner_id == person_id), Interest.status.in_(constants(ACCEPTED))
    )
    return and_(column.in_(others), is_none_of(column, hidden))


def page_opens_to_id(person_id: Any, hidden: Any, *, is_operator: bool) -> ColumnElement[bool]:
    """Return the condition of `page_opens_to`, for statements that are built once: the values are parameters."""
    if is_operator:
        return true()
    return and_(
        Person.state.in_(constants("active")),
        is_none_of(Person.id, hidden),
        or_(
            Person.profile_visibility.in_(constants(*OPEN_TO["stranger"])),
            Person.id == person_id,
            is_companion_of(person_id, hidden, Person.id),
            share_crew(person_id, Person.id),
        ),
    )


def number_for_companions(person: Person) -> str | None:
    """Return the number (E.164) that any card of an active person shows to companions, else None."""
    return person.phone if person.state == "active" and db.session.scalar(select(has_shown_number(person.id))) else None


def has_shown_number(person_id: Any) -> ColumnElement[bool]:
    """Return the condition that any card of a person shows their number to companions."""
    return exists().where(Card.owner_id == person_id, Card.phone_visibility != "hidden")


def companion_for(person: Person, other_id: uuid.UUID) -> Companion:
    """Return a companion of this person. Raise `NotFound` for anybody else."""
    row = db.session.execute(_companions(person).where(Person.id == other_id)).first()
    if row is None:
        raise NotFound
    return Companion(*row)


def companions_of(person: Person, after: str | None = None, size: int = COMPANIONS_A_PAGE) -> Page[Companion]:
    """Return a page of a person's companions by name."""
    rows = db.session.execute(select_by_name(_companions(person), after, size, Person.name, Person.id))
    return Page.of([Companion(*row) for row in rows], size, lambda row: (row.name, row.id))


def count_companions(person: Person) -> int:
    """Return how many companions a person has, up to `paging.MOST_COUNTED`."""
    return count_rows(_companions(person))


def _companions(person: Person) -> Select[*tuple[Any, ...]]:
    columns = Person.id, Person.name, Person.avatar, Person.city, Person.shows_online
    return select(*columns).where(Person.id.in_(companion_ids(person.id)), Person.state == "active")


def online_companions(person: Person, companions: Iterable[Companion]) -> set[uuid.UUID]:
    """Return the ids of those of a person's companions who are online, where both show it; without a statement."""
    return online_among([one.id for one in companions if one.shows_online]) if person.shows_online else set()


InContact = Callable[[Person, uuid.UUID], bool]
_in_contact: list[InContact] = []


def register_contact(in_contact: InContact) -> InContact:
    """Register a function that returns whether two people are in contact in a way that a higher feature knows of."""
    _in_contact.append(in_contact)
    return in_contact


def may_see_online(viewer: Person, other_id: uuid.UUID) -> bool:
    """Return whether a person may see when another is online: both show it, and are companions or in contact."""
    if not viewer.shows_online or other_id in hidden_ids(viewer):
        return False
    shows = select(Person.id).where(Person.id == other_id, Person.state == "active", Person.shows_online)
    if db.session.scalar(shows) is None:
        return False
    return are_companions(viewer.id, other_id) or any(known(viewer, other_id) for known in _in_contact)


def companion_phone(viewer: Person, interest: Interest) -> str | None:
    """Return the number (E.164) of the other person of an accepted interest, if a card of theirs shows it."""
    other = interest.owner if viewer.id == interest.sender_id else interest.sender
    return number_for_companions(other) if interest.is_accepted else None


def outcome_of(interest: Interest) -> str:
    """Return in words how an interest ended, "" when it is pending or accepted."""
    outcomes = {
        PENDING: "",
        ACCEPTED: "",
        DECLINED: _("This request was declined."),
        WITHDRAWN: _("This request was taken back."),
        PARTED: _("You two are no longer companions."),
    }
    return outcomes.get(interest.status, _("The card was deleted, and the request ended with it."))


def refusal_reason(viewer: Person, card: Card) -> str:
    """Return in words why this person can't send an interest in the card, "" when they can."""
    if card.owner_id == viewer.id:
        return _("This is your own card.")
    if not card.is_active:
        return _("This card is resting: its owner takes no new requests just now.")
    if asks_gender(viewer, card):
        return _("This card is for women only. If you are one, say so when you ask.")
    if card.company == "women" and viewer.gender != "female":
        return _("This card is for women only.")
    if are_companions(viewer.id, card.owner_id):
        return _("You two are companions already.")
    return ""


def asks_gender(viewer: Person, card: Card) -> bool:
    """Return whether this person can send an interest in the card once they have said that they are a woman."""
    return card.company == "women" and viewer.gender is None and card.owner_id != viewer.id and card.is_active


def count_pending_in(card: Card) -> int:
    """Return the number of pending interests in a card."""
    return _count_pending(Interest.card_id == card.id)


def count_of_pending(owner: Person) -> Select[int]:
    """Return a SELECT of the number of pending interests in all cards of a person."""
    shown = is_visible_to(owner, Interest.sender_id)
    return select(func.count()).where(Interest.owner_id == owner.id, Interest.status == PENDING, shown)


def interests_waiting_for(owner: Person) -> Select[Any]:
    """Return a SELECT of the interests that wait for the person's answer, which people hope for within a week."""
    columns = answer_columns(
        Interest.id,
        Interest.created_at + ANSWER_HOPED_FOR,
        title=func.coalesce(Card.title, ""),
        asker=Person,
        line=Interest.line,
    )
    return (
        select(*columns)
        .select_from(Interest)
        .join(Person, Person.id == Interest.sender_id)
        .outerjoin(Card, Card.id == Interest.card_id)
        .where(Interest.owner_id == owner.id, Interest.status == PENDING, is_visible_to(owner, Interest.sender_id))
    )


def may_have_interests(owner: Person) -> ColumnElement[bool]:
    """Return a condition that holds whenever an interest waits for the person's answer."""
    return exists().where(Interest.owner_id == owner.id, Interest.status == PENDING)


def pending_interest(sender_id: uuid.UUID, card_id: uuid.UUID) -> Interest | None:
    """Return the pending interest of a person in a card."""
    return _pending_interest(sender_id, card_id).scalar_one_or_none()


@built_once
def _pending_interest(sender_id: uuid.UUID, card_id: uuid.UUID) -> Any:
    pending = Interest.sender_id == sender_id, Interest.card_id == card_id, Interest.status == PENDING
    return select(Interest).where(*pending)


def interest_for(person: Person, interest_id: uuid.UUID) -> Interest:
    """Return an interest that the person sent or received, with both people and the card.

    Raise `NotFound`, also once either of the two has blocked the other, and to the owner of the card for one that was
    taken back, whose sender is not named any more.
    """
    return scalar_or_404(
        _interests().where(
            Interest.id == interest_id,
            or_(Interest.sender_id == person.id, and_(Interest.owner_id == person.id, Interest.status != WITHDRAWN)),
            is_visible_to(person, Interest.sender_id),
            is_visible_to(person, Interest.owner_id),
        )
    )


def received(person: Person, after: str | None = None, size: int = A_PAGE) -> Page[Interest]:
    """Return a page of the pending interests in the person's cards, the newest first."""
    return _pending_page(person, Interest.owner_id == person.id, after, size)


def sent(person: Person, after: str | None = None, size: int = A_PAGE) -> Page[Interest]:
    """Return a page of the person's pending interests in others' cards, the newest first."""
    return _pending_page(person, Interest.sender_id == person.id, after, size)


@dataclass(frozen=True, slots=True)
class ListedInterest:
    """A pending interest as a row of a list for programs; the fields are the columns of `_listed_interests`."""

    id: uuid.UUID
    card_id: uuid.UUID | None
    card_title: str | None
    sender: PersonSummary
    owner: PersonSummary
    line: str
    created_at: datetime
    updated_at: datetime
    version: int


def pending_interests(person: Person, after: str | None, size: int, *, sent: bool) -> Page[ListedInterest]:
    """Return a page of the pending interests that a person sent, or that are in their cards, as rows, the newest first."""
    moment, last_id = decode(after, datetime, uuid.UUID) or (None, None)
    rows = _listed_interests(
        person.id,
        hidden_ids(person),
        moment,
        last_id,
        size + 1,
        sent=sent,
        goes_on=moment is not None,
        is_operator=person.is_operator,
    )
    return Page.of([ListedInterest(*row) for row in rows], size, lambda row: (row.created_at, row.id))


@built_once
def _listed_interests(
    person_id: uuid.UUID,
    hidden: list[uuid.UUID],
    moment: datetime | None,
    last_id: uuid.UUID | None,
    rows: int,
    *,
    sent: bool,
    goes_on: bool,
    is_operator: bool,
) -> Any:
    viewer = stand_in(person_id, is_operator=is_operator)
    mine, other = (Interest.sender_id, Interest.owner_id) if sent else (Interest.owner_id, Interest.sender_id)
    query = (
        select(
            Interest.id,
            Interest.card_id,
            Card.title,
            summary_columns("sender", person=_sender),
            summary_columns("owner", person=_owner),
            Interest.line,
            Interest.created_at,
            Interest.updated_at,
            Interest.version,
        )
        .join(_sender, _sender.id == Interest.sender_id)
        .join(_owner, _owner.id == Interest.owner_id)
        .outerjoin(Card, Card.id == Interest.card_id)
        .where(mine == person_id, Interest.status.in_(constants(PENDING)), is_visible_among(viewer, other, hidden))
    )
    key = Interest.created_at, Interest.id
    return rows_after(query, key, (moment, last_id), rows, goes_on=goes_on, descending=True)


def _count_pending(*conditions: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).where(*conditions, Interest.status == PENDING)) or 0


def _interests() -> Select[Any]:
    return select(Interest).options(joinedload(Interest.card), joinedload(Interest.sender), joinedload(Interest.owner))


def _pending_page(person: Person, condition: ColumnElement[bool], after: str | None, size: int) -> Page[Interest]:
    shown = is_visible_to(person, Interest.sender_id), is_visible_to(person, Interest.owner_id)
    query = _interests().where(condition, Interest.status == PENDING, *shown)
    query = select_page(query, after, size, Interest.created_at, Interest.id, descending=True)
    return Page.of(db.session.scalars(query).all(), size, lambda interest: (interest.created_at, interest.id))
