"""Who may write to whom, and who belongs to the conversation of a run or a crew."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, exists, literal, not_, or_, select, union_all
from sqlalchemy.orm import aliased

from hampa.cards.models import Interest
from hampa.cards.queries.interests import ACCEPTED, interests_between
from hampa.crews.queries.together import share_crew
from hampa.messages.models import Conversation
from hampa.people.models import Person
from hampa.people.queries import hidden_from, person_for
from hampa.platform.db import constants, db
from hampa.runs.models.participation import CAME, HAD_PLACE, Participation
from hampa.runs.models.run import Run, RunOrganiser

SharedGround = Callable[[Any, Any], ColumnElement[bool]]
Way = Literal["direct", "request"]
"""How a person may begin to write to another: straight away, or by one message that waits until it is accepted."""

_grounds: list[SharedGround] = []


def register_shared_ground(condition: SharedGround) -> SharedGround:
    """Register a condition under which two people, given by columns or values of ids, write to each other unasked."""
    _grounds.append(condition)
    return condition


@register_shared_ground
def are_companions(person_id: Any, other_id: Any) -> ColumnElement[bool]:
    """Return the condition that one of the two accepted an interest of the other."""
    return exists().where(interests_between(person_id, other_id), Interest.status.in_(constants(ACCEPTED)))


@register_shared_ground
def share_run(person_id: Any, other_id: Any) -> ColumnElement[bool]:
    """Return the condition that the two go or went to the same run, or that one of them organises it."""
    theirs = runs_of(person_id).subquery()
    return exists(select(literal(1)).select_from(theirs).where(theirs.c.run_id.in_(runs_of(other_id))))


register_shared_ground(share_crew)


def runs_of(person_id: Any) -> Select[Any]:
    """Return a SELECT of the ids of the runs that a person goes or went to by their own will, or organises."""
    places = select(Participation.run_id.label("run_id")).where(
        Participation.person_id == person_id, Participation.status.in_(constants(*CAME)), not_(came_by_others())
    )
    owned = select(Run.id).where(Run.organiser_id == person_id)
    shared = select(RunOrganiser.run_id).where(RunOrganiser.person_id == person_id, RunOrganiser.agreed_at.is_not(None))
    return select(union_all(places, owned, shared).subquery().c.run_id)


def came_by_others() -> ColumnElement[bool]:
    """Return the condition that an organiser added the participant, who has said nothing about the run themselves."""
    return Participation.added_by_organiser.is_(True)


def belongs_to_run(person_id: Any, run_id: Any) -> ColumnElement[bool]:
    """Return the condition that a person belongs to the conversation of a run: goes or went to it, or organises it.

    Both may be columns, also of a `Run`: the tables that are looked into have names of their own, since a column would be
    compared with itself otherwise.
    """
    place, run, role = aliased(Participation), aliased(Run), aliased(RunOrganiser)
    has_place = exists().where(
        place.run_id == run_id,
        place.person_id == person_id,
        place.status.in_(constants(*HAD_PLACE)),
        place.added_by_organiser.is_not(True),
    )
    owns = exists().where(run.id == run_id, run.organiser_id == person_id)
    organises = exists().where(role.run_id == run_id, role.person_id == person_id, role.agreed_at.is_not(None))
    return or_(has_place.correlate_except(place), owns.correlate_except(run), organises.correlate_except(role))


def people_of_run(run_id: uuid.UUID, author_id: uuid.UUID) -> Select[Any]:
    """Return a SELECT of the ids of the people of a run's conversation who are not hidden from the author."""
    return select(Person.id).where(
        Person.id.in_(ids_of_run(run_id)), Person.state == "active", Person.id.not_in(hidden_from(author_id))
    )


def ids_of_run(run_id: Any) -> Select[Any]:
    """Return a SELECT of the ids of all who belong to the conversation of a run, as `belongs_to_run` has it."""
    places = select(Participation.person_id.label("person_id")).where(
        Participation.run_id == run_id, Participation.status.in_(constants(*HAD_PLACE)), not_(came_by_others())
    )
    owner = select(Run.organiser_id).where(Run.id == run_id)
    others = select(RunOrganiser.person_id).where(RunOrganiser.run_id == run_id, RunOrganiser.agreed_at.is_not(None))
    return select(union_all(places, owner, others).subquery().c.person_id)


@dataclass(frozen=True, slots=True)
class Addressee:
    """A person to whom the viewer may write or not (`way` is None), and the conversation that they have already."""

    person: Person
    way: Way | None
    companions: bool
    conversation_id: uuid.UUID | None


def addressee_for(viewer: Person, other_id: uuid.UUID) -> Addressee:
    """Return another person, and how the viewer may begin to write to them. Raise NotFound for whom they may not see."""
    other = person_for(viewer, other_id)
    low_id, high_id = pair(viewer.id, other.id)
    conversation = select(Conversation.id).where(Conversation.low_id == low_id, Conversation.high_id == high_id)
    companions = are_companions(viewer.id, other.id)
    grounds = or_(*(ground(viewer.id, other.id) for ground in _grounds))
    row = db.session.execute(select(companions, grounds, conversation.scalar_subquery())).one()
    way = None if viewer.id == other.id or other.state != "active" else way_by(other.message_visibility, *row[:2])
    return Addressee(other, way, row[0], row[2])


def way_by(setting: str, companions: bool, ground: bool) -> Way | None:
    """Return how somebody may begin to write to a person with this setting."""
    if setting == "nobody" or (setting == "companions_only" and not companions):
        return None
    return "direct" if ground or companions or setting in ("everyone", "signed_in") else "request"


def closed_by_choice(setting: Any, companions: Any) -> ColumnElement[bool]:
    """Return the condition that a person, by this setting, takes no messages of another even where they have begun."""
    only = and_(setting.in_(constants("companions_only")), not_(companions))
    return or_(setting.in_(constants("nobody")), only)


def pair(one: uuid.UUID, other: uuid.UUID) -> tuple[uuid.UUID, uuid.UUID]:
    """Return two ids in the order in which a conversation has them."""
    return (one, other) if one < other else (other, one)
