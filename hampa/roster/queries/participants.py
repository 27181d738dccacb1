"""The participants of a run by status, as every viewer may read them."""

import uuid
from collections import namedtuple
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, literal, null, select, union_all
from sqlalchemy.orm import aliased

from hampa.cards.models import Card
from hampa.cards.queries.interests import is_companion_of, page_opens_to_id
from hampa.cards.queries.veiling import veiled_among
from hampa.people import queries
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import constants
from hampa.platform.statements import built_once
from hampa.platform.web import paging
from hampa.runs.models.participation import CAME, GOING, HAD_PLACE, Participation
from hampa.runs.models.run import PaceGroup, Run
from hampa.runs.queries.names import display_name_column, listed_id_column
from hampa.runs.queries.people import is_shown_to

PEOPLE_PAGE = 50


@dataclass(frozen=True, slots=True)
class _OfRun:
    """What a list of participants has to know of their run."""

    id: uuid.UUID
    crew_id: uuid.UUID | None
    starts_at: datetime


def participants(
    person: Person,
    run: Run,
    status: str = GOING,
    after: str | None = None,
    size: int = PEOPLE_PAGE,
    *,
    for_organiser: bool = False,
) -> paging.Page[Any]:
    """Return a page of the participants with a status as rows for `ui.person`: the person, then the order of joining.

    `id` is of the person only where the person is listed by name, and for links that `opens` and `known` allow;
    organisers' forms take the `participation_id`, which says nothing about a person whom they may not see.

    Organisers (`for_organiser`) see everybody with their notes; other viewers do not see people hidden from them. After the
    run, GOING includes COMPLETED and NO_SHOW, so that nobody learns who did not come. `opens` says whether the page of
    the person is open to the viewer, `known` whether they are named and not hidden. `first_in_crew` says to organisers
    that a person has come to no earlier run of the crew that the run belongs to. Cards that the viewer's plan veils are
    left out, for all but organisers, to whom they were shown.
    """
    statuses = HAD_PLACE if status == GOING and clock.now() >= run.ends_at else (status,)
    cursor = paging.decode(after, int)
    first = cursor[0] if cursor else 0
    of_run = _OfRun(run.id, run.crew_id, run.starts_at)
    shape: dict[str, Any] = {
        "is_operator": person.is_operator,
        "for_organiser": for_organiser,
        "of_crew": for_organiser and run.crew_id is not None,
        "statuses": statuses,
        "is_first": cursor is None,
    }
    rows: Sequence[Any] = _participants(of_run, person.id, queries.hidden_ids(person), first, size + 1, **shape).all()
    veiled = () if for_organiser else veiled_among(person, [(row.card_id, row.id) for row in rows if row.card_id])
    rows = [_without_card(row) if row.card_id in veiled else row for row in rows]
    return paging.Page.of(rows, size, lambda row: (row.rank,))


def _without_card(row: Any) -> Any:
    return _row_type(row._fields)(**row._asdict() | {"card_id": None, "card_title": None})


@cache
def _row_type(names: tuple[str, ...]) -> type[Any]:
    return namedtuple("ListedParticipant", names)


def _is_first_in(crew_id: Any, starts_at: Any) -> ColumnElement[bool]:
    """Return the condition that who takes part has come to no run of a crew that started before."""
    before, earlier = aliased(Participation), aliased(Run)
    return ~(
        exists()
        .where(before.person_id == Participation.person_id, before.status.in_(constants(*CAME)))
        .where(earlier.id == before.run_id, earlier.crew_id == crew_id, earlier.starts_at < starts_at)
        .where(earlier.cancelled_at.is_(None))
        .correlate_except(before, earlier)
    )


@built_once
def _participants(
    run: _OfRun,
    viewer_id: uuid.UUID,
    hidden: list[uuid.UUID],
    after_rank: int,
    most: int,
    *,
    is_operator: bool,
    for_organiser: bool,
    of_crew: bool,
    statuses: tuple[str, ...],
    is_first: bool,
) -> Any:
    """Select a page of `participants`; the viewer's own row is at the head of the first page."""
    visible = is_shown_to(hidden, is_operator=is_operator)
    named = Participation.display_name == ""
    query = (
        select(
            listed_id_column().label("id"),
            display_name_column().label("name"),
            case((and_(named, visible), Person.avatar), else_=null()).label("avatar"),
            Participation.id.label("participation_id"),
            Participation.status,
            Participation.rank,
            Participation.guests,
            (Participation.note if for_organiser else literal("")).label("note"),
            PaceGroup.name.label("pace_group"),
            (Participation.answers if for_organiser else null()).label("answers"),
            (Participation.removed_at.is_not(None) if for_organiser else false()).label("removed"),
            Card.id.label("card_id"),
            Card.title.label("card_title"),
            and_(named, is_companion_of(viewer_id, hidden, Person.id)).label("companion"),
            and_(page_opens_to_id(viewer_id, hidden, is_operator=is_operator), named).label("opens"),
            and_(named, Person.state == "active", visible).label("known"),
            (Participation.still_in_at.is_not(None) if for_organiser else false()).label("still_in"),
            (and_(named, _is_first_in(run.crew_id, run.starts_at)) if of_crew else false()).label("first_in_crew"),
        )
        .join(Person, Person.id == Participation.person_id)
        .outerjoin(PaceGroup, PaceGroup.id == Participation.pace_group_id)
        .outerjoin(Card, (Card.id == Participation.card_id) & (Card.state == "active"))
        .where(Participation.run_id == run.id, Participation.status.in_(constants(*statuses)))
    )
    if not for_organiser:
        query = query.where(visible)
    others = query.where(Participation.person_id != viewer_id).order_by(Participation.rank).limit(most)
    if not is_first:
        return others.where(Participation.rank > after_rank)
    own = query.where(Participation.person_id == viewer_id).add_columns(literal(0).label("place"))
    rows = union_all(own, others.add_columns(literal(1).label("place"))).subquery()
    return select(rows).order_by(rows.c.place, rows.c.rank)
