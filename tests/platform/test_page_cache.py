"""Pages for visitors are made once; nothing of one person's is ever in them, and no change is missed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from hampa.people.models.person import Person
from hampa.platform import shelf
from hampa.platform.redis import redis
from hampa.platform.shelf import Shelf
from hampa.runs.models.run import Run
from tests.factories.runs import make_run
from tests.page import Page

Statements = Callable[[], AbstractContextManager[list[str]]]


pytestmark = pytest.mark.usefixtures("remembering")


@pytest.fixture
def run(owner: Person) -> Run:
    return make_run(organiser=owner, title="Dawn by the lake")


@pytest.mark.parametrize("path", ["/", "/runs", "/runs/{id}"])
def test_second_visitor_costs_no_statement(page: Page, run: Run, statements: Statements, path: str) -> None:
    url = path.format(id=run.id)
    first = page.get(url, 200)
    with statements() as seen:
        second = page.get(url, 200)
    assert seen == []
    assert second.text == first.text
    assert "Dawn by the lake" in second.words


def test_languages_and_fragments_are_kept_apart(page: Page, run: Run) -> None:
    english, persian = page.get("/runs"), page.speaking("fa").get("/runs")
    assert 'lang="en"' in english.text
    assert 'lang="fa"' in persian.text
    assert "<html" not in page.htmx.get("/runs").text


@pytest.mark.parametrize("path", ["/", "/runs", "/runs/{id}"])
def test_a_page_of_somebody_is_never_kept(page: Page, run: Run, stranger: Person, path: str) -> None:
    url = path.format(id=run.id)
    page.as_(stranger).get(url, 200)
    assert stranger.name not in page.get(url, 200).text
    assert "csrf_token" not in page.get(url, 200).text


def test_a_change_is_seen_at_once(page: Page, run: Run, stranger: Person) -> None:
    url = f"/runs/{run.id}"
    before = page.get(url).words
    page.as_(stranger).post(f"{url}/join", {"status": "GOING"}, 303)
    assert page.get(url).words != before
    assert "1" in page.get("/runs").words


def test_a_cancelled_run_is_gone_from_the_list_at_once(page: Page, run: Run, owner: Person) -> None:
    assert "Dawn by the lake" in page.get("/runs").words
    page.as_(owner).post(f"/runs/{run.id}/cancel", {"reason": "ice"}, 303)
    assert "Dawn by the lake" not in page.get("/runs").words


def test_the_remembered_list_carries_my_own_state_only(
    page: Page, run: Run, stranger: Person, companion: Person
) -> None:
    page.as_(stranger).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    assert "Going" in page.as_(stranger).get("/runs").words
    assert "Going" not in page.as_(companion).get("/runs").words
    assert "Going" in page.as_(stranger).get("/runs").words


def test_without_redis_every_page_is_made_anew(
    page: Page, run: Run, statements: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hampa.platform.versions.cache.get", lambda name: None)
    page.get("/runs", 200)
    with statements() as seen:
        page.get("/runs", 200)
    assert seen


def test_a_flushed_redis_serves_nothing_old(page: Page, run: Run, statements: Statements) -> None:
    page.get("/runs", 200)
    redis().flushdb()
    with statements() as seen:
        page.get("/runs", 200)
    assert seen


def test_a_shelf_is_bounded_and_forgets_what_was_asked_for_longest_ago() -> None:
    some: Shelf[str] = Shelf(2)
    some.put("a", "1")
    some.put("b", "2")
    assert some.get("a") == "1"
    some.put("c", "3")
    assert (some.get("a"), some.get("b"), some.get("c")) == ("1", None, "3")


def test_a_shelf_forgets_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "SECONDS", -1.0)
    some: Shelf[str] = Shelf(2)
    some.put("a", "1")
    assert some.get("a") is None
