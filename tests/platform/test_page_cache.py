"""Pages for visitors are made once; nothing of one person's is ever in them, and no change is missed."""

from __future__ import annotations

import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from hampa.people.models import Person
from hampa.platform import caches, clock, kept as kept_module
from hampa.platform.caches import TTLCache, ValueCache, key_length, size_of
from hampa.platform.geo.squares import Near
from hampa.platform.redis import redis
from hampa.platform.web.ui import Button
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


def test_unknown_query_values_neither_divide_the_cache_nor_come_into_the_page(
    page: Page, run: Run, statements: Statements
) -> None:
    first = page.get("/runs?utm_source=paper&level=all", 200)
    assert "utm_source" not in first.text
    with statements() as seen:
        second = page.get("/runs?utm_source=radio&level=all", 200)
    assert seen == []
    assert second.text == first.text
    assert page.get("/runs?utm_source=radio&level=beginner", 200).text != first.text


def test_odd_addresses_leave_nothing_behind(page: Page, run: Run, stranger: Person) -> None:
    """Whatever is added to an address, by a visitor or by somebody, no cache grows after the first few."""
    browsers = [page, page.as_(stranger)]

    def ask(number: int) -> None:
        odd = f"{number}{'x' * 1000}"
        for browser in browsers:
            for path in ("/", "/runs", "/cards", f"/runs/{run.id}"):
                browser.client.get(f"{path}?y{number}={odd}")
                browser.client.get(f"{path}?q={odd}&near={odd}&pace={odd}&after={odd}&level={odd}&y{number}=1")
                browser.client.get(f"{path}?lang={odd}")

    with clock.frozen(clock.now()):  # a new minute makes parts of pages anew, beside those of the last one
        ask(0)
        before = cached_bytes()
        for number in range(1, 8):
            ask(number)
        assert cached_bytes() - before < 5_000


def cached_bytes() -> int:
    """Return the size of all keys and values of all caches of this process, as text."""
    gc.unfreeze()  # processes of tests leave out what was there when they began
    objects = gc.get_objects()
    gc.freeze()
    caches: list[Any] = [each for each in objects if isinstance(each, TTLCache)]
    assert len(caches) > 3
    for each in objects:
        if isinstance(each, ValueCache):
            caches += [each._young, each._old]
    return sum(len(repr(key)) + len(repr(value)) for cache in caches for key, value in list(cache.items()))


def test_an_address_longer_than_any_of_ours_is_refused_and_not_repeated(page: Page) -> None:
    refused = page.get(f"/runs?q={'x' * 4_000}", 414)
    assert "xxxxxxxx" not in refused.text


def test_a_value_with_a_long_key_is_not_cached() -> None:
    cache: TTLCache[Any, int] = TTLCache(10)
    cache["x" * 1_000] = 1
    cache["/runs", ("x" * 990, Near(1, 2, 3))] = 2
    assert len(cache) == 1


def test_the_length_of_a_row_of_the_database_counts(db_session: Session) -> None:
    row = db_session.execute(select(literal("x" * 990), literal("y" * 20))).one()
    assert key_length(("/runs", row)) > 1_000
    assert key_length(Button("x" * 300, "/", fields={"back": "y" * 300}, attributes={"title": "z" * 300})) > 900
    cache: TTLCache[Any, int] = TTLCache(10)
    cache["/runs", row] = 1
    assert not cache


def test_what_many_read_is_bounded_in_bytes(page: Page, db_session: Session) -> None:
    """However long what people write is, what the process keeps of it has a size."""
    kept_module._values.clear()
    row = db_session.execute(select(literal("ن" * 400_000))).one()
    for number in range(40):
        kept_module.kept((number,), ("listing",), lambda: [row])
    assert 0 < len(kept_module._values) <= kept_module.MOST_BYTES // 800_000
    assert size_of([row, {"a": ("x" * 1_000, 1)}]) > 801_000
    kept_module._values.clear()


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


def test_a_cache_drops_the_value_that_was_used_longest_ago() -> None:
    cache: TTLCache[str, str] = TTLCache(2)
    cache["a"], cache["b"] = "1", "2"
    assert cache.get("a") == "1"
    cache["c"] = "3"
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == ("1", None, "3")


def test_a_cache_is_bounded_in_bytes_and_in_number() -> None:
    cache: TTLCache[int, bytes] = TTLCache(10, 1000)
    for number in range(20):
        cache[number] = b"x"
    assert [number for number in range(20) if cache.get(number)] == list(range(10, 20))
    cache[20] = bytes(900)
    assert [number for number in range(21) if cache.get(number)] == [19, 20]
    cache[21] = bytes(1001)
    assert cache.get(21) is None


def test_a_cached_value_expires() -> None:
    cache: TTLCache[str, str] = TTLCache(2, seconds=0)
    cache["a"] = "1"
    assert cache.get("a") is None


def test_a_cache_of_values_forgets_those_that_are_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [100.0]
    monkeypatch.setattr(caches, "monotonic", lambda: moment[0])
    cache: ValueCache[str, str] = ValueCache(2_000, seconds=10, name="test")
    assert cache.get("a") is None
    cache["a"] = "1"
    for moment[0], kept in ((105, "1"), (111, "1"), (120, "1"), (122, None)):
        assert cache.get("a") == kept
    cache["b"] = "2"
    moment[0] = 160
    assert cache.get("b") is None, "nobody asked for a long time"
    cache["c"], cache["d"], cache["e"] = "x" * 600, "x" * 600, "x" * 600
    assert [name for name in "cde" if cache.get(name)] == ["e"]
    cache["y" * 1_001] = "1"
    assert cache.get("y" * 1_001) is None


def test_threads_share_a_cache() -> None:
    cache: TTLCache[int, int] = TTLCache(50)

    def use(thread: int) -> None:
        for number in range(2000):
            cache[(number * thread) % 97] = number
            cache.get(number % 97)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(use, range(1, 9))) == [None] * 8
    assert len(cache) == 50
