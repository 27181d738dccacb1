"""What home costs in statements, and that what all share of it is each viewer's own at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hampa.blocks.actions import block
from hampa.platform import clock
from tests.factories.cards import make_card, make_interest
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part

MOST_STATEMENTS = {
    # Who is signed in with the number on the bell, the overview, what waits, my runs with my part in those near me, a match.
    "quiet": 5,
    # The run with my place in it, my presence, and for its organisers who comes.
    "now": 8,
}


@pytest.mark.parametrize("case", MOST_STATEMENTS)
def test_home_has_few_statements_however_much_is_on_it(page, owner, companion, statements, remembering, case):
    reader = page.as_(companion)
    costs = []
    for more in (2, 10):
        for _ in range(more):
            take_part(make_run(owner), companion)
            take_part(make_run(companion, join_policy="approval"), status="REQUESTED")
            make_run(owner)
            make_interest(owner, make_card(companion))
            make_card()
            if case == "now":
                soon = make_run(companion, starts_at=clock.now() + timedelta(minutes=40))
                take_part(soon, companion)
                take_part(soon)
        reader.get("/", 200)
        with statements() as seen:
            reader.get("/", 200)
        costs.append(len(seen))
    assert costs[0] == costs[1] <= MOST_STATEMENTS[case]


def near_rows(seen):
    """Return the words of the rows of runs near the person, by the path of the run."""
    rows = {}
    for row in seen.one(id="near").iter("article"):
        link = next(link.attrib["href"] for link in row.iter("a"))
        rows[link] = " ".join("".join(row.itertext()).split())
    return rows


def test_what_all_share_of_home_shows_each_their_own_part_at_once(page, owner, companion, stranger, remembering):
    runs = [make_run(owner, title=f"Run {number}", capacity=5) for number in range(4)]
    paths = [f"/runs/{run.id}" for run in runs]
    reader, other = page.as_(companion), page.as_(stranger)
    assert list(near_rows(reader.get("/", 200))) == list(near_rows(other.get("/", 200))) == paths[:3]
    reader.post(f"{paths[0]}/join", {"status": "INTERESTED"}, 303)
    assert "Interested" in near_rows(reader.get("/", 200))[paths[0]]
    assert "Interested" not in near_rows(other.get("/", 200))[paths[0]]
    reader.post(f"{paths[0]}/join", {"status": "GOING"}, 303)
    assert list(near_rows(reader.get("/", 200))) == paths[1:], "it is in my week"
    assert "4 places left" in near_rows(other.get("/", 200))[paths[0]]
    page.as_(owner).get(f"{paths[1]}/cancel", 200).form().submit(status=303)
    for viewer in (reader, other):
        assert paths[1] not in near_rows(viewer.get("/", 200))
    reader.post(f"{paths[0]}/leave", {}, 303)
    assert paths[0] in near_rows(reader.get("/", 200))


def test_who_is_blocked_is_on_no_home_of_the_other(page, owner, companion, stranger, remembering):
    hidden, shown = make_run(companion), make_run(owner)
    take_part(shown, companion)
    assert {f"/runs/{hidden.id}", f"/runs/{shown.id}"} <= set(page.as_(stranger).get("/", 200).links)
    page.as_(owner).post(f"/people/{companion.id}/block", {}, 303)
    seen = page.as_(owner).get("/", 200)
    assert f"/runs/{hidden.id}" not in seen.links
    assert f"/runs/{hidden.id}" in page.as_(stranger).get("/", 200).links


STATES = ("new", "far from all", "runs", "organises", "operates", "has a block")


@pytest.mark.parametrize("state", STATES)
def test_home_has_five_statements_at_most_for_whoever_looks(page, owner, operator, statements, remembering, state):
    person = operator if state == "operates" else make_person(city="Berlin", timezone="Europe/Berlin")
    run = make_run(owner, title="Far away")
    make_card(owner)
    if state in ("runs", "has a block"):
        make_run(owner, place="Tiergarten, Berlin", timezone="Europe/Berlin", title="Close")
        take_part(run, person)
    if state == "organises":
        take_part(make_run(person, join_policy="approval"), status="REQUESTED")
    reader = page.as_(person)
    if state == "has a block":
        blocked = make_person(name="Blocked")
        make_run(blocked, place="Leipzig", timezone="Europe/Berlin")
        take_part(run, blocked)
        block(person, blocked.id)
    reader.get("/", 200)
    with statements() as seen:
        home = reader.get("/", 200)
    assert len(seen) <= 5
    assert ("Close" in home.words) == (state in ("runs", "has a block"))


def test_what_waits_costs_two_statements_however_much_it_is(page, owner, statements):
    run = make_run(owner, join_policy="approval")
    reader = page.as_(owner)
    reader.get("/answers", 200)
    for more in (1, 30):
        for _ in range(more):
            take_part(run, status="REQUESTED")
        with statements() as seen:
            reader.get("/answers", 200)
        assert len(seen) == 2


def test_a_newcomer_is_asked_for_nothing_that_they_can_not_have(page, owner, statements, remembering):
    newcomer = make_person()
    make_run(owner)
    make_card(owner)
    reader = page.as_(newcomer)
    reader.get("/", 200)
    with statements() as seen:
        reader.get("/", 200)
    # Who is signed in, the overview, the newest card of others.
    assert len(seen) == 3


def test_a_visitor_costs_one_statement(page, owner, statements):
    make_run(owner)
    with statements() as seen:
        page.get("/", 200)
    assert len(seen) == 1
