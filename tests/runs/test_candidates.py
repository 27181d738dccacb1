"""The first runs that pass filters are the same however they are looked for: by words, by squares, in their order."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from hampa.blocks.actions import block
from hampa.platform import clock, commonness
from hampa.platform.db import db
from hampa.platform.geo.squares import Near
from hampa.platform.texts.search import parse_search
from hampa.platform.web import paging
from hampa.run_search.queries import candidates
from hampa.run_search.queries.filters import Filters, listed
from hampa.runs.models.run import Run
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run

COUNTED = (
    {},
    {"tea": 0.5, "coffee": 0.5},
    {"tea": 0.001, "coffee": 0.5},
    {"tea": 0.001, "coffee": 0.001, "other": 0.5},
)
"""Shares of words, by which they are looked for in the index, in their order, or first in one."""
ROWS = 1_000_000.0
SIZE = 5


@pytest.fixture
def many_runs(db_session):
    dice = Random(17)
    organisers = [make_person(name=f"Organiser {number}") for number in range(3)]
    for number in range(60):
        pinned = {"latitude": 35.7 + dice.uniform(-0.3, 0.3), "longitude": 51.4 + dice.uniform(-0.3, 0.3)}
        make_run(
            dice.choice(organisers),
            title=" ".join(dice.sample(("Tea", "Coffee", "Lake"), 2)),
            starts_local=in_days(1 + number // 4, hour=dice.choice((6, 18))),
            paces=dice.choice(((), (300,), (320, 400), (400,))),
            level=dice.choice(("all", "beginner", "advanced")),
            terrain=dice.choice(("road", "trail")),
            distance_km=dice.choice((None, 5, 10, 21)),
            **dice.choice(({}, {"capacity": 5}, {"capacity": 2, "taken": 2})),
            company=dice.choice(("anyone", "women")),
            visibility=dice.choice(("public", "public", "public", "link")),
            cancelled_at=dice.choice((None, None, None, clock.now())),
            **(pinned if dice.random() < 0.8 else {}),
        )
    db.session.flush()
    return organisers


def know(monkeypatch, words, rows):
    """Let PostgreSQL have counted these words."""
    known = commonness.Commonness(sorted(words), rows)
    monkeypatch.setattr(candidates, "commonness_in", lambda _table: known)


def some_filters(dice, viewer):
    """Return filters of which each is set half of the time, and at least one is by words, a pace, a circle or days."""
    parts = {
        "words": parse_search(dice.choice(("tea", "coffee", "tea coffee", "te la", "nothing"))),
        "paces": dice.choice(((285, 315), (390, 410), (500, 510))),
        "near": Near(35.7, 51.4, dice.choice((1.0, 10.0, 25.0))),
        "weekdays": dice.choice(((5,), (1, 2, 6))),
        "level": "beginner",
        "terrain": "road",
        "company": "women",
        "has_room": True,
        "distances": dice.choice(((5, None), (None, 10), (5, 10))),
        "since": clock.now() + timedelta(days=3),
        "until": clock.now() + timedelta(days=9),
        "viewer_id": viewer.id,
    }
    names = {name for name in parts if dice.random() < 0.3} | {dice.choice(("words", "paces", "near", "weekdays"))}
    return Filters(**{name: parts[name] for name in names})


@pytest.mark.parametrize("soonest", [8, 2_000])
@pytest.mark.parametrize("few_groups", [-1, 800])
def test_they_are_those_of_the_plain_list_however_they_are_found(owner, many_runs, monkeypatch, soonest, few_groups):
    block(owner, many_runs[0].id)
    monkeypatch.setattr(candidates, "SOONEST", soonest)
    monkeypatch.setattr(candidates, "_count_groups", lambda *_paces: db.session.execute(select(few_groups + 1)))
    monkeypatch.setattr(candidates, "FEW_GROUPS", 0)
    dice, found = Random(soonest + few_groups), 0
    for number in range(150):
        counted = COUNTED[number % len(COUNTED)]
        know(monkeypatch, counted.items(), ROWS if counted else 0.0)
        filters, with_pin = some_filters(dice, owner), dice.random() < 0.3
        after = None
        for _page in range(2):
            where = [*listed(filters), *paging.after_cursor(after, Run.starts_at, Run.id)]
            where += [Run.latitude.is_not(None)] if with_pin else []
            plain = select(Run.id, Run.starts_at).where(*where).order_by(Run.starts_at, Run.id).limit(SIZE)
            expected = db.session.execute(plain).all()
            ids = candidates.candidates(filters, SIZE, after, with_pin=with_pin)
            of_them = select(Run.id).where(Run.id.in_(ids)).order_by(Run.starts_at, Run.id)
            assert list(db.session.scalars(of_them)) == [row.id for row in expected], filters
            if not with_pin:
                rows = candidates.first_rows(filters, SIZE, after)
                assert [row.id for row in rows] == [row.id for row in expected], filters
            found += len(expected)
            if len(expected) < SIZE:
                break
            after = paging.encode(expected[-1].starts_at, expected[-1].id)
    assert found > 100, "the filters leave something to compare"


def test_words_are_rare_whose_runs_are_fewer_than_those_that_are_looked_through_for_them(monkeypatch):
    terms = parse_search("tea coffee lake")
    counted = [("coffee", 0.004), ("coffeehouse", 0.001), ("lake", 0.004), ("tea", 0.3)]
    know(monkeypatch, counted, ROWS)
    assert candidates.rare_terms(terms, 21) == parse_search("lake")
    know(monkeypatch, counted, 10_000.0)
    assert candidates.rare_terms(terms, 21) == parse_search("coffee lake")
    know(monkeypatch, (), 0.0)
    assert candidates.rare_terms(terms, 21) == terms


def test_common_words_are_counted_by_postgresql(real_database):
    with real_database.app_context():
        owner = make_person(name="Somebody")
        for _ in range(30):
            make_run(owner, title="Kestrel")
        db.session.commit()
        db.session.execute(db.text("ANALYZE runs"))
        db.session.commit()
        counted = commonness.commonness_in("runs")
        assert counted.rows == 30
        assert counted.share(("kest",)) == 1
        assert counted.share(("sparrow",)) == 0
