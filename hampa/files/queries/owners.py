"""What files, and notes, belong to: each kind of owner is registered by the feature that knows it.

A feature above registers its own: `register_owner_kind(OwnerKind("athlete", …))`. Its table needs a trigger that deletes
what belongs to a row (`forget_owned` in the migration 0128).
"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, literal, or_, select, tuple_, union_all

from hampa.people.models import Person
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.training.models.plans import JOINED, OWNER, PRIVATE, PlanMember, TrainingPlan
from hampa.training.queries.plans import member_plan

PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Owner:
    """Something with files and notes, as a person sees it: whether they add to it, and whether it is theirs.

    `endpoint` and `values` are those of its page; `audience` says in words who sees what is shared on it.
    """

    kind: str
    id: uuid.UUID
    name: str
    endpoint: str
    values: Mapping[str, Any]
    may_add: bool
    manages: bool
    audience: Any = _l("Everybody who belongs here sees it")


@dataclass(frozen=True)
class OwnerKind:
    """A kind of owner.

    `find` returns one whose files a person sees, or raises NotFound or Forbidden. `readable` returns a SELECT of the ids
    of all of these, for a person or what stands for one (`people.queries.stand_in`); `named` one of id and name.
    """

    name: str
    words: Any
    find: Callable[[Person, uuid.UUID], Owner]
    readable: Callable[[Any], Select[uuid.UUID]]
    named: Callable[[], Select[uuid.UUID, str]]
    endpoint: str
    parameter: str

    def values(self, owner_id: uuid.UUID) -> dict[str, uuid.UUID]:
        """Return the values of `endpoint` for one owner."""
        return {self.parameter: owner_id}


_kinds: dict[str, OwnerKind] = {}
Readable = Callable[[Any], Select[uuid.UUID]]


@dataclass(frozen=True, slots=True)
class _Further:
    """More things of a kind that are readable; where they belong to readable ones of another kind, `among` finds them by these."""

    kind: str
    readable: Readable
    owner_kind: str
    among: Readable | None


_further: list[_Further] = []
Listener = Callable[[Person, str, uuid.UUID, str], None]
_listeners: list[Listener] = []


def register_owner_kind(kind: OwnerKind) -> None:
    """Let files and notes belong to a kind of thing."""
    _kinds[kind.name] = kind


def also_readable(kind: str, of: str = "", among: Readable | None = None) -> Callable[[Readable], Readable]:
    """Let more people see the files and notes of a kind of thing: the function is like `OwnerKind.readable`.

    If they are those that belong to what is readable of another kind, `among` returns the same for a SELECT of the ids of
    these, which a statement that needs both collects once.
    """

    def add(readable: Readable) -> Readable:
        _further.append(_Further(kind, readable, of, among))
        return readable

    return add


def tells_of_changes(listener: Listener) -> Listener:
    """Have a function called when somebody shares a note or a summary, or adds a file: person, kind, id and what it was."""
    _listeners.append(listener)
    return listener


def tell_change(person: Person, kind: str, owner_id: uuid.UUID, what: str) -> None:
    """Tell higher features that somebody shared a note or a summary of something, or added a file."""
    for listener in _listeners:
        listener(person, kind, owner_id, what)


def owner_kinds() -> tuple[OwnerKind, ...]:
    """Return all kinds."""
    return tuple(_kinds.values())


def owner_kind(name: str) -> OwnerKind:
    """Return a kind by its name. Raise NotFound."""
    if name not in _kinds:
        raise NotFound
    return _kinds[name]


def owner_for(person: Person, kind: str, owner_id: uuid.UUID) -> Owner:
    """Return something whose files and notes a person sees. Raise NotFound, and Forbidden."""
    return owner_kind(kind).find(person, owner_id)


def is_owned_readably(person: Any, kind_column: Any, id_column: Any, owned: Any = None) -> ColumnElement[bool]:
    """Return the condition that a row belongs to something whose files and notes a person sees.

    A statement that asks it at several places of itself passes `owned`, the CTE of all that it may be
    (`all_owned_readably`).
    """
    return tuple_(kind_column, id_column).in_(_owned_readably(person) if owned is None else select(owned))


def all_owned_readably(person: Any) -> Any:
    """Return the CTE of kind and id of all whose files and notes a person sees, which PostgreSQL collects once."""
    asked_twice = {further.owner_kind for further in _further if further.among is not None}
    readable: list[tuple[str, Any]] = []
    shared: dict[str, Any] = {}
    for kind in _kinds.values():
        rows: Any = kind.readable(person)
        if kind.name in asked_twice:
            rows = shared[kind.name] = select(rows.cte(f"readable_{kind.name}").c[0])
        readable.append((kind.name, rows))
    for further in _further:
        among = further.among
        rows = among(shared[further.owner_kind]) if among is not None else further.readable(person)
        readable.append((further.kind, rows))
    return _union(readable).cte("owned_readably")


def _owned_readably(person: Any) -> Any:
    kinds = [(kind.name, kind.readable(person)) for kind in _kinds.values()]
    return _union([*kinds, *((further.kind, further.readable(person)) for further in _further)])


def _union(readable: Iterable[tuple[str, Any]]) -> Any:
    """Return a SELECT of kind and id of all of these."""
    return union_all(
        *(
            select(literal(name, Text).label("kind"), rows.c[0].label("id"))
            for name, rows in ((name, query.subquery()) for name, query in readable)
        )
    )


def is_readable(person: Any, kind: OwnerKind, column: Any) -> ColumnElement[bool]:
    """Return the condition that a column is the id of a thing of a kind whose files and notes a person sees."""
    further = (one.readable for one in _further if one.kind == kind.name)
    return or_(*(column.in_(readable(person)) for readable in (kind.readable, *further)))


def _plan_of(person: Person, plan_id: uuid.UUID) -> Owner:
    return plan_as_owner(*member_plan(person, plan_id))


def plan_as_owner(plan: TrainingPlan, member: PlanMember) -> Owner:
    """Return a plan as a member of it sees it."""
    return Owner(PLAN, plan.id, plan.name, "training.plan", {"plan_id": plan.id}, member.contributes, member.owns)


def _plans_read_by(person: Any) -> Select[uuid.UUID]:
    sees = or_(PlanMember.role == OWNER, TrainingPlan.visibility != PRIVATE)
    query = select(PlanMember.plan_id).join(TrainingPlan, TrainingPlan.id == PlanMember.plan_id)
    return query.where(PlanMember.person_id == person.id, PlanMember.status == JOINED, sees)


def _named_plans() -> Select[uuid.UUID, str]:
    return select(TrainingPlan.id, TrainingPlan.name)


register_owner_kind(
    OwnerKind(PLAN, _l("Plan"), _plan_of, _plans_read_by, _named_plans, endpoint="training.plan", parameter="plan_id")
)
