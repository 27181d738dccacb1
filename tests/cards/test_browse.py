"""The list of cards: who is in it, how it is narrowed, what it costs."""

from __future__ import annotations

from datetime import timedelta
from math import cos, radians

import pytest

from hampa.cards.queries import listing
from hampa.people.models import Block
from hampa.platform import clock
from hampa.platform.db import db
from tests.factories.cards import make_card, make_companions, make_interest
from tests.factories.people import make_person
from tests.factories.profiles import make_face


def listed(answer):
    """Return the titles of the cards on a list, in its order."""
    return ["".join(title.itertext()).strip() for title in answer.all(class_="bib-title")]


@pytest.mark.parametrize("viewer", ["visitor", "stranger", "companion", "owner", "operator"])
def test_everybody_sees_active_cards_newest_first_and_no_resting_ones(page, owner, viewer, request):
    now = clock.now()
    for age, title in enumerate(("first", "second", "third")):
        make_card(owner, title=title, created_at=now - timedelta(hours=age))
    make_card(owner, title="asleep", state="resting")
    make_card(make_person(state="suspended"), title="thrown out")
    make_card(title="another's", created_at=now - timedelta(days=1))
    seen = page.as_(request.getfixturevalue(viewer)).get("/cards?sort=newest", 200)
    of_owner = [] if viewer == "owner" else ["first", "second", "third"]
    assert listed(seen) == [*of_owner, "another's"], "one's own are elsewhere"


def test_an_empty_list_invites_and_one_with_filters_says_how_to_go_on(page):
    assert "/cards/new" in page.get("/cards", 200).links
    narrowed = page.get("/cards?day=mon", 200)
    assert "Nobody matches that yet" in narrowed.words
    assert "/cards" in narrowed.links


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("day=mon", ["monday dawn"]),
        ("day=sat", ["weekend night", "saturday noon"]),
        ("time_of_day=night", ["weekend night"]),
        ("level=advanced", ["saturday noon"]),
        ("day=sat&time_of_day=night", ["weekend night"]),
        ("q=chitgar", ["monday dawn"]),
        ("q=CHITGAR+dawn", ["monday dawn"]),
        ("q=%DA%86%D9%8A%D8%AA%DA%AF%D8%B1", ["weekend night"]),
        ("q=100%25", []),
        ("q=_____", []),
        ("day=someday", ["monday dawn", "weekend night", "saturday noon"]),
        ("level=&day=&q=", ["monday dawn", "weekend night", "saturday noon"]),
        ("q=" + "a" * 500, ["monday dawn", "weekend night", "saturday noon"]),
    ],
)
def test_filters_narrow_the_list(page, owner, query, found):
    now = clock.now()
    cards = [
        {"title": "monday dawn", "days": ["mon"], "time_of_day": "dawn", "place": "Chitgar"},
        {"title": "weekend night", "days": ["sat", "sun"], "time_of_day": "night", "place": "دریاچهٔ چیتگر"},
        {"title": "saturday noon", "days": ["sat"], "time_of_day": "noon", "level": "advanced"},
    ]
    for age, card in enumerate(cards):
        make_card(owner, created_at=now - timedelta(hours=age), **card)
    assert listed(page.get(f"/cards?{query}", 200)) == found
    assert listed(page.htmx.get(f"/cards?{query}", 200)) == found


def test_what_was_asked_for_stands_in_the_form(page):
    form = page.get("/cards?day=tue&time_of_day=dawn&q=lake", 200).form("/cards")
    assert (form.values["day"], form.values["time_of_day"], form.values["q"]) == ("tue", "dawn", "lake")


