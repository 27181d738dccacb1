"""Questions about people, blocks, and what a viewer may see of a person.

Each viewer belongs to one circle around the person, and the circle alone decides what they see of the person's page.
Pages ask by circle, for viewers and for the preview of how others see a person. Whether a viewer may know of a person
at all, by name, face and id, is decided in one place for all pages: `is_seen_by`.
"""

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Final, Literal, cast

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, all_, and_, case, func, literal, or_, select, true
from sqlalchemy.orm import Bundle

from hampa.people.models import LEAVING_PERIOD, Block, Person
from hampa.platform import clock
from hampa.platform.db import columns_of, constants, db, loaded, shared_alias
from hampa.platform.errors import NotFound
from hampa.platform.geo.places import Place, places_called
from hampa.platform.statements import built_once
from hampa.platform.web.paging import Page, decode, rows_after, select_by_name

A_PAGE = 30
SHUT_OUT = ("suspended", "banned")
"""The states of people whom operators have shut out; only operators, and organisers in their lists, see their names."""
_shut_out = shared_alias(Person, "shut_out")

Circle = Literal["visitor", "stranger", "crew_mate", "companion", "self", "operator"]

OPEN_TO: Final[dict[str, tuple[str, ...]]] = {
    "visitor": ("everyone",),
    "stranger": ("everyone", "signed_in"),
    "crew_mate": ("everyone", "signed_in", "companions"),
    "companion": ("everyone", "signed_in", "companions"),
}
"""The settings (of `CIRCLES`) that admit each circle; the person and operators are always admitted."""


@dataclass(frozen=True, slots=True)
class PersonSummary:
    """A person's name and picture; rows that say more about a person extend it."""

    id: uuid.UUID
    name: str
    avatar: str | None


class _SummaryBundle(Bundle[Any]):
    """Columns that are read as one `PersonSummary`, or as None where an outer join found nobody."""

    def create_row_processor(
        self, query: Any, procs: Sequence[Callable[[Any], Any]], labels: Sequence[str]
    ) -> Callable[[Any], PersonSummary | None]:
        """Return the function that reads the columns of a row."""
        read_id, read_name, read_avatar = procs

        def read(row: Any) -> PersonSummary | None:
            person_id = read_id(row)
            return None if person_id is None else PersonSummary(person_id, read_name(row), read_avatar(row))

        return read


def summary_columns(
    label: str = "person",
    *,
    person: Any = Person,
    name: ColumnElement[str] | None = None,
    avatar: ColumnElement[str | None] | None = None,
) -> Bundle[Any]:
    """Return the columns of a `PersonSummary`, which the row has under `label`.

    `person` may be an alias; `name` and `avatar` replace its columns where a list shows another name or no picture.
    """
    shown_name = person.name if name is None else name.label("name")
    shown_avatar = person.avatar if avatar is None else avatar.label("avatar")
    return _SummaryBundle(label, person.id, shown_name, shown_avatar)


def by_phone(phone: str) -> Person | None:
    """Return the person who signs in with this number (E.164)."""
    return db.session.scalar(select(Person).where(Person.phone == phone))


def lock_person(person_id: uuid.UUID) -> Person | None:
    """Return the person as they are now, locked until the transaction ends.

    The lock is NO KEY UPDATE: rows that refer to the person can still be written, so that two people who ask each other
    at the same instant do not deadlock.
    """
    query = select(Person).where(Person.id == person_id).with_for_update(key_share=True)
    return db.session.scalar(query.execution_options(populate_existing=True))


def lock_people(*person_ids: uuid.UUID) -> None:
    """Lock people, in the order of their ids, until the transaction ends; the lock is that of `lock_person`."""
    query = select(Person.id).where(Person.id.in_(person_ids)).order_by(Person.id)
    db.session.execute(query.with_for_update(key_share=True))


def lock_operators() -> Sequence[Person]:
    """Return the operators, locked, so that two of them don't leave at the same moment."""
    query = select(Person).where(Person.is_operator, Person.state == "active").order_by(Person.id)
    return db.session.scalars(query.with_for_update(key_share=True).execution_options(populate_existing=True)).all()


