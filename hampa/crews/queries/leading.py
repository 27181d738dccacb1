"""What the home of a person who leads crews shows: the role itself, and who asks to get in."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, literal, select

from hampa.crews.models import ACTIVE, MEMBER, Crew, CrewMembership, CrewRequest
from hampa.crews.queries.people import has_right_to_invite
from hampa.people.models import Person
from hampa.people.queries import hidden_from, stand_in
from hampa.platform.answers import Answer, answer_columns
from hampa.platform.statements import built_once
from hampa.platform.web.paging import Page, decode, rows_after

REQUESTS = "crew_request"
"""The kind of answers."""
A_PAGE = 20


def leads_crews(person: Person) -> ColumnElement[bool]:
    """Return the condition that the person is an admin or a moderator of a crew that is not closed."""
    return exists().where(
        *(CrewMembership.person_id == person.id, CrewMembership.status == ACTIVE, CrewMembership.role != MEMBER),
        *(Crew.id == CrewMembership.crew_id, Crew.closed_at.is_(None)),
    )


def requests_for(organiser: Person) -> Select[Any]:
    """Return a SELECT of the requests to get into crews whose organisers answer them, without people who are hidden.

    `run_id` of an answer is the id of the crew, and `title` its name.
    """
    columns = answer_columns(
        CrewRequest.id, CrewRequest.created_at, run_id=Crew.id, title=Crew.name, asker=Person, line=CrewRequest.line
    )
    answers = CrewMembership.person_id == organiser.id, CrewMembership.status == ACTIVE, has_right_to_invite()
    return (
        select(*columns)
        .select_from(CrewMembership)
        .join(Crew, Crew.id == CrewMembership.crew_id)
        .join(CrewRequest, CrewRequest.crew_id == Crew.id)
        .join(Person, Person.id == CrewRequest.person_id)
        .where(
            *answers, Crew.closed_at.is_(None), Person.state == "active", Person.id.not_in(hidden_from(organiser.id))
        )
    )


def may_have_requests(organiser: Person) -> ColumnElement[bool]:
    """Return a condition that holds whenever somebody asks to get into a crew whose requests the person answers."""
    answers = CrewMembership.person_id == organiser.id, CrewMembership.status == ACTIVE, has_right_to_invite()
    return exists().where(*answers, CrewRequest.crew_id == CrewMembership.crew_id)


def requests_page(organiser: Person, after: str | None) -> Page[Answer]:
    """Return a page of the requests of `requests_for`, the oldest first."""
    moment, last_id = decode(after, datetime, uuid.UUID) or (None, None)
    rows = _requests(organiser.id, moment, last_id, goes_on=moment is not None).all()
    return Page.of([Answer(*row) for row in rows], A_PAGE, lambda answer: (answer.moment, answer.id))


@built_once
def _requests(person_id: uuid.UUID, moment: datetime | None, last_id: uuid.UUID | None, *, goes_on: bool) -> Any:
    rows = requests_for(stand_in(person_id)).subquery()
    query = select(literal(REQUESTS), *rows.c)
    return rows_after(query, (rows.c.moment, rows.c.id), (moment, last_id), A_PAGE + 1, goes_on=goes_on)