def test_page_by_page_without_gaps_and_the_filters_stay(page, owner):
    start = clock.now()
    titles = [f"card {number:02}" for number in range(2 * listing.A_PAGE + 5)]
    for number, title in enumerate(titles):
        make_card(owner, title=title, level="advanced", created_at=start - timedelta(minutes=number // 3))
        make_card(owner, level="beginner", created_at=start)
    shown, url = [], "/cards?level=advanced"
    while url:
        seen = page.get(url, 200)
        shown += listed(seen)
        url = next((link for link in seen.links if "after=" in link and "lang=" not in link), None)
    assert sorted(shown) == titles


def test_the_list_costs_the_same_with_two_and_with_twenty(page, owner, companion, statements):
    make_companions(owner, companion)
    reader = page.as_(companion)
    costs = []
    for more in (2, 10):
        for _ in range(more):
            make_interest(companion, make_card(owner))
        with statements() as seen:
            reader.get("/cards", 200)
        costs.append(len(seen))
    assert costs[0] == costs[1]
    assert costs[0] <= 4


def test_each_card_says_how_one_stands_to_it(page, owner, stranger):
    mine = make_card(stranger, title="mine")
    asked, friend, open_one = (make_card(owner, title=title) for title in ("asked", "friend", "open"))
    make_interest(stranger, asked)
    make_interest(stranger, friend, "accepted")
    women = make_card(make_person(), title="women", company="women")
    bibs = {
        listed_title(bib): words_of(bib)
        for bib in page.as_(stranger).get("/cards?sort=newest").all("article", class_="bib")
    }
    assert "mine" not in bibs
    assert "Asked" in bibs["asked"]
    assert "Companion" in bibs["friend"]
    assert "Women only" in bibs["women"]
    links = page.as_(stranger).get("/cards?sort=newest").links
    assert f"/cards/{open_one.id}/interest" in links
    assert not {f"/cards/{card.id}/interest" for card in (mine, asked, friend, women)} & set(links)


def listed_title(bib):
    return next("".join(e.itertext()).strip() for e in bib.iter() if "bib-title" in (e.get("class") or "").split())


def words_of(bib):
    return " ".join("".join(bib.itertext()).split())


def test_no_list_and_no_card_tells_an_exact_place(page, owner, companion, visitor):
    card = make_card(owner, latitude=35.74321, longitude=51.20987)
    make_companions(companion, owner)
    for viewer in (visitor, companion):
        for url in ("/", "/cards", f"/cards/{card.id}"):
            text = page.as_(viewer).get(url, 200).text
            assert "35.743" not in text
            assert "51.209" not in text
    own = page.as_(owner).get(f"/cards/{card.id}", 200)
    assert "35.74321" in own.text


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(35.74321, 51.20987), (-33.86, 151.2093), (69.6492, 18.9553), (0.0, -179.9999), (90.0, 180.0)],
)
def test_a_shown_pin_is_near_but_off_a_grid_of_half_a_kilometre_anywhere(owner, latitude, longitude):
    card = make_card(owner, latitude=latitude, longitude=longitude)
    north, east = card.shown_pin
    near = make_card(owner, latitude=latitude, longitude=longitude)
    assert near.shown_pin == (north, east)
    assert abs(north - latitude) * 111_195 <= 300
    assert abs(east - longitude) * 111_195 * cos(radians(latitude)) <= 300
    assert -90 <= north <= 90
    assert -180 <= east <= 180


def test_a_card_without_a_pin_shows_none(page, owner):
    card = make_card(owner)
    assert card.shown_pin is None
    assert "openstreetmap" not in page.get(f"/cards/{card.id}", 200).text


def spread(owner):
    """Cards in two towns, with and without a pin, at three paces."""
    now = clock.now()
    cards = [
        {"title": "by the lake", "latitude": 35.74, "longitude": 51.21, "pace": 300},
        {"title": "in town", "place": "Laleh Park, Tehran", "pace": 330},
        {"title": "far away", "place": "Shiraz", "pace": 400, "company": "women"},
    ]
    for age, card in enumerate(cards):
        make_card(owner, created_at=now - timedelta(hours=age), **card)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("near=Tehran", ["in town"]),
        ("near=%D8%AA%D9%87%D8%B1%D8%A7%D9%86", ["in town"]),
        ("near=35.74,51.21", ["by the lake"]),
        ("near=Shiraz", ["far away"]),
        ("near=0,0", []),
        ("near=Nowhereville", ["by the lake", "in town", "far away"]),
        ("near=Tehran&q=lake", []),
        ("near=35.74,51.21&q=lake&pace=5:00", ["by the lake"]),
        ("pace=5:10", ["by the lake", "in town"]),
        ("pace=5:10&pace_by=15", ["by the lake"]),
        ("pace=6:40&pace_by=60", ["far away"]),
        ("pace=fast", ["by the lake", "in town", "far away"]),
        ("company=women", ["far away"]),
        ("company=anyone&near=Shiraz", []),
        ("sort=newest&card=x", ["by the lake", "in town", "far away"]),
    ],
)
def test_place_pace_and_company_narrow_the_list(page, owner, query, found):
    spread(owner)
    assert listed(page.get(f"/cards?{query}", 200)) == found
    assert listed(page.htmx.get(f"/cards?{query}", 200)) == found


def test_a_pace_is_asked_for_in_the_readers_unit(page, owner, stranger):
    spread(owner)
    stranger.units = "miles"
    assert listed(page.as_(stranger).get("/cards?pace=8:03&pace_by=15", 200)) == ["by the lake"]


