"""Asking newcomers, and storing what they answer."""

import uuid
from collections import defaultdict

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from hampa.crews.models import ACTIVE, ADMIN, CrewMembership
from hampa.crews.queries.crews import member_of
from hampa.newcomers import queries
from hampa.newcomers.models import ADMINS, NOBODY, NewcomerQuestion
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db


def ask_newcomers(size: int) -> int:
    """Ask at most `size` newcomers how it has been, and return how many; some statements for each crew."""
    chosen = queries.people_to_ask(size).subquery()
    rows = select(func.gen_random_uuid(), *chosen.c, chosen.c.now)
    columns = ["id", "crew_id", "person_id", "created_at", "updated_at"]
    added = insert(NewcomerQuestion).from_select(columns, rows, include_defaults=False).on_conflict_do_nothing()
    asked: defaultdict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    returned = added.returning(NewcomerQuestion.crew_id, NewcomerQuestion.person_id)
    for crew_id, person_id in db.session.execute(returned):
        asked[crew_id].append(person_id)
    for crew_id, people in asked.items():
        notify(people, "newcomer_question", subject_id=crew_id, data={}, event=f"{crew_id}")
    return sum(len(people) for people in asked.values())


def answer(person: Person, crew_id: uuid.UUID, feeling: str, text: str, readers: str) -> None:
    """Store what a newcomer says, or change it, and tell the admins the first time that it is for them.

    Raise Forbidden for who left, and NotFound for who was not asked.
    """
    member_of(person, crew_id)
    question = queries.own_question(person, crew_id, lock=True)
    question.feeling, question.text, question.readers, question.answered_at = feeling, text, readers, clock.now()
    db.session.flush()
    if readers == ADMINS:
        admins = select(CrewMembership.person_id).where(
            CrewMembership.crew_id == crew_id, CrewMembership.role == ADMIN, CrewMembership.status == ACTIVE
        )
        notify(
            admins, "newcomer_answer", actor_id=person.id, subject_id=crew_id, data={}, event=f"{crew_id}:{person.id}"
        )


def delete_answer(person: Person, crew_id: uuid.UUID) -> None:
    """Delete what a newcomer said; nobody is asked again. Raise NotFound."""
    question = queries.own_question(person, crew_id, lock=True)
    question.feeling, question.text, question.readers, question.answered_at = None, "", NOBODY, None
    db.session.flush()
