"""Companions for somebody: who is among them, in which order, and the reason in words."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from hampa.cards.models import Interest
from hampa.cards.queries import matching
from hampa.cards.queries.listing import Filters
from hampa.cards.queries.scoring import times_around
from hampa.people.models import Block, Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.geo.squares import CELLS, cell_of, squares_beside
from hampa.platform.locale import i18n
from hampa.platform.web.paging import decode
from tests.cards.test_browse import listed, words_of
from tests.factories.cards import make_card, make_interest
from tests.factories.people import make_person

TEHRAN = {"latitude": 35.7, "longitude": 51.4}
NORTH_KM = 0.00899
"""Degrees of latitude that are a kilometre."""


@pytest.fixture
def runner(db_session):
    """Somebody who looks for company."""
    return make_person(name="Nima")


@pytest.fixture
def own(runner):
    """Return the card that is matched: Tuesdays and Thursdays at dawn, 8 km at 5:30."""
    return make_card(runner, title="mine", **TEHRAN)


def like(**other):
    """Return another person's card that matches `own` perfectly except for the given values."""
    return make_card(**(TEHRAN | other))


def found(runner, own, **filters):
    with i18n.use_locale("en"):
        return matching.matches(runner, own, Filters(**filters)).items


def match(runner, own, card):
    return next((one.match for one in found(runner, own) if one.id == card.id), None)


def test_a_card_like_ones_own_next_door_is_a_hundred(runner, own):
    one = match(runner, own, like())
    assert one.score == 100
    with i18n.use_locale("en"):
        assert one.words == "Tuesdays and Thursdays at dawn, less than 500 m from you, at your pace"


@pytest.mark.parametrize(
    ("other", "score", "words"),
    [
        ({"pace": 320}, 98, "Tuesdays and Thursdays at dawn, less than 500 m from you, 10 s/km faster"),
        ({"pace": 350}, 97, "Tuesdays and Thursdays at dawn, less than 500 m from you, 20 s/km slower"),
        ({"days": ["tue", "fri"]}, 85, "Tuesdays at dawn, less than 500 m from you, at your pace"),
        ({"time_of_day": "morning"}, 90, "Tuesdays and Thursdays in the morning, a little later, less than 500 m"),
        ({"distance_km": Decimal(16)}, 95, "Tuesdays and Thursdays at dawn, less than 500 m from you, at your pace"),
        ({"pace": 500, "distance_km": Decimal(8)}, 85, "2:50/km slower"),
        ({"latitude": 35.7 + 6 * NORTH_KM}, 91, "6 km from you"),
        ({"latitude": None, "longitude": None, "place": "Tehran"}, 88, "Tuesdays and Thursdays at dawn, at your pace"),
        ({"days": ["mon", "tue", "wed", "thu", "sat"]}, 100, "Tuesdays and Thursdays at dawn"),
    ],
)
def test_the_score_falls_with_what_differs_and_the_reason_says_it(runner, own, other, score, words):
    one = match(runner, own, like(**other))
    assert abs(one.score - score) <= 1, one
    with i18n.use_locale("en"):
        assert words in one.words


def test_the_reason_is_persian_to_a_persian(runner, own):
    one = match(runner, own, like(pace=320, latitude=35.7 + 2 * NORTH_KM))
    with i18n.use_locale("fa"):
        assert one.words == "سه‌شنبه‌ها و پنجشنبه‌ها سپیده‌دم، ۲٫۲ کیلومتر تا تو، ۱۰ ثانیه در کیلومتر تندتر"


def test_the_reason_goes_by_miles_for_who_chose_them(page, runner, own):
    like(pace=320, latitude=35.7 + 6 * NORTH_KM)
    runner.units = "miles"
    assert "3.7 mi from you, 16 s/mi faster" in page.as_(runner).get("/cards?sort=match", 200).words


@pytest.mark.parametrize(
    "other",
    [
        {"days": ["mon", "sun"]},
        {"time_of_day": "noon"},
        {"state": "resting"},
        {"company": "women"},
        {"latitude": 48.2, "longitude": 16.4},
    ],
    ids=lambda other: next(iter(other)),
)
def test_who_does_not_fit_is_left_out(runner, own, other):
    assert match(runner, own, like(**other)) is None


def test_women_are_shown_cards_for_women(own, runner):
    runner.gender = "female"
    assert match(runner, own, like(company="women")).score == 100


def test_who_is_known_already_blocked_or_thrown_out_is_left_out(runner, own, db_session):
    make_card(runner, title="also mine", **TEHRAN)
    for status in ("pending", "accepted", "declined", "parted"):
        make_interest(runner, like(), status)
        if status != "declined":
            asks = like()
            make_interest(db_session.get(Person, asks.owner_id), own, status)
    like(owner=make_person(state="suspended"))
    blocked, blocker = like(), like()
    db_session.add_all([Block(blocker_id=runner.id, blocked_id=blocked.owner_id)])
    db_session.add_all([Block(blocker_id=blocker.owner_id, blocked_id=runner.id)])
    db_session.flush()
    still = [like(title="still there")]
    for status in ("withdrawn", "ended"):
        still.append(like(title=status))
        make_interest(runner, still[-1], status)
    assert {one.title for one in found(runner, own)} == {card.title for card in still}


