"""What home has of crews: the check-in that is due, the next run, the hat of who leads, and who asks to get in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hampa.crews.models import CrewRequest
from hampa.crews.queries.crews import membership_of
from hampa.people.actions import block
from hampa.platform import clock
from tests.factories.base import made
from tests.factories.checkins import make_check_in
from tests.factories.crews import add_member, make_crew
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part


@pytest.fixture
def sara(db_session):
    return make_person(name="Sara Karimi")


@pytest.fixture
def reza(db_session):
    return make_person(name="Reza Ahmadi")


def part(seen, name: str) -> str:
    """Return the words of a part of home, "" if it is not there."""
    return " ".join(" ".join("".join(one.itertext()).split()) for one in seen.all("section", id=name))


def test_a_check_in_is_asked_for_until_it_is_made(page, sara, reza):
    crew = make_crew(sara, reza, name="Sunrise")
    closed = make_crew(reza, name="Gone", closed_at=clock.now())
    assert closed.closed_at and "Gone" not in part(page.as_(reza).get("/", 200), "due")
    due = page.as_(reza).get("/", 200)
    assert "Sunrise" in part(due, "due") and f"/crews/{crew.id}/check-in" in due.links
    make_check_in(reza, crew)
    assert not part(page.as_(reza).get("/", 200), "due")
    with clock.shifted(timedelta(days=7)):
        assert "Sunrise" in part(page.as_(reza).get("/", 200), "due")
    assert not part(page.as_(make_person()).get("/", 200), "due")
    for number in range(4):
        make_crew(reza, name=f"Crew {number} of many")
    many = page.as_(reza).get("/", 200)
    assert part(many, "due").count("Check in") == 3 and "/me/check-ins" in many.links


def test_the_next_run_of_a_crew_is_for_its_members(page, sara, reza):
    crew = make_crew(sara, reza)
    run = make_run(sara, title="Round the lake", crew_id=crew.id, visibility="crew")
    make_run(sara, title="Far away", crew_id=crew.id, starts_at=clock.now() + timedelta(days=30))
    assert "Round the lake" in part(page.as_(reza).get("/", 200), "crew-runs")
    assert "Far away" not in part(page.as_(reza).get("/", 200), "crew-runs")
    assert not part(page.as_(make_person()).get("/", 200), "crew-runs")
    membership_of(reza, crew.id).status = "inactive"
    assert not part(page.as_(reza).get("/", 200), "crew-runs")
    take_part(run, reza)
    assert not part(page.as_(reza).get("/", 200), "crew-runs")


def test_who_leads_a_crew_has_a_hat_and_answers_on_home(page, sara, reza):
    mina, nobody = make_person(name="Mina Rostami"), make_person(name="Blocked")
    crew = make_crew(sara, name="Sunrise", joining="request", members_may_invite=True)
    add_member(crew, reza, role="moderator")
    add_member(crew, member := make_person())
    assert "/crews" in page.as_(reza).get("/", 200).links
    for person in (mina, nobody):
        made(CrewRequest, crew_id=crew.id, person_id=person.id, line="I run slowly")
    block(reza, nobody.id)
    home = page.as_(reza).get("/", 200)
    (chip,) = [link for link in home.all("a", class_="chip") if link.attrib["href"] == "/crews/requests"]
    assert chip.attrib["aria-label"] == "Crew, 1 waiting"
    assert "Mina Rostami asks to join Sunrise" in part(home, "answers") and "I run slowly" in part(home, "answers")
    behind = page.as_(reza).get("/crews/requests", 200)
    assert len(behind.all("li", class_="answer")) == 1
    assert not page.as_(member).get("/crews/requests", 200).all("li", class_="answer")
    assert not part(page.as_(member).get("/", 200), "answers")
    yes = next(form for form in behind.forms if "accept" in form.values)
    said = yes.submit(status=303).follow()
    assert "Mina Rostami is in." in said.words
    assert membership_of(mina, crew.id).is_active
    assert "answered already" in yes.submit(status=303).follow().words
