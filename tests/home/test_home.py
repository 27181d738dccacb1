"""The first page, for a visitor, a newcomer and somebody with a run ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale import dates
from hampa.runs.models.participation import Participation
from hampa.runs.queries import people
from tests.factories.cards import make_card, make_companions, make_interest
from tests.factories.crews import make_crew
from tests.factories.duties import make_booking, make_schedule
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, in_days, make_run, take_part
from tests.factories.training import make_activity


def steps(seen):
    """Return the hrefs of the first steps that are still to be taken."""
    (listed,) = seen.all("ol", class_="steps")
    return [link.attrib["href"] for link in listed.iter("a")]


@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_visitor_reads_what_this_is_and_sees_live_runs(page, owner, language):
    run = make_run(owner)
    hidden = make_run(owner, visibility="link")
    seen = page.speaking(language).get("/", 200)
    assert {"/login", "/runs", f"/runs/{run.id}"} <= set(seen.links)
    assert f"/runs/{hidden.id}" not in seen.links
    assert not seen.all("ol", class_="steps")


def test_an_empty_site_invites(page, owner):
    assert "/login" in page.get("/", 200).links
    settled = make_card(owner) and page.as_(owner).get("/", 200)
    assert "/runs/new" in settled.links


def test_a_newcomer_is_shown_three_steps_and_what_is_done_of_them(page):
    nameless = page.as_(make_person(name="")).get("/", 200)
    assert steps(nameless) == ["/welcome", "/cards/new", "/runs"]
    named = make_person()
    assert steps(page.as_(named).get("/", 200)) == ["/cards/new", "/runs"]
    make_card(named, state="resting")
    assert not page.as_(named).get("/", 200).all("ol", class_="steps")


def test_the_next_run_is_the_soonest_i_go_to(page, owner, companion):
    now = clock.now()
    later = make_run(owner, title="Later", starts_at=now + timedelta(days=3))
    sooner = make_run(owner, title="Sooner", starts_at=now + timedelta(days=2))
    cancelled = make_run(owner, title="Cancelled", starts_at=now + timedelta(hours=5), cancelled_at=now)
    maybe = make_run(owner, title="Maybe", starts_at=now + timedelta(hours=6))
    for run in (later, sooner, cancelled):
        take_part(run, companion)
    take_part(maybe, companion, "INTERESTED")
    (hero,) = page.as_(companion).get("/", 200).all("section", class_="dawn")
    words = " ".join("".join(hero.itertext()).split())
    assert "Sooner" in words
    assert "with Sara Karimi" in words
    assert not [other for other in ("Later", "Cancelled", "Maybe") if other in words]
    assert f"/runs/{sooner.id}" in [link.attrib["href"] for link in hero.iter("a")]


@pytest.mark.parametrize(("others", "words"), [(0, "with Sara Karimi"), (1, "and 1 other"), (4, "and 4 others")])
def test_the_hero_says_who_comes(page, owner, companion, others, words):
    run = make_run(owner, taken=others + 1)
    take_part(run, companion)
    (hero,) = page.as_(companion).get("/", 200).all("section", class_="dawn")
    assert words in " ".join("".join(hero.itertext()).split())


def test_who_organises_reads_how_many_come(page, owner):
    run = make_run(owner, taken=3)
    take_part(run, owner)
    assert "3 more going" in page.as_(owner).get("/", 200).words


def answers(seen):
    """Return the words of what waits, without the names of the buttons."""
    return [" ".join("".join(words.itertext()).split()) for words in seen.all("div", class_="answer-words")]


def heroes(seen):
    """Return the words of the parts on a dawn sky, from the top."""
    return [" ".join("".join(hero.itertext()).split()) for hero in seen.all("section", class_="dawn")]


def test_an_interest_is_answered_on_home_and_my_own_card_is_not_offered_to_me(page, owner, companion):
    mine = make_card(owner)
    theirs = make_card(companion)
    interest = make_interest(companion, mine)
    seen = page.as_(owner).get("/", 200)
    (words,) = answers(seen)
    assert words.startswith("Reza Ahmadi would like to run with you")
    assert f"/cards/{theirs.id}" in seen.links
    assert f"/cards/{mine.id}" not in seen.links
    done = page.as_(owner).post(f"/interests/{interest.id}", {"decision": "decline", "next": "/"}, 303)
    assert done.location == "/"
    assert not answers(page.as_(owner).get("/", 200))


def test_a_run_that_i_only_organise_counts_as_mine_now(page, owner, companion):
    theirs = make_run(companion, title="Thursday", starts_at=clock.now() + timedelta(days=3))
    take_part(theirs, owner)
    mine = make_run(owner, title="Mine", starts_at=clock.now() + timedelta(minutes=4), taken=3)
    take_part(mine, companion, late_min=10)
    seen = page.as_(owner).get("/", 200)
    now, week = heroes(seen)
    assert "Your run begins in 4 min" in now
    assert "4 going" in now
    assert "Reza Ahmadi 10 min late" in now
    assert "Thursday" in week
    assert {f"/runs/{mine.id}", f"/runs/{mine.id}/participants", f"/runs/{mine.id}/attendance"} <= set(seen.links)


@pytest.mark.parametrize(("minutes", "is_now"), [(175, True), (185, False)])
def test_three_hours_before_its_start_a_run_is_what_counts(page, owner, companion, minutes, is_now):
    run = make_run(owner, starts_at=clock.now() + timedelta(minutes=minutes), meet_minutes_before=15)
    take_part(run, companion)
    seen = page.as_(companion).get("/", 200)
    assert bool(seen.all("section", class_="now")) == is_now
    assert ("Be there at" in seen.words) == is_now
    assert (f"/runs/{run.id}#place" in seen.links) == is_now


def test_who_comes_to_a_run_now_has_a_code_and_can_be_late(page, owner, companion, stranger):
    run = make_run(owner, starts_at=clock.now() + timedelta(minutes=50))
    take_part(run, companion)
    seen = page.as_(companion).get("/", 200)
    (hero,) = seen.all("section", class_="now")
    assert f"/runs/{run.id}/ticket" in [link.attrib["href"] for link in hero.iter("a")]
    assert f"/runs/{run.id}/participants" not in [link.attrib["href"] for link in hero.iter("a")]
    page.as_(companion).post(f"/runs/{run.id}/late", {"minutes": "10"}, 303)
    assert "The organisers know: 10 minutes late." in page.as_(companion).get("/", 200).words
    assert not page.as_(stranger).get("/", 200).all("section", class_="now")


def test_who_has_arrived_is_not_asked_to_be_late(page, owner, companion):
    run = make_run(owner, starts_at=clock.now() + timedelta(minutes=5))
    take_part(run, companion)
    mark = {f"mark-{people.participation_of(companion, run.id).id}": "COMPLETED"}
    page.as_(owner).post(f"/runs/{run.id}/attendance", mark, 303)
    now = heroes(page.as_(companion).get("/", 200))[0]
    assert "You are here" in now
    assert "I'm late" not in now


def test_my_week_has_a_dot_for_each_day_with_a_run(page, owner, companion, stranger):
    run = make_run(owner, title="Today's", starts_at=clock.now() + timedelta(seconds=30))
    take_part(run, companion)
    seen = page.as_(companion).get("/", 200)
    days = list(seen.one("ol", class_="my-week").iter("li"))
    assert len(days) == 7
    marked = [day for day in days if day.get("aria-current") == "date"]
    assert len(marked) == 1
    dots = [(link.attrib["href"], link.attrib["aria-label"]) for day in days for link in day.iter("a")]
    assert [href for href, _label in dots] == [f"/runs/{run.id}"]
    assert dots[0][1].startswith(f"{dates.to_local(clock.now(), companion.timezone):%A}: ")
    assert "Today's" in dots[0][1]
    assert not page.as_(stranger).get("/", 200).all("ol", class_="my-week"), "before the first run there is no week"


def test_my_week_has_training_and_shifts_beside_runs(page, owner, companion):
    with clock.frozen(datetime(2026, 12, 2, 9, tzinfo=UTC)):
        run = make_run(owner, title="At noon", starts_at=clock.now() + timedelta(minutes=30))
        take_part(run, companion)
        make_activity(companion, ago=timedelta(minutes=90), kind="walk")
        booking = make_booking(make_schedule(make_crew(owner, companion), name="North gate"), companion, clock.now())
        (link,) = page.as_(companion).get("/", 200).one("ol", class_="my-week").iter("a")
        assert link.attrib["href"] == f"/runs/{run.id}"
        assert all(words in link.attrib["title"] for words in ("At noon", "North gate", "Walk"))
        dots = [dot.attrib["class"].split()[-1] for dot in link.iter("b")]
        assert dots == ["my-week-dot", "my-week-training", "my-week-shift"]
        db.session.execute(delete(Participation))
        (link,) = page.as_(companion).speaking("fa").get("/", 200).one("ol", class_="my-week").iter("a")
        assert link.attrib["href"] == f"/duties/bookings/{booking.id}"


def test_what_a_co_organiser_has_agreed_to_is_theirs_too(page, owner, companion):
    run = make_run(owner, title="Together")
    add_organiser(run, companion, agreed_at=None)
    assert not [words for words in heroes(page.as_(companion).get("/", 200)) if "Together" in words]
    shared = make_run(owner, title="Shared")
    add_organiser(shared, companion)
    seen = page.as_(companion).get("/", 200)
    (hero,) = heroes(seen)
    assert "Shared" in hero
    assert "The run you organise" in hero
    assert "Shared" not in [title for row in seen.all("article") for title in row.itertext()], "it is in my week"


def test_all_that_waits_for_my_answer_is_one_counted_list(page, owner, companion):
    asked = make_run(owner, title="Asked for", join_policy="approval", starts_at=clock.now() + timedelta(days=2))
    take_part(asked, make_person(name="Lena"), "REQUESTED", note="With a dog")
    offered = make_run(companion, title="Has a place", capacity=2)
    take_part(offered, owner, "OFFERED", offer_ends_at=clock.now() + timedelta(hours=1))
    invited = make_run(companion, title="Helps", starts_at=clock.now() + timedelta(days=3))
    page.as_(companion).post(f"/runs/{invited.id}/organisers", {"organisers": owner.phone}, 303)
    make_interest(companion, make_card(owner))
    over = make_run(owner, title="Was", starts_local=in_days(-1), join_policy="approval")
    take_part(over, status="REQUESTED")
    seen = page.as_(owner).get("/", 200)
    starts = (
        "A place is offered to you: Has a place",
        "Lena asks to join Asked for",
        "You are asked to organise: Helps",
    )
    listed = answers(seen)
    assert [words.startswith(start) for words, start in zip(listed, starts, strict=False)] == [True] * 3
    assert "With a dog" in listed[1]
    assert listed[3].startswith("Reza Ahmadi would like to run with you")
    assert len(listed) == 4
    (part,) = [part for part in seen.all("section") if part.get("id") == "answers"]
    assert " ".join("".join(part.itertext()).split()).startswith("Waiting for your answer4")
    assert f"/runs/{invited.id}/invitation" in seen.links


def test_who_is_asked_along_to_a_run_answers_on_home(page, owner, companion):
    make_companions(owner, companion)
    run = make_run(owner, title="Along")
    page.as_(owner).post(f"/runs/{run.id}/invite", {"person_id": str(companion.id)}, 303)
    reader = page.as_(companion)
    (words,) = answers(reader.get("/", 200))
    assert words.startswith("Sara Karimi invites you along to Along")
    reader.post(f"/runs/{run.id}/asked", {}, 303)
    assert not answers(reader.get("/", 200))
    other = make_run(owner)
    page.as_(owner).post(f"/runs/{other.id}/invite", {"person_id": str(companion.id)}, 303)
    take_part(other, companion)
    assert not answers(reader.get("/", 200)), "who has joined has answered"


def test_a_request_is_answered_on_home_and_home_comes_back(page, owner):
    run = make_run(owner, join_policy="approval", capacity=5)
    yes, no = (people.participation_of(take_part(run, status="REQUESTED"), run.id) for _ in range(2))
    reader = page.as_(owner)
    path = f"/runs/{run.id}/requests"
    home = "/#answers"
    done = reader.post(path, {"answer": "yes", "person": str(yes.id), "next": home}, 303)
    assert done.response.headers["Location"].endswith(home)
    assert reader.post(path, {"answer": "no", "person": str(no.id), "next": "//evil.example/"}, 303).location == path
    assert (yes.status, no.status) == ("GOING", "LEFT")
    assert not answers(reader.get("/", 200))


def test_what_an_answer_did_is_said_above_the_list_and_in_its_row_with_htmx(page, owner):
    run = make_run(owner, join_policy="approval", capacity=5)
    first, second = (take_part(run, make_person(name=name), status="REQUESTED") for name in ("Ali", "Mina"))
    reader = page.as_(owner)
    forms = {form.values["person"]: form for form in reader.get("/", 200).forms if form.values.get("answer") == "yes"}
    ids = [str(people.participation_of(one, run.id).id) for one in (first, second)]
    shown = forms[ids[0]].submit(status=303).follow()
    (part,) = [part for part in shown.all("section") if part.get("id") == "answers"]
    assert "Ali is in." in " ".join(part.itertext()), "where the finger was, not at the top of the page"
    assert f"/runs/{run.id}/participants/{ids[0]}" in shown.links
    assert "Ali is in." not in reader.get("/", 200).words
    row = forms[ids[1]].submit(htmx=True, status=200)
    assert "Mina is in." in row.words and "HX-Redirect" not in row.response.headers
    assert forms[ids[1]].element.get("data-hx-target") == "closest .answer-do"
    assert "That was answered already." in forms[ids[1]].submit(htmx=True, status=200).words


def test_a_no_to_who_asks_along_is_taken_back_with_one_tap(page, owner, companion):
    make_companions(owner, companion)
    run = make_run(owner, title="Along")
    page.as_(owner).post(f"/runs/{run.id}/invite", {"person_id": str(companion.id)}, 303)
    reader = page.as_(companion)
    shown = reader.get("/", 200).form(f"/runs/{run.id}/asked").submit(status=303).follow()
    assert not answers(shown)
    back = shown.form(f"/runs/{run.id}/asked").submit(status=303).follow()
    assert answers(back)[0].startswith("Sara Karimi invites you along")


def test_what_waits_for_others_is_not_on_my_home(page, owner, companion, stranger, operator):
    run = make_run(owner, join_policy="approval")
    take_part(run, status="REQUESTED")
    make_interest(stranger, make_card(owner))
    for viewer in (None, stranger, companion, operator):
        reader = page.as_(viewer)
        assert not answers(reader.get("/", 200))
        if viewer is not None:
            assert not answers(reader.get("/answers", 200))
    assert len(answers(page.as_(owner).get("/", 200))) == 2


def test_of_much_that_waits_the_first_is_shown_and_all_is_a_page(page, owner):
    run = make_run(owner, join_policy="approval")
    for _ in range(23):
        take_part(run, status="REQUESTED")
    seen = page.as_(owner).get("/", 200)
    assert len(answers(seen)) == 5
    assert "/answers" in seen.links
    first = page.as_(owner).get("/answers", 200)
    assert len(answers(first)) == 20
    (more,) = [link for link in first.links if link.startswith("/answers?after=")]
    assert len(answers(page.as_(owner).get(more, 200))) == 3


def test_a_wider_circle_is_one_tap_away(page, owner):
    newcomer = make_person(city="Berlin", timezone="Europe/Berlin")
    near = make_run(owner, place="Tiergarten, Berlin", timezone="Europe/Berlin")
    wider = make_run(owner, place="Leipzig", timezone="Europe/Berlin")
    far = make_run(owner)
    shown = []
    path = "/"
    for _ in range(3):
        seen = page.as_(newcomer).get(path, 200)
        shown.append({run.id for run in (near, wider, far) if f"/runs/{run.id}" in seen.links})
        path = next((link for link in seen.links if "within=" in link), path)
    assert shown == [{near.id}, {near.id, wider.id}, {near.id, wider.id, far.id}]


def test_who_lives_in_berlin_sees_what_is_near_berlin(page, owner):
    newcomer = make_person(city="Berlin", timezone="Europe/Berlin")
    far = make_run(owner, title="Far away")
    near = make_run(owner, title="Close", place="Tiergarten, Berlin", timezone="Europe/Berlin")
    far_card = make_card(owner)
    near_card = make_card(make_person(city="Berlin", timezone="Europe/Berlin"), place="Berlin")
    seen = page.as_(newcomer).get("/", 200)
    assert f"/runs/{near.id}" in seen.links
    assert f"/runs/{far.id}" not in seen.links
    assert f"/cards/{near_card.id}" in seen.links
    assert f"/cards/{far_card.id}" not in seen.links
    assert "Next runs near Berlin" in seen.words
    assert "close by" in seen.words
    assert "/runs?near=Berlin&radius_km=50" in seen.links
    assert "/runs" in [link.attrib["href"] for link in seen.all("main")[0].iter("a")]
    assert {f"/runs/{near.id}", f"/runs/{far.id}"} <= set(page.as_(newcomer).get("/runs?anywhere=1", 200).links)


def test_where_nobody_is_near_home_shows_what_is_further_away_and_says_how_far(page, owner):
    run, card = make_run(owner), make_card(owner)
    seen = page.as_(make_person(city="برلین", timezone="Europe/Berlin")).get("/", 200)
    assert {f"/runs/{run.id}", f"/cards/{card.id}"} <= set(seen.links)
    assert "Nobody has published a run near Berlin yet." in seen.words
    assert seen.words.count("3,506 km away") == 2


@pytest.mark.parametrize(("path", "words"), [("/runs", "42 km away"), ("/cards", "close by")])
def test_a_list_around_a_place_says_how_far_each_row_is(page, owner, path, words):
    make_run(place="Karaj, station")
    make_card(place="Tehran")
    assert words not in page.as_(owner).get(f"{path}?anywhere=1", 200).words
    for place in ("?near=Tehran&radius_km=60", ""):
        assert words in page.as_(owner).get(f"{path}{place}", 200).words