def test_exact_pins_can_not_be_worked_out(runner, own):
    """All pins that are shown at one place have one score and one distance, from wherever one looks."""
    shown = like().shown_pin
    others = [like(latitude=35.7 + step / 10_000, longitude=51.4 + step / 10_000) for step in range(-20, 21)]
    same = [card for card in others if card.shown_pin == shown]
    assert len(same) > 5
    for away in (0.003, 0.01, 0.04):
        looking = make_card(runner, latitude=35.7 + away, longitude=51.4)
        heard = {
            (one.match.score, one.match.metres) for one in found(runner, looking) if one.id in {c.id for c in same}
        }
        assert len(heard) == 1


def test_best_first_page_by_page_without_gaps(page, runner, own):
    for number in range(30):
        like(title=f"card {number:02}", pace=330 + 5 * (number % 7))
    browser, url, scores, titles = page.as_(runner), "/cards?sort=match", [], []
    while url:
        seen = browser.get(url, 200)
        titles += listed(seen)
        scores += [int(re.search(r"(\d+)%", words_of(bib))[1]) for bib in seen.all("article", class_="bib")]
        url = next((link for link in seen.links if "after=" in link and "lang=" not in link), None)
    assert scores == sorted(scores, reverse=True)
    assert sorted(titles) == [f"card {number:02}" for number in range(30)]


def test_a_cursor_of_another_question_gives_the_first_page(runner, own):
    for _ in range(5):
        like()
    other = make_card(runner, days=["tue"], **TEHRAN)
    first = matching.matches(runner, own, Filters(), size=2)
    score, card_id, _asked = decode(first.next, int, type(own.id), str)
    assert (score, card_id) == (first.items[-1].match.score, first.items[-1].id)
    following = matching.matches(runner, own, Filters(), first.next, 2).items
    assert not {one.id for one in following} & {one.id for one in first.items}
    for card, filters in ((own, Filters(day="tue")), (other, Filters())):
        again = matching.matches(runner, card, filters, first.next, 2).items
        assert again == matching.matches(runner, card, filters, None, 2).items
    assert matching.matches(runner, own, Filters(), "nonsense", 2).items == first.items


def test_who_has_several_cards_chooses_by_which_one_looks(page, runner):
    make_card(runner, title="at dawn", created_at=clock.now(), **TEHRAN)
    evening = make_card(runner, title="in the evening", time_of_day="evening", days=["sat"], **TEHRAN)
    like(title="dawn person")
    like(title="evening person", time_of_day="evening", days=["sat"])
    browser = page.as_(runner)
    assert listed(browser.get("/cards?sort=match", 200)) in (["dawn person"], ["evening person"])
    chosen = browser.get(f"/cards?sort=match&card={evening.id}", 200)
    assert listed(chosen) == ["evening person"]
    assert listed(browser.htmx.get(f"/cards?sort=match&card={evening.id}", 200)) == ["evening person"]
    foreign = make_card(time_of_day="evening", days=["sat"], **TEHRAN)
    browser.get(f"/cards?sort=match&card={foreign.id}", 200)


@pytest.mark.parametrize("viewer", ["visitor", "stranger"])
def test_without_a_card_best_first_is_newest_first(page, viewer, request):
    like(title="somebody")
    seen = page.as_(request.getfixturevalue(viewer)).get("/cards?sort=match", 200)
    assert listed(seen) == ["somebody"]
    assert "%" not in words_of(seen.one("article", class_="bib"))


def test_filters_narrow_the_matches_too(runner, own):
    like(title="quick", pace=290)
    like(title="slow", pace=400, level="beginner")
    assert [one.title for one in found(runner, own, paces=(280, 300))] == ["quick"]
    assert [one.title for one in found(runner, own, level="beginner")] == ["slow"]
    assert [one.title for one in found(runner, own, time_of_day="night")] == []


def test_a_card_that_is_nowhere_finds_who_runs_then(runner):
    somebody = make_person(city="", timezone="UTC")
    nowhere = make_card(somebody, place="Behind the mill")
    assert nowhere.spot_latitude is None
    near = like(title="somewhere")
    assert match(somebody, nowhere, near).score == 75
    own = make_card(runner, **TEHRAN)
    assert match(runner, own, nowhere).metres is None


@pytest.mark.parametrize("longitude", [179.999, -179.999])
def test_who_runs_on_the_other_side_of_the_date_line_is_near(db_session, longitude):
    somebody = make_person()
    one = make_card(somebody, latitude=-16.8, longitude=179.998)
    other = make_card(latitude=-16.8, longitude=longitude)
    assert match(somebody, one, other).score == 100


def test_one_statement_however_many(runner, own, statements):
    found(runner, own)  # reads who is hidden, as a session does
    costs = []
    for more in (2, 20):
        for _ in range(more):
            like()
        with statements() as seen:
            assert found(runner, own)
        costs.append(len(seen))
    assert costs == [1, 1]


