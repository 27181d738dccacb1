"""Runs and cards, by the words that their lists are searched by."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, or_, select, union
from sqlalchemy.orm import aliased

from hampa.cards.models import Card
from hampa.cards.queries.veiling import without_veiled
from hampa.crews.models import ACTIVE, CrewMembership
from hampa.people.models import Person
from hampa.people.queries import Circle, is_visible_to, stand_in, summary_columns, viewer_in, wide_circle
from hampa.platform import clock
from hampa.platform.db import constants
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.statements import built_once
from hampa.platform.texts.markdown import to_plain
from hampa.runs.models.run import Run
from hampa.runs.queries.runs import own_run_ids, visible_to
from hampa.search.queries.people import find_crews
from hampa.search.queries.providers import INDEXED, WINDOW, Hit, Provider, Search, is_in, register_provider

PUBLIC = "public"


def _with_index(window: Select[Any], rows: Select[Any], most: Any) -> list[Select[Any]]:
    """Return SELECTs of ids: of the window, and only if these are too few, of what the index of words gives."""
    first = window.limit(most).cte("first").prefix_with("MATERIALIZED")
    too_few = select(func.count() < most).select_from(first).scalar_subquery()
    rest = rows.where(too_few).limit(INDEXED).subquery("rest")
    return [select(first.c.id), select(rest.c.id)]


def find_runs(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return runs that the viewer may see, those to come first, the soonest before the later ones."""
    viewer_id = viewer.id if viewer is not None else None
    return [
        Hit(
            "runs",
            row.id,
            row.title,
            "runs.show",
            {"run_id": row.id},
            text=to_plain(row.description or ""),
            detail=row.place,
            moment=row.starts_at,
            timezone=row.timezone,
        )
        for row in _runs(viewer_id, search.query, clock.now(), most=most, is_visitor=viewer is None)
    ]


@built_once
def _runs(viewer_id: uuid.UUID | None, asked: str, now: datetime, *, most: int, is_visitor: bool) -> Any:
    soonest = select(Run.id, Run.search, Run.starts_at).where(Run.visibility == PUBLIC, Run.starts_at >= now)
    soonest = soonest.where(Run.cancelled_at.is_(None)).order_by(Run.starts_at, Run.id).limit(WINDOW)
    window = soonest.subquery("soonest").c
    found = _with_index(
        select(window.id).where(is_in(window.search, asked)).order_by(window.starts_at, window.id),
        select(Run.id).where(is_in(Run.search, asked), Run.visibility == PUBLIC),
        most,
    )
    viewer = None if is_visitor else stand_in(viewer_id)
    if viewer is not None:
        crews = select(CrewMembership.crew_id).where(
            CrewMembership.person_id == viewer_id, CrewMembership.status.in_(constants(ACTIVE))
        )
        found.append(select(Run.id).where(Run.id.in_(own_run_ids(viewer)), is_in(Run.search, asked)))
        of_crews = select(Run.id, Run.search).where(Run.crew_id.in_(crews)).order_by(Run.starts_at.desc())
        latest = of_crews.limit(WINDOW).subquery("of_crews").c
        found.append(select(latest.id).where(is_in(latest.search, asked)))
    # Who may see them is asked of the few that were found: beside the table, the planner asks it of each run of the site.
    few = select(Run.__table__).where(Run.id.in_(union(*found).scalar_subquery()))
    run = aliased(Run, few.cte("few").prefix_with("MATERIALIZED"))
    query = select(run.id, run.title, run.place, run.description, run.starts_at, run.timezone)
    to_come = case((run.starts_at >= now, run.starts_at - now), else_=None)
    query = query.where(visible_to(viewer, run))
    return query.order_by(to_come.asc().nulls_last(), run.starts_at.desc(), run.id).limit(most)


def find_cards(viewer: Person | None, search: Search, most: int) -> list[Hit]:
    """Return active cards that the viewer may see, and their own, the newest first."""
    viewer_id = viewer.id if viewer is not None else None
    rows = list(_cards(viewer_id, search.query, most=most, circle=wide_circle(viewer)))
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
    newest = select(Card.id, Card.search, Card.created_at).where(Card.state == "active")
    window = newest.order_by(Card.created_at.desc(), Card.id.desc()).limit(WINDOW).subquery("newest").c
    found = _with_index(
        select(window.id).where(is_in(window.search, asked)).order_by(window.created_at.desc(), window.id.desc()),
        select(Card.id).where(is_in(Card.search, asked), Card.state == "active"),
        most,
    )
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


register_provider(Provider("runs", _l("Runs"), find_runs, is_public=True))
register_provider(Provider("cards", _l("Cards"), find_cards, is_public=True))
register_provider(Provider("crews", _l("Crews"), find_crews, is_public=True))
