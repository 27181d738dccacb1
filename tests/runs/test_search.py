"""Runs by what is written in them, in both languages, and by who organises them."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import update

from hampa.platform import clock
from hampa.platform.db import db
from hampa.run_search import actions as run_search
from hampa.runs.models.run import Run
from tests.factories.people import make_person
from tests.factories.runs import SHORT_FORM, make_run
from tests.runs.test_browse import listed


def found(page, asked):
    return listed(page.get(f"/runs?q={quote(asked)}", 200))


@pytest.mark.parametrize("written", ["می‌دویم", "میدویم", "می دویم"])
def test_half_spaces_are_one_to_who_searches(page, written):
    make_run(title=f"جمعه‌ها {written} تا کوه")
    make_run(title="Evening loop")
    for typed in ("می‌دویم", "میدویم", "می دویم", "ميدويم", "جمعه ها می‌دویم", "جمعه‌هامی"):
        assert found(page, typed) == [f"جمعه‌ها {written} تا کوه"], typed


@pytest.mark.parametrize(
    "asked",
    ["Lauf", "cafe", "CAFÉ müll", "muller lauftreff", "۱۲", "12", "١٢", "sara", "سارا", "ahmadi lauf", "north", "tea"],
)
def test_title_place_description_and_organiser_are_searched(page, asked):
    organiser = make_person(name="Sara Ahmadi سارا")
    make_run(organiser, title="Lauftreff Café Müller", place="North gate, 12", description="Tea afterwards")
    make_run(title="Something else", place="Elsewhere")
    assert found(page, asked) == ["Lauftreff Café Müller"]


@pytest.mark.parametrize("asked", ["auf", "ahmadi elsewhere", "laufx", "sara north else"])
def test_all_words_must_be_there_and_begin_so(page, asked):
    make_run(make_person(name="Sara Ahmadi"), title="Lauftreff", place="North gate")
    make_run(title="Something else", place="Elsewhere")
    assert found(page, asked) == []


def test_a_published_run_is_found_at_once_by_the_name_of_who_organises_it(page, stranger):
    page.as_(stranger).post("/runs/new", SHORT_FORM | {"title": "می‌دویم با هم"}, 303)
    assert found(page, f"میدویم {stranger.name}") == ["می‌دویم با هم"]


def test_a_changed_run_is_found_by_its_new_words_alone(page, owner):
    run = make_run(owner, title="Old words")
    form = page.as_(owner).get(f"/runs/{run.id}/edit").form()
    form.fill(title="Fresh words").submit()
    assert found(page, "fresh") == ["Fresh words"]
    assert found(page, "old") == []


def test_runs_follow_a_new_name_of_their_organiser(page, owner, work_off):
    make_run(owner, title="Lake loop")
    browser = page.as_(owner)
    browser.get("/me/profile").form("/me/profile").fill(name="Parastoo").submit()
    work_off()
    assert found(page, "parast") == ["Lake loop"]
    assert found(page, "lake") == ["Lake loop"]


def test_what_was_being_saved_with_the_old_name_follows_a_little_later(page, owner, work_off):
    run = make_run(owner, title="Lake loop")
    page.as_(owner).get("/me/profile").form("/me/profile").fill(name="Parastoo").submit()
    work_off()
    run.update_search_index(make_person(name="Sara"))  # as who read the old name before, and commits only now
    db.session.commit()
    assert found(page, "parast") == []
    with clock.shifted(timedelta(minutes=1)):
        assert work_off() > 0
    assert found(page, "parast") == ["Lake loop"]
    with clock.shifted(timedelta(hours=1)):
        assert work_off() == 0


def test_runs_of_before_are_worked_out_by_the_worker(page, work_off):
    make_run(make_person(name="Sara"), title="Lake loop", latitude=35.7, longitude=51.4)
    db.session.execute(update(Run).values(search="", place_key="", small_cell=None, cell=None))
    assert found(page, "lake sara") == []
    last = run_search.reindex_batch(None, size=1)
    assert run_search.reindex_batch(last, size=1) is None
    assert found(page, "lake sara") == ["Lake loop"]
    assert listed(page.get("/runs?near=35.7,51.4")) == ["Lake loop"]


def test_whatever_is_typed_is_only_words(page):
    make_run(title="Lake loop")
    for asked in ("'", "\\", "a' | 'b", "!lake", "lake:*", "lake & !loop", "(", "\u200c", "ـــ", "\ue000", "%00"):
        page.get(f"/runs?q={quote(asked)}", 200)
    assert found(page, "lake & loop") == ["Lake loop"]
    assert found(page, "!lake") == ["Lake loop"]


def test_what_was_searched_for_can_be_taken_away(page):
    make_run(title="Lake loop")
    seen = page.get("/runs?q=lake&level=beginner&weekday=mon&weekday=tue")
    gone = {link.get("href") for link in seen.all("a", class_="chip-set")}
    assert gone == {
        "/runs?level=beginner&weekday=mon&weekday=tue",
        "/runs?q=lake&weekday=mon&weekday=tue",
        "/runs?q=lake&level=beginner",
    }
    assert "3 filters are set" in seen.words
    assert not page.get("/runs").all("a", class_="chip-set")
