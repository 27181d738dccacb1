"""Things of somebody's own: who has some sees no more of what others have than who has none."""

from __future__ import annotations

from hampa.people.models import Person
from hampa.platform.db import db
from tests.factories.cards import make_card
from tests.factories.crews import make_crew
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part
from tests.factories.series import make_series


def give_things(person: Person) -> None:
    """Make a run, a crew, a series and a card of a person, with others in them."""
    take_part(make_run(person), make_person())
    make_crew(person, make_person())
    make_series(person, make_person())
    make_card(person)
    db.session.commit()