def test_what_is_set_can_be_taken_away_one_by_one(page, owner):
    spread(owner)
    seen = page.get("/cards?near=Tehran&pace=5:30&day=tue", 200)
    assert "3 filters are set" in seen.words
    assert "10 km around Tehran" in seen.words
    assert "/cards?pace=5:30&day=tue" in {link.replace("%3A", ":") for link in seen.links}


def test_a_place_that_nobody_knows_is_said_beside_the_field(page):
    seen = page.get("/cards?near=Tehrann", 200)
    assert "Do you mean one of these?" in seen.error_of("near")
    assert [link for link in seen.links if "near=Tehran+%28" in link or "near=Tehran%20%28" in link]


def test_nobody_gets_nearer_to_a_pin_than_it_is_shown(page, owner):
    card = make_card(owner, latitude=35.74321, longitude=51.20987)
    assert (card.spot_latitude, card.spot_longitude) == card.shown_pin


def test_a_card_moves_to_the_town_that_its_owner_names(page, work, db_session):
    person = make_person(city="Tehran")
    make_card(person, place="Behind the mill", title="moving")
    page.as_(person).get("/me/profile").form("/me/profile").fill(city="Shiraz").submit(status=303)
    work()
    assert listed(page.get("/cards?near=Shiraz", 200)) == ["moving"]
    assert listed(page.get("/cards?near=Tehran", 200)) == []


@pytest.mark.parametrize("query", ["", "&near=Tehran", "&q=easy", "&q=easy&near=Tehran"])
def test_who_blocked_or_is_blocked_is_in_no_list(page, owner, stranger, db_session, query):
    make_card(owner, title="easy one", place="Tehran")
    make_card(make_person(), title="easy two", place="Tehran")
    db_session.add(Block(blocker_id=owner.id, blocked_id=stranger.id))
    db_session.flush()
    assert listed(page.as_(stranger).get(f"/cards?day=tue{query}", 200)) == ["easy two"]
    assert len(listed(page.get(f"/cards?day=tue{query}", 200))) == 2