def due_for_erasure() -> Sequence[uuid.UUID]:
    """Return the ids of people who are leaving and whose time to come back is over."""
    latest = clock.now() - LEAVING_PERIOD
    return db.session.scalars(select(Person.id).where(Person.leaving_at <= latest).order_by(Person.leaving_at)).all()


def by_id(person_id: uuid.UUID) -> Person | None:
    """Return the person with this id, for actions and jobs; pages need a query that knows the viewer."""
    return db.session.get(Person, person_id)


def operators() -> Sequence[Person]:
    """Return the active operators."""
    return db.session.scalars(select(Person).where(Person.is_operator, Person.state == "active")).all()


def home_town(person: Person) -> Place | None:
    """Return the town that the person named as their city, in the person's language."""
    return _town(person.city, person.locale, person.timezone) if person.city else None


@lru_cache(maxsize=1024)
def _town(city: str, locale: str, zone: str) -> Place | None:
    names = (city, *city.replace("،", ",").split(","))
    return next((place for name in names for place in places_called(name, locale, zone)), None)


@dataclass(frozen=True, slots=True)
class Blocked:
    """A person whom the reader blocked, as a row of a list."""

    id: uuid.UUID
    name: str
    block_id: uuid.UUID
    created_at: datetime


@lru_cache(maxsize=128)
def hidden_from(person_id: Any) -> Select[tuple[uuid.UUID]]:
    """Return a SELECT of the ids of people whom the person blocked or who blocked them, for use in other statements.

    The person is a value, or a column of any statement around. The cache saves a tenth of a page's time.
    """
    other = case((Block.blocker_id == person_id, Block.blocked_id), else_=Block.blocker_id)
    involved = or_(Block.blocker_id == person_id, Block.blocked_id == person_id)
    return select(other).where(involved).correlate_except(Block)


def are_hidden(person_id: uuid.UUID, other_id: uuid.UUID) -> bool:
    """Return whether either of the two blocked the other."""
    return bool(_are_hidden(person_id, other_id).scalar_one())


@built_once
def _are_hidden(person_id: uuid.UUID, other_id: uuid.UUID) -> Any:
    between = or_(
        and_(Block.blocker_id == person_id, Block.blocked_id == other_id),
        and_(Block.blocker_id == other_id, Block.blocked_id == person_id),
    )
    return select(select(Block.id).where(between).exists())


def hidden_pairs(ids: Collection[uuid.UUID], others: Collection[uuid.UUID]) -> set[frozenset[uuid.UUID | None]]:
    """Return the pairs of one of these people and one of the others of whom either blocked the other."""
    rows = db.session.execute(
        select(Block.blocker_id, Block.blocked_id).where(
            or_(
                and_(Block.blocker_id.in_(ids), Block.blocked_id.in_(others)),
                and_(Block.blocker_id.in_(others), Block.blocked_id.in_(ids)),
            )
        )
    )
    return {frozenset(row) for row in rows}


def blockable_person(person: Person, other_id: uuid.UUID) -> Person:
    """Return another person whom this one may block or report: whom they may see, or blocked before.

    Raise `NotFound` for the person themselves and for everybody else: to them, such an account does not exist.
    """
    if other_id == person.id:
        raise NotFound
    other = db.session.get(Person, other_id) if has_blocked(person, other_id) else person_for(person, other_id)
    if other is None or other.state == "erased":
        raise NotFound
    return other


def is_visible_to(person: Person | None, column: Any) -> ColumnElement[bool]:
    """Return the condition that the person whose id a column holds is not hidden from this one (or from a visitor).

    People are hidden by a block, and by operators who suspend or ban them, though not from operators.
    """
    if person is None:
        return is_not_shut_out(column)
    visible: ColumnElement[bool] = column.not_in(hidden_from(person.id))
    return visible if person.is_operator else and_(visible, is_not_shut_out(column))


def is_visible_among(person: Person | None, column: Any, hidden: Any) -> ColumnElement[bool]:
    """Return the condition of `is_visible_to` for a statement that is built once, whose parameter is `hidden_ids`."""
    visible = is_none_of(column, hidden)
    return visible if person is not None and person.is_operator else and_(visible, is_not_shut_out(column))


