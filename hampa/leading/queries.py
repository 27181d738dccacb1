"""Who leads the pace groups of a run, and who is asked to."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from hampa.notifications.models import Reference, Words
from hampa.people.models import Person
from hampa.people.queries import hidden_from
from hampa.platform.answers import answer_columns
from hampa.platform.db import db
from hampa.runs.models.participation import GOING, Participation
from hampa.runs.models.run import PaceGroup, Run, RunOrganiser
from hampa.runs.queries.pace_groups import is_asked, is_led_by
from hampa.runs.queries.waiting import OF_RUN


def takes_part_or_organises(person_id: Any, run_id: Any) -> ColumnElement[bool]:
    """Return the condition that a person goes to a run by their own word, or organises it: that they may lead there."""
    return or_(
        exists().where(Run.id == run_id, Run.organiser_id == person_id),
        exists().where(
            RunOrganiser.run_id == run_id, RunOrganiser.person_id == person_id, RunOrganiser.agreed_at.is_not(None)
        ),
        exists().where(
            Participation.run_id == run_id,
            Participation.person_id == person_id,
            Participation.status == GOING,
            Participation.added_by_organiser.is_(False),
        ),
    )


def asked_to_lead(person: Person, now: Any) -> Select[Any]:
    """Return a SELECT of the groups that a person is asked to lead, as answers of theirs; of a series the next one."""
    hidden = hidden_from(person.id)
    asked = (
        select(PaceGroup.id)
        .ext(distinct_on(func.coalesce(Run.series_id, Run.id), PaceGroup.name))
        .join(Run, Run.id == PaceGroup.run_id)
        .where(is_asked(person.id), Run.cancelled_at.is_(None), Run.starts_at > now)
        .order_by(func.coalesce(Run.series_id, Run.id), PaceGroup.name, Run.starts_at)
    )
    columns = answer_columns(PaceGroup.id, Run.starts_at, **OF_RUN, asker=Person, line=PaceGroup.name)
    return (
        select(*columns)
        .select_from(PaceGroup)
        .join(Run, Run.id == PaceGroup.run_id)
        .join(Person, Person.id == func.coalesce(PaceGroup.leader_asker_id, Run.organiser_id))
        .where(PaceGroup.id.in_(asked), Run.organiser_id.not_in(hidden), Person.id.not_in(hidden))
    )


def may_be_asked(person: Person) -> ColumnElement[bool]:
    """Return a condition that holds whenever the person is asked to lead a group."""
    return exists().where(is_asked(person.id))


def groups_of(person: Person, run: Run) -> Sequence[Row[Any]]:
    """Return the groups of a run that the person leads or is asked to lead, in their order.

    `agreed` says which of the two, `asker` is the name of the organiser who asks.
    """
    asker = select(Person.name).where(Person.id == func.coalesce(PaceGroup.leader_asker_id, run.organiser_id))
    columns = PaceGroup.id, PaceGroup.name, PaceGroup.pace, PaceGroup.leader_agreed_at.is_not(None).label("agreed")
    return db.session.execute(
        select(*columns, asker.scalar_subquery().label("asker"))
        .where(PaceGroup.run_id == run.id, or_(is_asked(person.id), is_led_by(person.id)))
        .order_by(PaceGroup.position)
    ).all()


def possible_leaders(run: Run, limit: int = 200) -> Sequence[Any]:
    """Return the ids and names of possible leaders of pace groups: the organisers and people who joined themselves.

    Of people whom the organiser may not see only those are left who lead a group already, so that the form keeps them.
    """
    co_organiser = exists().where(
        RunOrganiser.run_id == run.id, RunOrganiser.person_id == Person.id, RunOrganiser.agreed_at.is_not(None)
    )
    joined = and_(Participation.status == GOING, Participation.added_by_organiser.is_(False))
    leads = exists().where(PaceGroup.run_id == run.id, PaceGroup.leader_id == Person.id)
    shown = and_(Person.state == "active", Person.id.not_in(hidden_from(run.organiser_id)))
    query = (
        select(Person.id, Person.name)
        .outerjoin(Participation, (Participation.person_id == Person.id) & (Participation.run_id == run.id))
        .where(or_(Person.id == run.organiser_id, and_(or_(joined, co_organiser), or_(shown, leads))))
        .order_by((Person.id == run.organiser_id).desc(), case((joined, Participation.rank)).nulls_last(), Person.id)
        .limit(limit)
    )
    return db.session.execute(query).all()


def _group_by_id(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    ids = {one.id_in("of") for one in references} - {None}
    names = dict(db.session.execute(select(PaceGroup.id, PaceGroup.name).where(PaceGroup.id.in_(ids))).all())
    return {one.id: {"group": names[group]} for one in references if (group := one.id_in("of")) in names}


GROUP = Words(_group_by_id, gone={"group": ""})
"""The name of a pace group (`group`) whose id is in `data`."""