@pytest.mark.parametrize("narrowed", ["near=Tehran", "q=easy", "level=regular"])
def test_narrowed_lists_are_paged_without_gaps(page, owner, narrowed):
    now = clock.now()
    for number in range(30):
        make_card(owner, title=f"easy {number:02}", place="Tehran", created_at=now - timedelta(minutes=number // 4))
    shown, url = [], f"/cards?{narrowed}"
    while url:
        seen = page.get(url, 200)
        shown += listed(seen)
        url = next((link for link in seen.links if "after=" in link and "lang=" not in link), None)
    assert sorted(shown) == [f"easy {number:02}" for number in range(30)]
    assert len(set(shown)) == 30


def test_visitors_see_a_change_at_once_though_their_page_is_kept(page, owner, remembering):
    writer = page.as_(owner)
    card = make_card(owner, title="As it was")
    assert listed(page.get("/cards", 200)) == ["As it was"]
    writer.get(f"/cards/{card.id}/edit").form().fill(title="As it is").submit(status=303)
    assert listed(page.get("/cards", 200)) == ["As it is"]
    writer.get(f"/cards/{card.id}/delete").form().submit(status=303)
    assert listed(page.get("/cards", 200)) == []


def test_a_card_is_found_by_the_names_of_its_owner_and_by_new_ones_soon(page, work, db_session):
    sara = make_person(name="Sara Karimi", handle="sara_runs")
    make_card(sara, title="mine")
    for asked, found in (("karimi", ["mine"]), ("sara_runs", ["mine"]), ("mahtab", [])):
        assert listed(page.get(f"/cards?q={asked}", 200)) == found, asked
    browser = page.as_(sara)
    browser.get("/me/profile").form("/me/handle").fill(handle="mahtab").submit(status=303)
    work()
    assert listed(page.get("/cards?q=mahtab", 200)) == ["mine"]
    assert listed(page.get("/cards?q=sara_runs", 200)) == []


def test_a_card_that_was_being_saved_with_the_old_name_follows_a_little_later(page, work, db_session):
    sara = make_person(name="Sara Karimi")
    card = make_card(sara, title="mine")
    page.as_(sara).get("/me/profile").form("/me/profile").fill(name="Parastoo").submit()
    work()
    card.update_search_index(make_person(name="Sara Karimi"))  # as who read the old name before, and commits only now
    db_session.commit()
    with clock.shifted(timedelta(minutes=1)):
        work()
    assert listed(page.get("/cards?q=parastoo", 200)) == ["mine"]


@pytest.mark.parametrize("visibility", ["everyone", "signed_in", "companions"])
def test_visitors_see_faces_and_ways_to_pages_of_who_lets_everyone(page, owner, stranger, visibility):
    owner.profile_visibility = visibility
    make_face(owner)
    card = make_card(owner)
    for person, way in ((None, visibility == "everyone"), (stranger, visibility != "companions")):
        browser = page.as_(person) if person else page
        for address in ("/cards", f"/cards/{card.id}"):
            seen = browser.get(address, 200)
            sources = [img.get("src") for img in seen.all("img") if "/face/" in (img.get("src") or "")]
            assert bool(sources) == (person is not None or visibility == "everyone"), address
            for source in sources:
                browser.get(source, 200)
        assert (f"/people/{owner.id}" in seen.links) == way


def test_who_has_no_card_reads_what_one_would_bring(page, stranger, owner):
    make_card(owner)
    assert "then the best matches come first" in page.as_(stranger).get("/cards", 200).words
    assert "then the best matches come first" not in page.as_(owner).get("/cards", 200).words


def test_who_has_a_town_and_no_card_sees_the_cards_near_it(page):
    far, near = (
        make_card(title="far", place="Tehran"),
        make_card(make_person(city="Berlin", timezone="Europe/Berlin"), title="near", place="Berlin"),
    )
    reader = page.as_(make_person(city="Berlin", timezone="Europe/Berlin"))
    seen = reader.get("/cards", 200)
    assert listed(seen) == ["near"]
    assert "close by" in seen.words
    assert sorted(listed(reader.get("/cards?anywhere=1", 200))) == ["far", "near"]
    assert "/cards?anywhere=1" in seen.links
    elsewhere = page.as_(make_person(city="Shiraz")).get("/cards", 200)
    assert "Nobody near Shiraz has a card yet" in elsewhere.words
    assert sorted(listed(elsewhere)) == ["far", "near"]
    assert far.id != near.id


def test_ones_own_card_is_not_among_those_of_others_but_linked(page, stranger):
    own, other = make_card(stranger, title="mine"), make_card(title="other")
    for path in ("/cards", "/cards?sort=newest"):
        seen = page.as_(stranger).get(path, 200)
        assert listed(seen) == ["other"], path
    assert f"/cards/{own.id}" in page.as_(stranger).get("/cards").links
    assert sorted(listed(page.get("/cards", 200))) == ["mine", "other"]
    assert f"/cards/{other.id}" in page.get("/cards").links


@pytest.mark.usefixtures("remembering")
def test_what_people_share_of_the_list_is_laid_around_what_is_their_own(program, owner, companion, stranger, operator):
    stranger.gender = "female"
    theirs, women = make_card(owner, title="theirs"), make_card(owner, title="for women", company="women")
    mine = make_card(companion, title="mine")
    make_interest(companion, theirs, status="declined")
    make_interest(companion, theirs)

    def seen(viewer):
        rows = program.as_(viewer).get("/cards", 200).data
        return {row["title"]: (row["interest_status"], row["can_ask"]) for row in rows}

    everything = {"theirs": (None, True), "for women": (None, True), "mine": (None, True)}
    assert seen(stranger) == everything, "she reads it first, and it is kept"
    assert seen(operator) == everything | {"for women": (None, False)}
    assert seen(companion) == {"theirs": ("pending", False), "for women": (None, False)}
    assert seen(owner) == {"mine": (None, True)}
    db.session.add(Block(blocker_id=owner.id, blocked_id=stranger.id))
    db.session.commit()
    assert seen(stranger) == {"mine": (None, True)}
    assert seen(operator) == everything | {"for women": (None, False)}
    program.as_(companion).patch(f"/cards/{mine.id}", {"state": "resting"}, 200)
    program.as_(owner).patch(f"/cards/{women.id}", {"title": "for all", "company": "anyone"}, 200)
    assert seen(operator) == {"theirs": (None, True), "for all": (None, True)}
    program.as_(operator).post(f"/cards/{theirs.id}/interest", {}, 201)
    assert seen(operator)["theirs"] == ("pending", False)


@pytest.mark.usefixtures("remembering")
def test_pages_of_a_kept_list_end_where_the_viewers_own_end(program, owner, companion, stranger):
    for number in range(4):
        make_card((owner, companion)[number % 2], title=f"card {number}", created_at=clock.now() - timedelta(number))

    def pages_of(viewer):
        after, found = "", []
        while True:
            reply = program.as_(viewer).get(f"/cards?limit=1{after}", 200)
            found.append([row["title"] for row in reply.data])
            if not (cursor := reply.meta["next"]):
                return found
            after = f"&after={cursor}"

    assert pages_of(stranger) == [["card 0"], ["card 1"], ["card 2"], ["card 3"]]
    assert pages_of(companion) == [["card 0"], ["card 2"]]
    assert pages_of(owner) == [["card 1"], ["card 3"]]