def is_not_shut_out(column: Any) -> ColumnElement[bool]:
    """Return the condition that the person whose id a column holds is neither suspended nor banned."""
    if column is Person.id:
        return Person.state.not_in(constants(*SHUT_OUT))
    return (
        ~select(literal(1))
        .where(_shut_out.id == column, _shut_out.state.in_(constants(*SHUT_OUT)))
        .correlate_except(_shut_out)
        .exists()
    )


def all_hidden_from(person_id: Any) -> ColumnElement[list[uuid.UUID]]:
    """Return the ids of `hidden_from` as an array; the person is a value or a column."""
    return func.array(hidden_from(person_id).scalar_subquery(), type_=ARRAY(Uuid()))


def hidden_ids(person: Person | None) -> list[uuid.UUID]:
    """Return the ids of people who are hidden from the person by a block, as they were read with their session."""
    if person is None:
        return []
    if person.hidden_ids is None:
        person.hidden_ids = db.session.scalar(select(all_hidden_from(person.id))) or []
    return person.hidden_ids


def has_no_blocks(person: Person) -> bool:
    """Return whether nobody is hidden from the person by a block."""
    return not hidden_ids(person)


def stand_in(person_id: Any, *, is_operator: bool = False, **columns: Any) -> Person:
    """Return what stands for a person while a statement is built once: their id and other `columns` are parameters.

    `is_operator` has a value, because it gives the statement another shape.
    """
    return cast(Person, SimpleNamespace(id=person_id, is_operator=is_operator, **columns))


def is_none_of(column: Any, ids: Any) -> ColumnElement[bool]:
    """Return the condition that a column holds none of the ids of an array, for statements that are built once."""
    return cast(ColumnElement[bool], column != all_(ids))


def blocked_by(person: Person, after: str | None = None, size: int = A_PAGE) -> Page[Blocked]:
    """Return a page of the people whom the person blocked, the latest first."""
    made_at, last_id = decode(after, datetime, uuid.UUID) or (None, None)
    rows = _blocked_by(person.id, made_at, last_id, size + 1, on=made_at is not None)
    return Page.of([Blocked(*row) for row in rows], size, lambda row: (row.created_at, row.block_id))


@built_once
def _blocked_by(person_id: uuid.UUID, made_at: datetime | None, last: uuid.UUID | None, most: int, *, on: bool) -> Any:
    columns = Person.id, Person.name, Block.id, Block.created_at
    query = select(*columns).join(Person, Person.id == Block.blocked_id).where(Block.blocker_id == person_id)
    return rows_after(query, (Block.created_at, Block.id), (made_at, last), most, goes_on=on, descending=True)


@dataclass(frozen=True, slots=True)
class CalledPerson(PersonSummary):
    """A person who was looked for by name."""

    handle: str | None
    city: str


def people_called(viewer: Person | None, beginning: str, after: str | None, size: int) -> Page[CalledPerson]:
    """Return a page of the people whom the viewer may see and whose name or user name begins like this, by name."""
    name = func.lower(Person.name)
    begins = or_(
        name.startswith(beginning.strip().lower(), autoescape=True),
        Person.handle.startswith(beginning.strip().lower().removeprefix("@"), autoescape=True),
    )
    query = select(Person.id, Person.name, Person.avatar, Person.handle, Person.city)
    query = query.where(begins, Person.name != "", is_seen_by(viewer))
    rows = db.session.execute(select_by_name(query, after, size, Person.name, Person.id)).all()
    return Page.of([CalledPerson(*row) for row in rows], size, lambda row: (row.name, row.id))


def has_blocked(person: Person, other_id: uuid.UUID) -> bool:
    """Return whether this person blocked the other."""
    query = select(Block.id).where(Block.blocker_id == person.id, Block.blocked_id == other_id)
    return db.session.scalar(query) is not None


def opens(setting: str, circle: Circle) -> bool:
    """Return whether a privacy setting of a person admits this circle."""
    return circle not in OPEN_TO or setting in OPEN_TO[circle]


