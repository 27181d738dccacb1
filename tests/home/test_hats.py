"""Hats: who has one, what waits under it, and the pages of who organises."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hampa.platform import clock
from hampa.runs.models.run import ORGANISER, RunInvitation
from tests.factories.base import made
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, in_days, make_run, take_part
from tests.factories.series import make_series
from tests.html import words

VIEWERS = ("stranger", "companion", "owner", "operator")


def hats(seen):
    """Return the words of the row of hats by their addresses."""
    rows = seen.all("nav", class_="hats")
    return {link.attrib["href"]: " ".join("".join(link.itertext()).split()) for row in rows for link in row.iter("a")}


@pytest.mark.parametrize("viewer", VIEWERS)
def test_who_has_no_role_sees_no_row(page, setting, viewer):
    expected = {"/": "Running", "/organising": "Organising", "/crews": "Crew"} if viewer == "owner" else {}
    assert hats(page.as_(setting.viewer(viewer)).get("/", 200)) == expected


def test_a_visitor_sees_no_hats(page, setting):
    assert not hats(page.get("/", 200))


@pytest.mark.parametrize(("days", "has"), [(3, True), (-59, True), (-61, False)])
def test_who_organised_lately_has_the_hat(page, owner, days, has):
    make_run(owner, starts_at=clock.now() + timedelta(days=days))
    assert bool(hats(page.as_(owner).get("/", 200))) == has


def test_a_co_organiser_a_series_and_an_offered_run_give_the_hat_too(page, owner, companion, stranger):
    add_organiser(make_run(owner), companion)
    assert hats(page.as_(companion).get("/", 200))
    make_series(stranger)
    assert hats(page.as_(stranger).get("/", 200))
    heir = make_person()
    run = make_run(owner)
    take_part(run, heir)
    assert not hats(page.as_(heir).get("/", 200))
    page.as_(owner).get(f"/runs/{run.id}/hand-over?to={heir.id}", 200).form().submit(status=303)
    assert hats(page.as_(heir).get("/", 200))["/organising/requests"].startswith("Organising 1")


def test_the_number_is_what_waits(page, owner):
    run = make_run(owner, join_policy="approval")
    for _ in range(4):
        take_part(run, status="REQUESTED")
    seen = page.as_(owner).get("/", 200)
    assert hats(seen)["/organising/requests"] == "Organising 4"
    (chip,) = [link for link in seen.all("a", class_="chip") if link.attrib["href"] == "/organising/requests"]
    assert chip.attrib["aria-label"] == "Organising, 4 waiting"


def test_the_page_behind_the_number_holds_as_many(page, owner, companion):
    for _ in range(2):
        take_part(make_run(owner, join_policy="approval"), status="REQUESTED")
    offered = make_run(companion)
    until = clock.now() + timedelta(hours=1)
    made(RunInvitation, run_id=offered.id, role=ORGANISER, person_id=owner.id, asker_id=companion.id, expires_at=until)
    reader = page.as_(owner)
    assert hats(reader.get("/", 200))["/organising/requests"] == "Organising 3"
    behind = reader.get("/organising/requests", 200)
    assert len(behind.all("li", class_="answer")) == 3
    assert f"/runs/{offered.id}/invitation" in behind.links
    (worn,) = [link for link in behind.all("a", class_="chip") if link.get("aria-current") == "page"]
    assert words(worn).startswith("Organising")


def test_an_answer_given_in_place_counts_anew_what_is_left(page, owner):
    run = make_run(owner, join_policy="approval")
    for _ in range(3):
        take_part(run, status="REQUESTED")
    reader = page.as_(owner)
    seen = reader.get("/", 200)
    assert words(seen.one(id="waiting")) == "3"
    first = seen.all(name="person")[0].get("value")
    fields = {"answer": "yes", "person": first, "next": "/organising/requests"}
    done = reader.htmx.post(f"/runs/{run.id}/requests", fields, 200)
    assert "is in" in done.words
    (again,) = [found.get("data-hx-get") for found in done.all("div") if found.get("data-hx-get")]
    counts = reader.htmx._ask("GET", again, 200)  # it is a part of no page
    assert words(counts.one(id="waiting")) == "2"
    assert hats(counts)["/organising/requests"] == "Organising 2"
    (worn,) = [link for link in counts.all("a", class_="chip") if link.get("aria-current") == "page"]
    assert words(worn).startswith("Organising"), "the hat of the page where the answer was given stays on"


def test_home_is_that_of_a_runner_whatever_hat_was_on_last(page, owner):
    make_run(owner)
    reader = page.as_(owner)
    for path in ("/organising", "/organising/requests", "/organising/series"):
        assert hats(reader.get(path, 200))["/"] == "Running"
        assert reader.get("/", 200).one(id="near") is not None


def test_what_is_now_comes_before_any_hat(page, owner):
    make_run(owner, starts_at=clock.now() + timedelta(hours=1))
    reader = page.as_(owner)
    reader.get("/organising", 200)
    assert reader.get("/", 200).all("section", class_="now")


def test_upcoming_are_my_runs_soonest_first_with_those_of_others_that_i_share(page, owner, companion):
    later = make_run(owner, title="Later", starts_at=clock.now() + timedelta(days=3))
    sooner = make_run(companion, title="Sooner", starts_at=clock.now() + timedelta(days=1))
    add_organiser(sooner, owner)
    make_run(owner, title="Off", cancelled_at=clock.now())
    make_run(owner, title="Over", starts_local=in_days(-1))
    make_run(companion, title="Theirs")
    seen = page.as_(owner).get("/organising", 200)
    titles = ["".join(title.itertext()) for title in seen.one("main").iter("h2")]
    assert titles == ["Sooner", "Later"]
    assert f"/runs/{later.id}" in seen.links
    assert "/runs/new?like=last" in seen.links


def test_requests_are_in_groups_by_run_and_answered_there(page, owner, companion):
    start = clock.now() + timedelta(days=1)
    runs = [make_run(owner, title=title, join_policy="approval", starts_at=start) for title in ("One", "Two")]
    for run in (*runs, *runs):
        take_part(run, status="REQUESTED")
    take_part(make_run(companion, join_policy="approval"), make_person(name="Not mine"), "REQUESTED")
    reader = page.as_(owner)
    seen = reader.get("/organising/requests", 200)
    assert sorted("".join(title.itertext()) for title in seen.one("main").iter("h2")) == ["One", "Two"]
    assert len(seen.all("li", class_="answer")) == 4
    assert "Not mine" not in seen.words
    answer = {"answer": "yes", "next": "/organising/requests"}
    done = reader.post(f"/runs/{runs[0].id}/requests", answer, 303)
    assert done.location == "/organising/requests"
    assert len(reader.get("/organising/requests", 200).all("li", class_="answer")) == 2


def test_series_are_listed_with_their_next_run(page, owner, companion):
    series = make_series(owner)
    other = make_series(companion)
    seen = page.as_(owner).get("/organising/series", 200)
    assert f"/series/{series.id}" in seen.links
    assert f"/series/{other.id}" not in seen.links


@pytest.mark.parametrize("path", ["/organising", "/organising/requests", "/organising/series"])
@pytest.mark.parametrize("language", ["en", "fa"])
def test_who_organises_nothing_is_invited_and_sees_nothing_of_others(page, owner, path, language):
    make_series(owner)
    take_part(make_run(owner, join_policy="approval"), status="REQUESTED")
    seen = page.as_(make_person(locale=language)).get(path, 200)
    assert seen.all("div", class_="empty")
    assert "/runs/new?like=last" not in seen.links
    assert not seen.all("li", class_="answer")
    assert not seen.all("article", class_="run-row")


def test_one_like_last_time_is_offered_to_who_has_published_alone(page, owner, companion):
    shared = make_run(companion, starts_at=clock.now() + timedelta(days=1))
    add_organiser(shared, owner)
    reader = page.as_(owner)
    assert "/runs/new?like=last" not in reader.get("/organising", 200).links
    make_run(owner, starts_local=in_days(-30))
    for path in ("/organising", "/organising/requests", "/organising/series"):
        assert "/runs/new?like=last" in reader.get(path, 200).links


@pytest.mark.parametrize("path", ["/organising", "/organising/requests", "/organising/series"])
def test_lists_of_who_organises_are_paged_and_cost_the_same(page, owner, statements, path):
    reader, costs = page.as_(owner), []
    reader.get(path, 200)
    for more in (2, 21):
        for _ in range(more):
            take_part(make_run(owner, join_policy="approval"), status="REQUESTED")
            make_series(owner)
        with statements() as seen:
            answer = reader.get(path, 200)
        costs.append(len(seen))
    # Who is signed in, the rows, the hats, and the faces of runs.
    assert costs[0] == costs[1] <= (4 if path == "/organising" else 3)
    assert [link for link in answer.links if link.startswith(f"{path}?after=")]
