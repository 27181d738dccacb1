"""Whom to ask, what somebody answered, and what admins read."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, literal, select

from hampa.crews.models import ACTIVE, ADMIN, NEWCOMER_PERIOD, Crew, CrewMembership
from hampa.crews.queries.crews import admin_of
from hampa.newcomers.models import ADMINS, NewcomerQuestion
from hampa.notifications.queries.quiet import quiet_until
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_ids, is_none_of
from hampa.platform import clock
from hampa.platform.db import db, scalar_or_404
from hampa.platform.web.paging import Page, select_page

LATE = timedelta(days=7)
"""How long after its time a question is still asked."""
A_PAGE = 20


def people_to_ask(size: int) -> Select[*tuple[Any, ...]]:
    """Select `size` rows of crews and members: who joined two weeks ago, is awake, and was not asked before.

    Admins are not asked: who founds a crew is no newcomer in it.
    """
    now = clock.now()
    asked = select(NewcomerQuestion.id).where(
        NewcomerQuestion.crew_id == CrewMembership.crew_id, NewcomerQuestion.person_id == CrewMembership.person_id
    )
    return (
        select(CrewMembership.crew_id, CrewMembership.person_id, literal(now).label("now"))
        .join(Person, Person.id == CrewMembership.person_id)
        .join(Crew, Crew.id == CrewMembership.crew_id)
        .where(
            *(CrewMembership.status == ACTIVE, CrewMembership.notices.is_(True), CrewMembership.role != ADMIN),
            CrewMembership.joined_at <= now - NEWCOMER_PERIOD,
            CrewMembership.joined_at > now - NEWCOMER_PERIOD - LATE,
            *(Crew.closed_at.is_(None), Person.state == "active", quiet_until(now).is_(None), ~asked.exists()),
        )
        .limit(size)
    )


def own_question(person: Person, crew_id: uuid.UUID, *, lock: bool = False) -> NewcomerQuestion:
    """Return what the person was asked in a crew, with their answer. Raise NotFound for who was not asked."""
    query = select(NewcomerQuestion).filter_by(crew_id=crew_id, person_id=person.id)
    return scalar_or_404(query.with_for_update().execution_options(populate_existing=True) if lock else query)


@dataclass(frozen=True, slots=True)
class NewcomerAnswer(PersonSummary):
    """What a newcomer told the admins."""

    feeling: str
    text: str
    answered_at: datetime
    question_id: uuid.UUID


def answers_for(
    viewer: Person, crew_id: uuid.UUID, after: str | None = None, size: int = A_PAGE
) -> tuple[Crew, Page[NewcomerAnswer]]:
    """Return a crew and a page of what newcomers told its admins, the latest first. Raise Forbidden and NotFound."""
    crew = admin_of(viewer, crew_id).crew
    query: Any = (
        select(Person.id, Person.name, Person.avatar, NewcomerQuestion.feeling, NewcomerQuestion.text)
        .add_columns(NewcomerQuestion.answered_at, NewcomerQuestion.id.label("question_id"))
        .join(NewcomerQuestion, NewcomerQuestion.person_id == Person.id)
        .where(
            *(NewcomerQuestion.crew_id == crew_id, NewcomerQuestion.readers == ADMINS),
            *(NewcomerQuestion.answered_at.is_not(None), Person.state == "active"),
            is_none_of(Person.id, hidden_ids(viewer)),
        )
    )
    key = (NewcomerQuestion.answered_at, NewcomerQuestion.id)
    rows = db.session.execute(select_page(query, after, size, *key, descending=True)).all()
    page = Page.of([NewcomerAnswer(*row) for row in rows], size, lambda row: (row.answered_at, row.question_id))
    return crew, page
