"""The list of runs: who is in it, how it is narrowed, in which order."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest

from hampa.platform import clock
from hampa.platform.web import paging
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run, solar, take_part
from tests.html import words

SOME_ID = "01900000-0000-7000-8000-000000000000"


def listed(answer):
    """Return the titles of the runs on a list, in its order."""
    return [words(title) for title in answer.all("h3") if title in titles_of_rows(answer)]


def titles_of_rows(answer):
    return [title for row in answer.all("article", class_="run-row") for title in row.iter("h3")]


def pills(answer):
    return [words(pill) for pill in answer.all(class_="pill")]


@pytest.mark.parametrize("viewer", ["visitor", "stranger", "companion", "owner", "operator"])
def test_everybody_sees_public_runs_to_come_soonest_first(page, owner, viewer, request):
    make_run(owner, title="third", starts_local=in_days(3))
    make_run(owner, title="first", starts_local=in_days(1))
    make_run(owner, title="second", starts_local=in_days(1, 7))
    make_run(owner, title="by link", visibility="link")
    make_run(owner, title="called off", cancelled_at=clock.now())
    make_run(owner, title="begun", starts_local=in_days(-1))
    seen = page.as_(request.getfixturevalue(viewer)).get("/runs", 200)
    assert listed(seen) == ["first", "second", "third"]


def test_a_run_leaves_the_list_when_it_starts(page):
    run = make_run(title="soon")
    with clock.frozen(run.starts_at - timedelta(seconds=1)):
        assert listed(page.get("/runs")) == ["soon"]
    with clock.frozen(run.starts_at + timedelta(seconds=1)):
        assert listed(page.get("/runs?has_room=")) == []


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", ["Loop", "North gate", "with Sara", "14 km", "1 h 20", "6:00", "5 places left"]),
        ("fa", ["Loop", "North gate", "با Sara", "۱۴ کیلومتر", "۱ ساعت و ۲۰ دقیقه", "۶:۰۰", "۵ جا مانده"]),
    ],
)
def test_a_row_says_when_where_how_far_with_whom_and_what_is_left(page, language, texts):
    make_run(make_person(name="Sara"), title="Loop", place="North gate", distance_km=14, duration_min=80, capacity=5)
    seen = page.speaking(language).get("/runs", 200).words
    assert [text for text in texts if text not in seen] == []


def test_runs_stand_under_the_days_of_who_looks_with_their_clock_and_that_of_the_place(page):
    make_run(title="first thing", starts_local=in_days(2, 0, 30))
    here = page.as_(make_person()).get("/runs")
    there = page.as_(make_person(timezone="America/New_York")).get("/runs")
    assert "0:30" in here.words and "Tehran time" not in here.words
    assert "0:30 (Tehran time)" in there.words
    assert words(here.all("h2")[0]) != words(there.all("h2")[0])


@pytest.mark.parametrize(
    ("status", "pill"), [("GOING", "Going"), ("WAITLISTED", "Waiting"), ("INTERESTED", "Interested")]
)
def test_my_own_state_stands_on_my_row_and_on_nobody_elses(page, stranger, owner, status, pill):
    take_part(make_run(capacity=2), stranger, status)
    assert pills(page.as_(stranger).get("/runs")) == [pill]
    assert pill not in pills(page.as_(owner).get("/runs"))


def test_a_full_run_says_how_many_wait(page):
    run = make_run(capacity=2)
    for status in ("GOING", "GOING", "WAITLISTED", "WAITLISTED", "WAITLISTED"):
        take_part(run, status=status)
    assert pills(page.get("/runs")) == ["Full · 3 waiting"]


def test_faces_are_for_who_is_signed_in_and_visitors_see_the_number(page, stranger):
    run = make_run()
    for name in ("Zohreh", "Yasaman", "Xaniar", "Vida", "Omid"):
        take_part(run, make_person(name=name))
    take_part(run, make_person(name="Unsure"), "INTERESTED")
    visitor, signed_in = page.get("/runs"), page.as_(stranger).get("/runs")
    assert "5 going" in visitor.words
    assert not visitor.all(class_="face")
    faces = [words(face) for face in signed_in.one(class_="faces")]
    assert faces[:3] == ["Z", "Y", "X"]
    assert "+2" in faces[3]


def some_runs():
    full = make_run(title="Chitgar dawn", level="beginner", terrain="road", capacity=2, starts_local=in_days(1))
    take_part(full)
    take_part(full)
    make_run(title="دریاچهٔ چیتگر", level="advanced", terrain="trail", starts_local=in_days(2))
    make_run(title="Track night", terrain="track", starts_local=in_days(9, 20), description="Bring **water**")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=chitgar", ["Chitgar dawn"]),
        ("q=CHIT", ["Chitgar dawn"]),
        ("q=dawn+chitgar", ["Chitgar dawn"]),
        ("q=chitgar+night", []),
        ("q=hitgar", []),
        ("q=" + quote("درياچه چيتگر"), ["دریاچهٔ چیتگر"]),
        ("q=" + quote("چیت"), ["دریاچهٔ چیتگر"]),
        ("q=water", ["Track night"]),
        ("level=beginner", ["Chitgar dawn", "Track night"]),
        ("level=advanced", ["دریاچهٔ چیتگر", "Track night"]),
        ("level=regular", ["Track night"]),
        ("terrain=trail", ["دریاچهٔ چیتگر"]),
        ("terrain=mixed", []),
        ("has_room=1", ["دریاچهٔ چیتگر", "Track night"]),
        ("level=advanced&terrain=track&q=night", ["Track night"]),
        ("from=9999-12-31", []),
        ("after=" + paging.encode("9999-12-31T23:59:59-14:00", SOME_ID), []),
        ("to=1300-01-01", []),
    ],
)
def test_filters_narrow_the_list(page, stranger, query, found):
    some_runs()
    for browser in (page, page.as_(stranger)):
        assert listed(browser.get(f"/runs?{query}", 200)) == found


@pytest.mark.parametrize(
    "query",
    [
        "q=park",
        "q=***",
        "q=",
        "has_room=0",
        "has_room=false",
        "has_room=",
        "to=9999-12-31",
        "from=0001-01-01",
        "level=&terrain=&q=&from=&to=&has_room=",
        "after=nonsense",
        "after=" + "W" * 600,
        "after=" + paging.encode("0001-01-01T00:00:00+14:00", SOME_ID),
    ],
)
def test_filters_that_ask_for_nothing_leave_all(page, query):
    some_runs()
    assert listed(page.get(f"/runs?{query}", 200)) == ["Chitgar dawn", "دریاچهٔ چیتگر", "Track night"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("q", "a" * 81),
        ("q", "\u202e"),
        ("from", "nonsense"),
        ("from", "2026-02-30"),
        ("to", "1405/12/31"),
        ("level", "olympic"),
        ("level", "all"),
        ("terrain", "<script>"),
        ("terrain", "\ufdd0"),
        ("company", "men"),
        ("distance", "42"),
    ],
)
def test_a_filter_that_cant_be_says_so_beside_itself_and_filters_nothing(page, name, value):
    some_runs()
    seen = page.get(f"/runs?{name}={quote(value)}", 200)
    assert seen.error_of(name)
    assert len(listed(seen)) == 3


def a_week_of_runs():
    with clock.frozen(clock.now()):
        for days in range(1, 8):
            day = in_days(days)
            make_run(
                title=f"{day:%a}", starts_local=day, distance_km=days * 4, company="women" if days == 3 else "anyone"
            )
    return [f"{in_days(days):%a}" for days in range(1, 8)]


def test_weekdays_are_those_of_the_place_and_several_may_be_asked_for(page):
    week = a_week_of_runs()
    for codes in (["mon"], ["sun", "fri"], ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]):
        asked = "&".join(f"weekday={code}" for code in codes)
        assert [title.lower() for title in listed(page.get(f"/runs?{asked}", 200))] == [
            title.lower() for title in week if title.lower() in codes
        ]
    seen = page.get("/runs?weekday=funday&weekday=mon", 200)
    assert "Choose some of these." in seen.words and listed(seen) == week


def test_runs_on_several_weekdays_follow_each_other_over_the_end_of_a_page(page):
    for week in range(9):
        for day in range(7):
            make_run(title=f"{week}.{day}", starts_local=in_days(7 * week + day + 1))
    asked = [in_days(day + 1).strftime("%a").lower() for day in (0, 3, 4)]
    first = page.get("/runs?" + "&".join(f"weekday={code}" for code in asked), 200)
    second = page.get(first.one(id="pager").find("a").get("href"), 200)
    assert listed(first) + listed(second) == [f"{week}.{day}" for week in range(9) for day in (0, 3, 4)]


def test_a_weekday_is_not_that_of_who_looks(page):
    saturday = in_days(1 + (5 - in_days(1).weekday()) % 7, 1)
    make_run(title="Night", starts_local=saturday)
    there = page.as_(make_person(timezone="America/New_York"))
    assert listed(there.get("/runs?weekday=sat")) == ["Night"]
    assert listed(there.get("/runs?weekday=fri")) == []


@pytest.mark.parametrize(
    ("distance", "found"), [("5", [0]), ("10", [1]), ("21", [2, 3, 4]), ("long", [5, 6]), ("", range(7))]
)
def test_a_distance_is_more_than_one_bound_and_no_more_than_the_other(page, distance, found):
    week = a_week_of_runs()
    assert listed(page.get(f"/runs?distance={distance}", 200)) == [week[n] for n in found]


def test_women_only_runs_are_seen_by_all_and_can_be_asked_for(page, stranger):
    week = a_week_of_runs()
    for browser in (page, page.as_(stranger)):
        assert listed(browser.get("/runs")) == week
        assert listed(browser.get("/runs?company=women", 200)) == [week[2]]
        assert listed(browser.get("/runs?company=anyone", 200)) == week[:2] + week[3:]


def test_days_are_both_included_and_taken_in_either_calendar(page):
    with clock.frozen(clock.now()):
        for days in (1, 2, 3):
            make_run(title=f"in {days}", starts_local=in_days(days, 23, 59))
            make_run(title=f"early in {days}", starts_local=in_days(days, 0, 0))
        day = in_days(2).date()
        for written in (day.isoformat(), str(day).replace("-", "/"), solar(day)):
            seen = page.get(f"/runs?from={quote(written)}&to={quote(written)}")
            assert listed(seen) == ["early in 2", "in 2"], written
        backwards = page.get(f"/runs?from={day}&to={day - timedelta(days=1)}")
        assert backwards.error_of("to")
        assert listed(backwards) == ["early in 2", "in 2", "early in 3", "in 3"]


def test_quick_filters_are_links_that_turn_on_and_off(page):
    some_runs()
    off = page.get("/runs?level=beginner")
    week = next(link for link in off.links if "from=" in link)
    assert "level=beginner" in week
    on = page.get(week)
    chips = {words(chip): chip for chip in on.all("a", class_="chip")}
    assert chips["This week"].get("aria-current") == "true"
    assert listed(on) == ["Chitgar dawn"]
    assert listed(page.get(chips["This week"].get("href"))) == ["Chitgar dawn", "Track night"]
    assert "level" not in chips["Take away Beginner"].get("href")
    assert not [chip for chip in chips if "from" in chip or "until" in chip], "the week is one chip, not two days"


def test_further_filters_stand_open_when_one_is_set_or_wrong(page):
    assert "open" not in page.get("/runs").one("details", id="more-filters").attrib
    assert "open" not in page.get("/runs?q=lake&has_room=1").one("details", id="more-filters").attrib
    for query in ("terrain=road", "from=nonsense"):
        assert "open" in page.get(f"/runs?{query}").one("details", id="more-filters").attrib


@pytest.mark.parametrize("value", ["1", "true", "\x07", "\ufdd0"])
def test_whatever_stands_behind_has_room_it_is_asked_for(page, value):
    some_runs()
    assert listed(page.get(f"/runs?has_room={quote(value)}", 200)) == ["دریاچهٔ چیتگر", "Track night"]


def test_an_empty_list_invites_and_one_with_filters_says_how_to_go_on(page):
    empty = page.get("/runs")
    assert "No runs yet" in empty.words
    assert "/runs/new" in empty.links
    narrowed = page.get("/runs?level=beginner")
    assert "No runs match" in narrowed.words
    assert "/runs" in narrowed.links


def test_htmx_gets_the_list_with_its_filters_or_just_the_next_rows(page):
    for _ in range(21):
        make_run(starts_local=in_days(3))
    narrowed = page.htmx.get("/runs?level=beginner")
    assert narrowed.form("/runs").values["level"] == "beginner"
    assert not narrowed.all("h1")
    more = page.get("/runs").one(id="pager").find("a").get("href")
    rows = page.htmx.get(more)
    assert len(listed(rows)) == 1
    assert not rows.forms


def test_fifty_runs_at_one_instant_are_all_shown_once(page, stranger):
    made = sorted(str(make_run(starts_local=in_days(4)).id) for _ in range(50))
    url, seen = "/runs", []
    for browser in (page, page.as_(stranger)):
        url, seen, pages = "/runs", [], 0
        while url:
            answer = browser.get(url)
            seen += [link.removeprefix("/runs/") for link in answer.links if link.startswith("/runs/0")]
            pager = answer.all(id="pager")
            url, pages = (pager[0].find("a").get("href"), pages + 1) if pager else (None, pages + 1)
        assert seen == made
        assert pages == 3


def test_a_day_that_goes_on_over_the_end_of_a_page_has_its_heading_marked(page):
    for _ in range(21):
        make_run(starts_local=in_days(4))
    make_run(starts_local=in_days(5))
    first = page.get("/runs")
    second = page.get(first.one(id="pager").find("a").get("href"))
    assert not first.all(class_="day-again")
    assert [("day-again" in day.get("class").split()) for day in second.all("section", class_="day")] == [True, False]


@pytest.mark.parametrize(("viewer", "most"), [("visitor", 1), ("stranger", 5)])
def test_twenty_rows_cost_as_many_statements_as_two(page, viewer, most, request, statements):
    browser = page.as_(request.getfixturevalue(viewer))
    cost = {}
    for rows in (2, 20):
        while len(listed(browser.get(f"/runs?to={in_days(300).date()}&q="))) < rows:
            run = make_run(capacity=9)
            for _ in range(5):
                take_part(run)
        with statements() as seen:
            browser.get("/runs")
        cost[rows] = len(seen)
    assert cost[20] == cost[2] <= most
