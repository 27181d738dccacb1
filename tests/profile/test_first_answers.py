"""What a person is asked where they are: a name that others will see, and whether they are a woman."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from hampa.cards.models import Card, Interest
from hampa.comments.models import Comment
from hampa.people.models import Block, Person
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run
from tests.factories.base import made
from tests.factories.cards import make_card
from tests.factories.people import make_person
from tests.factories.runs import SHORT_FORM, make_run

CARD = {
    "title": "Easy mornings",
    "place": "Laleh Park",
    "days": "tue",
    "time_of_day": "dawn",
    "distance_km": "8",
    "pace": "5:30",
    "level": "regular",
}
ACTS = {
    "/runs/RUN/join": ({"status": "GOING", "note": "We are two"}, Participation),
    "/runs/RUN/comments": ({"text": "Is there tea?"}, Comment),
    "/cards/CARD/interest": ({"line": "Tuesdays?"}, Interest),
    "/cards/new": (CARD, Card),
    "/runs/new": (SHORT_FORM, Run),
}
"""What shows a name to others: the URL, the fields, and the table of what it makes."""


def fresh(session, person):
    session.expire_all()
    return session.get_one(Person, person.id)


@pytest.mark.parametrize("path", ACTS)
def test_a_name_is_asked_for_where_others_first_see_it_and_then_it_is_done(page, owner, db_session, path):
    fields, table = ACTS[path]
    path = path.replace("RUN", str(make_run(owner).id)).replace("CARD", str(make_card(owner).id))
    before = len(db_session.scalars(select(table)).all())
    nameless = make_person(name="")
    form = page.as_(nameless).post(path, fields, 422).form()
    assert {key: form.values[key] for key in fields} == fields
    assert "own_name" not in {field.get("name") for field in form.element.iter("input") if field.get("aria-invalid")}
    refused = form.fill(own_name=" ").submit(status=422)
    assert refused.error_of("own_name")
    assert (fresh(db_session, nameless).name, len(db_session.scalars(select(table)).all())) == ("", before)
    refused.form().fill(own_name="Niloofar").submit(status=303)
    assert fresh(db_session, nameless).name == "Niloofar"
    assert len(db_session.scalars(select(table)).all()) == before + 1


def test_the_organiser_reads_the_name_of_who_joins(page, owner, companion):
    run = make_run(owner)
    asked = page.as_(make_person(name="")).htmx.post(f"/runs/{run.id}/join", {"status": "GOING"}, 422)
    assert asked.response.headers["HX-Retarget"] == "#main"
    asked.form().fill(own_name="Niloofar").submit(status=303)
    assert "Niloofar" in page.as_(owner).get("/notifications", 200).words
    assert "own_name" not in page.as_(companion).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303).text


@pytest.mark.parametrize("path", ["/cards/new", "/runs/new", "/cards/CARD/interest"])
def test_a_form_asks_for_a_missing_name_among_its_own_fields(page, owner, db_session, path):
    path = path.replace("CARD", str(make_card(owner).id))
    nameless = make_person(name="")
    assert "own_name" in page.as_(nameless).get(path, 200).form().names
    assert "own_name" not in page.as_(owner).get(path, 200).form().names
    fields = {"/cards/new": CARD, "/runs/new": SHORT_FORM}.get(path, {"line": "Hello"})
    page.as_(nameless).get(path, 200).form().fill(own_name="Niloofar", **fields).submit(status=303)
    assert fresh(db_session, nameless).name == "Niloofar"


@pytest.mark.parametrize(
    "endpoint",
    ["runs.offer", "runs.late", "series.join", "cards.decide", "organising.copy", "organising.invitation", "safety.new",
     "photos.add_photos"],
)  # fmt: skip
def test_further_acts_that_others_see_a_name_with_ask_for_it(app, endpoint):
    assert "name" in app.view_functions[endpoint].questions


def test_who_has_a_name_is_asked_nothing_and_keeps_it(page, owner, db_session):
    run = make_run(owner)
    page.as_(make_person()).post(f"/runs/{run.id}/join", {"status": "GOING", "own_name": "Somebody else"}, 303)
    assert not db_session.scalars(select(Person).where(Person.name == "Somebody else")).all()


@pytest.mark.parametrize(("path", "fields"), [("/cards/new", CARD), ("/runs/new", SHORT_FORM)])
def test_who_wants_women_only_says_so_beside_it_and_loses_nothing(page, db_session, path, fields):
    woman = make_person()
    form = page.as_(woman).get(path, 200).form()
    refused = form.fill(**fields, company="women").submit(status=422)
    assert "say so below" in refused.words
    again = refused.form()
    assert {key: again.values[key] for key in fields} == fields
    again.fill(is_woman="y").submit(status=303)
    assert fresh(db_session, woman).gender == "female"
    assert "is_woman" not in page.as_(woman).get(path, 200).form().names


def test_a_woman_joins_a_run_for_women_by_saying_that_she_is_one(page, db_session):
    run, woman, man = make_run(company="women"), make_person(), make_person(gender="male")
    (button,) = [form for form in page.as_(woman).get(f"/runs/{run.id}", 200).forms if form.action.endswith("/join")]
    assert button.values["is_woman"] == "yes"
    button.submit(status=303)
    assert fresh(db_session, woman).gender == "female"
    assert [one.person_id for one in db_session.scalars(select(Participation))] == [woman.id]
    assert not [form for form in page.as_(man).get(f"/runs/{run.id}", 200).forms if form.action.endswith("/join")]


def test_a_woman_asks_the_owner_of_a_card_for_women_by_saying_that_she_is_one(page, db_session):
    card = make_card(make_person(gender="female"), company="women")
    woman, other = make_person(), make_person()
    bar = page.as_(woman).get(f"/cards/{card.id}", 200).form(f"/cards/{card.id}/interest")
    bar.submit(status=303)
    asked = page.as_(other).get(f"/cards/{card.id}/interest", 200).form()
    refused = asked.fill(line="Tuesdays at dawn?").submit(status=422)
    assert refused.form().values["line"] == "Tuesdays at dawn?"
    refused.form().fill(is_woman="y").submit(status=303)
    assert {interest.sender_id for interest in db_session.scalars(select(Interest))} == {woman.id, other.id}
    assert fresh(db_session, other).gender == "female"


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(("policy", "button"), [("open", "I'm in"), ("approval", "Ask to join")])
def test_the_question_names_the_run_and_ends_with_the_moment_of_joining(page, owner, policy, button, htmx):
    run = make_run(owner, title="Dawn by the lake", place="North gate", join_policy=policy)
    browser = page.as_(make_person(name=""))
    path = f"/runs/{run.id}/join"
    asked = (browser.htmx if htmx else browser).post(path, {"status": "GOING", "own_name": " "}, 422)
    assert "Dawn by the lake" in asked.words
    assert "North gate" in asked.words
    assert f"/runs/{run.id}" in asked.links
    assert button in asked.words
    joined = asked.form().fill(own_name="Niloofar").submit(status=303)
    assert joined.location == f"/runs/{run.id}"
    assert joined.follow().one(id="joined") is not None


def test_the_question_says_nothing_of_a_run_that_is_hidden_from_who_is_asked(page, owner):
    run, nameless = make_run(owner, title="Dawn by the lake"), make_person(name="")
    made(Block, blocker_id=owner.id, blocked_id=nameless.id)
    asked = page.as_(nameless).post(f"/runs/{run.id}/join", {"status": "GOING"})
    assert "Dawn by the lake" not in asked.words


@pytest.mark.parametrize("fields", [{f"more{number}": "" for number in range(2_000)}, {"text": '"' * 200_000}])
def test_the_question_carries_no_more_along_than_a_form_of_ours_has(page, owner, fields):
    run = make_run(owner)
    page.as_(make_person(name="")).post(f"/runs/{run.id}/comments", fields, 413)
