"""Runs and cards, by the words that their lists are searched by."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, or_, select, true, union
from sqlalchemy.orm import aliased

from hampa.cards.models import Card
from hampa.cards.queries.veiling import without_veiled
from hampa.crews.models import ACTIVE, CrewMembership
from hampa.people.models import Person
from hampa.people.queries import Circle, is_visible_to, stand_in, summary_columns, viewer_in, wide_circle
from hampa.platform import clock
from hampa.platform.db import constants
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.one_by_one import OneByOne
from hampa.platform.statements import built_once
from hampa.runs.models.run import Run
from hampa.runs.queries.runs import own_run_ids, visible_to
from hampa.search.queries.people import CREWS, find_crews
from hampa.search.queries.providers import (
    WINDOW,
    Asked,
    Hit,
    Provider,
    Question,
    Search,
    Words,
    in_steps,
    is_in,
    register_provider,
)

PUBLIC = "public"
MOST_FOUND = 10_000
"""More runs than are found in any way."""


def find_runs(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return runs that the viewer may see, those to come first, the soonest before the later ones."""
    viewer_id = viewer.id if viewer is not None else None
    return _hits_of_runs(
        viewer, _runs(viewer_id, search.query, clock.now(), most=most, is_visitor=viewer is None).all()
    )


def _hits_of_runs(_viewer: Person | None, rows: Sequence[Any]) -> list[Hit]:
    return [
        Hit(
            "runs",
            row.id,
            row.title,
            "runs.show",
            {"run_id": row.id},
            text=row.description or "",
            detail=row.place,
            moment=row.starts_at,
            timezone=row.timezone,
            is_marked_up=True,
        )
        for row in rows
    ]


@built_once
def _runs(viewer_id: uuid.UUID | None, asked: str, now: datetime, *, most: int, is_visitor: bool) -> Any:
    return _select_runs(viewer_id, Words(asked), now, most, is_visitor=is_visitor)


def _select_runs(viewer_id: Any, words: Words, now: Any, most: int, *, is_visitor: bool) -> Any:
    asked = words.all
    soonest = select(Run.id, Run.search, Run.starts_at).where(Run.visibility == PUBLIC, Run.starts_at >= now)
    soonest = soonest.where(Run.cancelled_at.is_(None)).order_by(Run.starts_at, Run.id)

    def among(limit: int) -> Select[Any]:
        window = soonest.limit(limit).subquery("soonest").c
        return select(window.id).where(is_in(window.search, asked)).order_by(window.starts_at, window.id)

    found = in_steps("runs", among, select(Run.id, Run.search).where(Run.visibility == PUBLIC), words, most)
    viewer = None if is_visitor else stand_in(viewer_id)
    if viewer is not None:
        crews = select(CrewMembership.crew_id).where(
            CrewMembership.person_id == viewer_id, CrewMembership.status.in_(constants(ACTIVE))
        )
        own = own_run_ids(viewer).cte("own_runs").prefix_with("MATERIALIZED")  # else the index of words is asked first
        own_words = select(Run.search).where(Run.id == own.c.run_id).limit(1).lateral("own_words")
        found.append(select(own.c.run_id).join(own_words, true()).where(is_in(own_words.c.search, asked)))
        of_crews = select(Run.id, Run.search).where(Run.crew_id.in_(crews)).order_by(Run.starts_at.desc())
        latest = of_crews.limit(WINDOW).subquery("of_crews").c
        found.append(select(latest.id).where(is_in(latest.search, asked)))
    # Who may see them is asked of the few that were found, in their order: beside the table, of each run of the site.
    to_come = case((Run.starts_at >= now, Run.starts_at - now), else_=None).label("to_come")
    order = to_come.asc().nulls_last(), Run.starts_at.desc(), Run.id
    few = select(Run.__table__, to_come).where(Run.id.in_(union(*found).scalar_subquery()))
    few_runs = few.order_by(*order).limit(MOST_FOUND).subquery("few_runs")
    run = aliased(Run, few_runs)
    query = select(run.id, run.title, run.place, run.description, run.starts_at, run.timezone)
    query = query.where(OneByOne(visible_to(viewer, run)))
    return query.order_by(few_runs.c.to_come.asc().nulls_last(), run.starts_at.desc(), run.id).limit(most)


def find_cards(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return active cards that the viewer may see, and their own, the newest first."""
    viewer_id = viewer.id if viewer is not None else None
    return _hits_of_cards(viewer, _cards(viewer_id, search.query, most=most, circle=wide_circle(viewer)).all())


def _hits_of_cards(viewer: Person | None, rows: Sequence[Any]) -> list[Hit]:
    return [
        Hit(
            "cards",
            row.id,
            row.title,
            "cards.show",
            {"card_id": row.id},
            text=row.description or "",
            detail=row.place,
            moment=row.created_at,
            person=row.owner if viewer is not None else None,
            by=row.owner.name,
        )
        for row in without_veiled(viewer, rows, lambda row: (row.id, row.owner.id))
    ]


@built_once
def _cards(viewer_id: uuid.UUID | None, asked: str, *, most: int, circle: Circle) -> Any:
    return _select_cards(viewer_id, Words(asked), most, circle)


def _select_cards(viewer_id: Any, words: Words, most: int, circle: Circle) -> Any:
    asked = words.all
    newest = select(Card.id, Card.search, Card.created_at).where(Card.state == "active")
    newest = newest.order_by(Card.created_at.desc(), Card.id.desc())

    def among(limit: int) -> Select[Any]:
        window = newest.limit(limit).subquery("newest").c
        return select(window.id).where(is_in(window.search, asked)).order_by(window.created_at.desc(), window.id.desc())

    found = in_steps("cards", among, select(Card.id, Card.search).where(Card.state == "active"), words, most)
    viewer = viewer_in(circle, viewer_id)
    is_own: list[Any] = []
    if viewer is not None:
        found.append(select(Card.id).where(Card.owner_id == viewer_id, is_in(Card.search, asked)))
        is_own = [Card.owner_id == viewer_id]
    shown = or_(*is_own, Card.state == "active")
    query = select(Card.id, Card.title, Card.place, Card.description, Card.created_at, summary_columns("owner"))
    query = query.join(Person, Person.id == Card.owner_id)
    # That they have the words is known; asked once more here, it would be asked of all cards of the site.
    query = query.where(Card.id.in_(union(*found).scalar_subquery()))
    query = query.where(shown, Person.state == "active", is_visible_to(viewer, Card.owner_id))
    return query.order_by(Card.created_at.desc(), Card.id.desc()).limit(most)


def _build_runs(asked: Asked) -> Any:
    is_visitor = asked.circle == "visitor"
    return _select_runs(asked.viewer_id, asked.words, asked.now, asked.most, is_visitor=is_visitor)


def _build_cards(asked: Asked) -> Any:
    return _select_cards(asked.viewer_id, asked.words, asked.most, asked.circle)


RUNS = Question(
    _build_runs,
    {"title": "title", "place": "detail", "description": "text", "starts_at": "moment", "timezone": "timezone"},
    _hits_of_runs,
)
CARDS = Question(
    _build_cards,
    {"title": "title", "place": "detail", "description": "text", "created_at": "moment", "owner": "person"},
    _hits_of_cards,
)
register_provider(Provider("runs", _l("Runs"), find_runs, RUNS, is_public=True))
register_provider(Provider("cards", _l("Cards"), find_cards, CARDS, is_public=True))
register_provider(Provider("crews", _l("Crews"), find_crews, CREWS, is_public=True))