def page_opens(viewer: Person | None, is_near: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that a viewer may see the page of a `Person`: `opens`, for lists.

    `is_near` is the condition that the person is a companion or a crew mate of the viewer.
    """
    active = Person.state == "active"
    if viewer is None:
        return and_(active, Person.profile_visibility.in_(constants(*OPEN_TO["visitor"])))
    if viewer.is_operator:
        return true()
    return and_(
        active,
        Person.id.not_in(hidden_from(viewer.id)),
        or_(Person.profile_visibility.in_(constants(*OPEN_TO["stranger"])), Person.id == viewer.id, is_near),
    )


Naming = Callable[[Person | None], ColumnElement[bool]]
_namings: list[Naming] = []


def names_people(condition: Naming) -> Naming:
    """Register a condition under which a feature's pages name a `Person` to a viewer; None is a visitor.

    The condition is a part of `is_seen_by`, which has dealt with blocks and states already. It is correlated to
    `Person`, so that it is answered by an index for the one person who is asked about.
    """
    _namings.append(condition)
    return condition


def is_seen_by(viewer: Person | None, met_by: Sequence[Naming] | None = None) -> ColumnElement[bool]:
    """Return the condition that a viewer may see a `Person`: that they may be shown the name, the face and the id.

    Every page, form and route that names a person or takes their id asks this; to other viewers the person does not
    exist. Who may see whom, by circle:

    - The person sees themselves. Operators see everybody who is not erased.
    - Nobody else sees a person who is not active (leaving, suspended, banned or erased), and nobody whom a block, of
      either of the two, hides.
    - A visitor sees people whose page is open to everyone, and people who organise a run.
    - A stranger sees in addition people whose page is open to everybody who is signed in, and people whom they meet on
      pages that are open to them: owners of active cards, participants of runs, authors of comments, and people who
      gave photos. A person whom an organiser added by number, and who has done nothing since, is met by nobody.
    - A companion sees their companions. Two people between whom there ever was an interest, and people whose actions
      the viewer was notified of, count as met too: somebody who was bothered must be able to block.

    The features that show people register how they are met (`names_people`). Where all of these take long to ask,
    `met_by` are some of them: who is seen then is seen, of others it isn't said.
    """
    if viewer is not None and viewer.is_operator:
        return Person.state != "erased"
    circle = "visitor" if viewer is None else "stranger"
    met = or_(
        Person.profile_visibility.in_(constants(*OPEN_TO[circle])),
        *(naming(viewer) for naming in (_namings if met_by is None else met_by)),
    )
    if viewer is None:
        return and_(Person.state == "active", met)
    return or_(Person.id == viewer.id, and_(Person.state == "active", Person.id.not_in(hidden_from(viewer.id)), met))


def person_for(viewer: Person | None, person_id: uuid.UUID) -> Person:
    """Return the person, if the viewer may see them (`is_seen_by`). Raise `NotFound`."""
    row = _person_seen(viewer.id if viewer else None, person_id, circle=wide_circle(viewer)).first()
    if row is None:
        raise NotFound
    return loaded(Person, row)


@built_once
def _person_seen(viewer_id: uuid.UUID | None, person_id: uuid.UUID, *, circle: Circle) -> Any:
    return select(*columns_of(Person)).where(Person.id == person_id, is_seen_by(viewer_in(circle, viewer_id)))


def sees(viewer: Person | None, person_id: uuid.UUID) -> bool:
    """Return whether the viewer may see the person with this id (`is_seen_by`)."""
    return _is_seen(viewer.id if viewer else None, person_id, circle=wide_circle(viewer)).first() is not None


@built_once
def _is_seen(viewer_id: uuid.UUID | None, person_id: uuid.UUID, *, circle: Circle) -> Any:
    return select(Person.id).where(Person.id == person_id, is_seen_by(viewer_in(circle, viewer_id)))


def wide_circle(viewer: Person | None) -> Circle:
    """Return the circle of a viewer around people of whom nothing is known, by which statements have their shape."""
    return "visitor" if viewer is None else "operator" if viewer.is_operator else "stranger"


def viewer_in(circle: Circle, viewer_id: Any) -> Person | None:
    """Return what stands for a viewer of a `wide_circle` while a statement is built once: their id is a parameter."""
    return None if circle == "visitor" else stand_in(viewer_id, is_operator=circle == "operator")
