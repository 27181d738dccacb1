"""The list of runs is rendered once for all who are signed in; what is one viewer's own is theirs alone."""

from __future__ import annotations

import pytest

from hampa.blocks.actions import block
from hampa.platform.db import db
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run, take_part
from tests.html import words

pytestmark = pytest.mark.usefixtures("remembering")

VIEWS = ("/runs", "/runs?view=map", "/runs?view=calendar", "/runs?has_room=1")


def rows(answer):
    return {words(next(row.iter("h3"))): words(row) for row in answer.all("article", class_="run-row")}


def faces(answer):
    return [words(face) for group in answer.all(class_="faces") for face in group]


@pytest.mark.parametrize("path", VIEWS)
def test_one_viewers_state_reaches_nobody_elses_list(page, owner, stranger, companion, path):
    make_run(owner, title="Mine", requested=2)
    take_part(make_run(title="Theirs", capacity=5), stranger)
    states = {stranger: "Going", owner: "You organise it", companion: None}
    for viewer in (stranger, owner, companion, stranger, owner):
        seen = " ".join(rows(page.as_(viewer).get(path, 200)).values())
        assert [state for state in states.values() if state and state in seen] == list(filter(None, [states[viewer]]))
        assert ("2 ask to join" in seen) is (viewer is owner)


def test_a_new_joiner_sees_it_on_their_own_row_and_all_others_see_the_number(page, owner, stranger, companion):
    run = make_run(owner, title="Loop", capacity=5)
    paths = [page.as_(viewer) for viewer in (companion, stranger, owner)]
    before = [rows(each.get("/runs"))["Loop"] for each in paths]
    assert all("5 places left" in row for row in before[:2])
    page.as_(stranger).post(f"/runs/{run.id}/join", {}, 303)
    after = [rows(each.get("/runs"))["Loop"] for each in paths]
    assert "4 places left" in after[0] and "Going" in after[1] and "4 places left" in after[2]


@pytest.mark.parametrize("path", VIEWS)
@pytest.mark.parametrize("hidden", ["organiser", "runner"])
def test_who_is_hidden_is_not_on_the_list_that_others_share(page, stranger, companion, path, hidden):
    organiser, runner = make_person(name="Organa"), make_person(name="Zed")
    make_run(title="Other run", starts_local=in_days(3))
    take_part(make_run(organiser, title="Hidden run"), runner)
    db.session.commit()
    for viewer in (companion, stranger):
        assert "Hidden run" in page.as_(viewer).get(path, 200).text
        assert faces(page.as_(viewer).get(path)) == (["Z"] if "Hidden run" in rows(page.as_(viewer).get(path)) else [])
    block(stranger, (organiser if hidden == "organiser" else runner).id)
    db.session.commit()
    seen = page.as_(stranger).get(path, 200)
    assert ("Hidden run" in seen.text) is (hidden == "runner")
    assert "Z" not in faces(seen) and "Organa" not in (seen.text if hidden == "organiser" else "")
    assert "Other run" in seen.text
    assert "Hidden run" in page.as_(companion).get(path, 200).text


def test_a_block_of_somebody_elsewhere_costs_the_list_nothing(page, stranger, companion, statements):
    take_part(make_run(title="Loop"), make_person(name="Zed"))
    for _ in range(3):
        block(stranger, take_part(make_run(starts_local=in_days(-9))).id)
    db.session.commit()
    page.as_(companion).get("/runs", 200)
    browser = page.as_(stranger)
    browser.get("/notifications", 200)
    with statements() as seen:
        answer = browser.get("/runs", 200)
    assert len(seen) <= 3
    assert faces(answer) == ["Z"]


def test_a_hidden_run_behind_the_page_leaves_no_way_to_an_empty_page(page, stranger, companion):
    hidden = make_person()
    for minute in range(20):
        make_run(title=f"Run {minute}", starts_local=in_days(2, 6, minute))
    make_run(hidden, title="The last", starts_local=in_days(2, 7))
    block(stranger, hidden.id)
    db.session.commit()
    assert page.as_(companion).get("/runs").all(id="pager")
    assert not page.as_(stranger).get("/runs").all(id="pager")


def test_a_title_cannot_stand_in_for_a_row(page, owner, stranger):
    run = make_run(owner, title="Loop")
    make_run(owner, title=f"{run.id}", description=f"{run.id}")
    take_part(run, stranger)
    assert set(rows(page.as_(stranger).get("/runs"))) == {"Loop", f"{run.id}"}
