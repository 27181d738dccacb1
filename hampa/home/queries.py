"""What the home page shows of all features: what waits for the person's answer."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select, union_all

from hampa.cards.queries import interests
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.runs.queries import listing

ANSWERS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for the person's answer, `kind` as in the SELECTs of the features; `number` counts people."""

    kind: str
    run_id: uuid.UUID | None
    title: str
    number: int


def waiting_for(person: Person) -> list[Waiting]:
    """Return what waits for the person's answer, the soonest first, `ANSWERS_SHOWN` and one more at most."""
    size = ANSWERS_SHOWN + 1
    answers = union_all(
        interests.select_waiting_for(person),
        *(select(part.subquery()) for part in listing.select_waiting_for(person, size)),
    ).subquery("answers")
    columns = answers.c.kind, answers.c.run_id, answers.c.title, answers.c.number
    query = select(*columns).order_by(answers.c.moment.nulls_first(), answers.c.kind).limit(size)
    return [Waiting(*row) for row in db.session.execute(query)]
