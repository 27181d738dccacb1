"""A program whose last request was minutes ago."""

from hampa.people.models import Person
from tests.auth.signing_in import ahead
from tests.program import Program


def test_a_change_after_some_minutes_records_the_visit(program: Program, owner: Person):
    owners = program.as_(owner)
    with ahead(minutes=6):
        owners.patch("/me", {"city": "Shiraz"}, 200)