def test_home_shows_companions_for_me_and_the_page_costs_the_same_with_two_and_with_twenty(
    page, runner, own, statements
):
    browser, costs = page.as_(runner), []
    browser.get("/", 200)  # reads what the process keeps
    for more in (3, 20):
        for number in range(more):
            like(title=f"card {more} {number}")
        with statements() as seen:
            home = browser.get("/", 200)
        costs.append(len(seen))
        assert "100%" in home.words
        assert "mine" not in listed(home)
    assert costs[0] == costs[1]


def test_matches_that_are_kept_change_at_once_with_cards_interests_and_blocks(page, runner, own, remembering):
    asked, asking = make_person(), make_person()
    other, rival = make_card(asked, title="theirs", **TEHRAN), make_card(asking, title="rival", pace=420, **TEHRAN)
    browser = page.as_(runner)

    def seen():
        return [title for title in listed(browser.get("/cards?sort=match", 200)) if title in ("theirs", "rival", "new")]

    assert seen() == seen() == ["theirs", "rival"]
    browser.post(f"/cards/{other.id}/interest", {}, 303)
    assert seen() == ["rival"], "the viewer has asked"
    page.as_(asked).post(f"/interests/{latest_interest(runner)}", {"decision": "accept"}, 303)
    assert seen() == ["rival"], "they are companions"
    page.as_(asked).post(f"/me/companions/{runner.id}/end", {}, 303)
    assert seen() == ["rival"], "they have parted, by a statement that writes many"
    page.as_(asking).post(f"/cards/{own.id}/interest", {}, 303)
    assert seen() == [], "the other has asked"
    page.as_(asking).post(f"/interests/{latest_interest(asking)}", {"decision": "withdraw"}, 303)
    assert seen() == ["rival"]
    page.as_(asking).post(f"/people/{runner.id}/block", {}, 303)
    assert seen() == []
    page.as_(asking).post(f"/me/blocks/{runner.id}/end", {}, 303)
    assert seen() == ["rival"]
    page.as_(asking).get(f"/cards/{rival.id}/edit", 200).form().fill(title="new").submit(status=303)
    assert seen() == ["new"]


def latest_interest(sender):
    query = select(Interest.id).where(Interest.sender_id == sender.id).order_by(Interest.created_at.desc()).limit(1)
    return db.session.scalar(query)


def test_no_more_cards_are_scored_than_the_squares_give(runner, own, db_session):
    """The plan: the squares' own index, in the order of pace, and no look at all cards."""
    fill(db_session, 3000)
    db_session.execute(text("ANALYZE cards"))
    seen = []
    plan = explained(db_session, lambda: found(runner, own), seen)
    assert "Seq Scan on cards inside" not in plan
    assert "ix_cards_match_cell" in plan
    rows = [
        int(rows)
        for rows in re.findall(r"ix_cards_match_\w+ on cards inside\S* \(actual rows=([\d.]+?)(?:\.\d+)? ", plan)
    ]
    assert rows and max(rows) <= max(matching.CANDIDATES.values())


def fill(session, count):
    """Many cards within a few kilometres, by people of their own."""
    owner = make_person()
    values = {f"{name}_side": side for name, side in CELLS.items()}
    cells = ", ".join(
        f"floor((35.7 + 90) / :{name}_side)::int * 100000 + floor((51.4 + n % 100 * 0.001 + 180) / :{name}_side)::int"
        for name in CELLS
    )
    session.execute(
        text(
            "INSERT INTO cards (id, owner_id, title, place, days, time_of_day, distance_km, pace, level, search, "
            f"latitude, longitude, spot_latitude, spot_longitude, {', '.join(CELLS)}) "
            "SELECT gen_random_uuid(), :owner, 'Card', 'Park', ARRAY['tue'], (ARRAY['dawn', 'noon'])[1 + n % 2], 8, "
            f"300 + n % 90, 'regular', '', 35.7, 51.4, 35.7, 51.4 + n % 100 * 0.001, {cells} FROM generate_series(1, :count) n"
        ),
        {"owner": owner.id, "count": count, **values},
    )


def explained(session, ask, seen):
    """Return PostgreSQL's plan for the statement of a query."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    def note(_connection, _cursor, statement, parameters, *_more):
        if "scored" in statement:
            seen.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    statement, parameters = seen[0]
    connection = session.connection()
    rows = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) {statement}", parameters)
    return "\n".join(row[0] for row in rows)


def test_the_neighbours_of_a_square_and_of_a_time():
    for place in ((35.7, 51.4), (0.0, 180.0), (0.0, -180.0), (-16.8, 179.998), (33.25, 1.25)):
        for column, side in CELLS.items():
            beside = squares_beside(*place, column)
            assert len(beside) == 9
            assert cell_of(*place, side) in beside
            assert cell_of(place[0] + side / 2, place[1] - side / 2, side) in beside
    assert len(squares_beside(-90, 0, "cell")) == 6
    assert times_around("dawn") == ("dawn", "morning")
    assert times_around("noon") == ("morning", "noon", "afternoon")
