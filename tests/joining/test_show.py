"""A run's page: what each viewer sees, and the one button with its reason."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hampa.platform import clock, ids
from tests.factories.cards import make_card, make_companions
from tests.factories.files import make_route
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run, take_part
from tests.html import words


def reason(answer):
    """Return the texts of the bar: the status, and the reason or the number."""
    return [words(line) for line in answer.one(class_="bar-words")]


def ways(answer):
    """Return the words on the bar's buttons and links, in order."""
    inside = [e for e in answer.one(id="bar").iter() if e.tag in ("a", "button")]
    return [words(e) or e.get("aria-label") for e in inside]


@pytest.mark.parametrize("viewer", ["visitor", "stranger", "companion", "owner", "operator"])
@pytest.mark.parametrize("visibility", ["public", "link"])
def test_who_knows_the_address_sees_the_run(page, owner, viewer, visibility, request):
    run = make_run(owner, title="Around the lake", visibility=visibility)
    browser = page.as_(request.getfixturevalue(viewer))
    assert words(browser.get(f"/runs/{run.id}", 200).one("h1")) == "Around the lake"
    assert browser.get(f"/r/{run.short_code}", 303).location == f"/runs/{run.id}"


@pytest.mark.parametrize("path", ["", "/participants", "/edit", "/cancel", "/join", "/leave", ".ics"])
def test_there_is_no_run_where_there_is_none(page, stranger, path):
    page.as_(stranger).get(f"/runs/{ids.new_id()}{path}", 404)
    page.get("/runs/not-an-id", 404)
    page.get(f"/r/{ids.short_code()}", 404)


def test_a_run_by_link_is_kept_from_search_engines(page):
    assert "noindex" in page.get(f"/runs/{make_run(visibility='link').id}").text
    assert "noindex" not in page.get(f"/runs/{make_run().id}").text


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", ["with Sara", "14 km", "Trail, Beginner", "1 h 20", "6:00", "5 places", "left of 5", "Tehran"]),
        (
            "fa",
            ["با Sara", "۱۴ کیلومتر", "کوه و خاک، تازه‌کار", "۱ ساعت و ۲۰ دقیقه", "۶:۰۰", "۵ جا", "مانده از ۵", "تهران"],
        ),
    ],
)
def test_the_page_says_all_there_is_to_know(page, language, texts):
    run = make_run(
        make_person(name="Sara"),
        place="North gate",
        distance_km=14,
        duration_min=80,
        capacity=5,
        level="beginner",
        terrain="trail",
        latitude=35.74,
        longitude=51.2,
        description="We *wait*.\n\n<script>alert(1)</script>",
    )
    seen = page.speaking(language).get(f"/runs/{run.id}", 200)
    assert [text for text in [*texts, "North gate", "We wait."] if text not in seen.words] == []
    assert "<script>alert" not in seen.text


def test_machines_read_the_event_off_the_page(page):
    run = make_run(make_person(name="Sara"), title="Loop", place="North gate", latitude=35.74, longitude=51.2)
    seen = page.get(f"/runs/{run.id}")
    event = seen.one(itemtype="https://schema.org/SportsEvent")
    assert words(seen.one("h1", itemprop="name")) == "Loop"
    assert seen.one("time", itemprop="startDate").get("datetime") == run.starts_at.astimezone(run.zone).isoformat()
    assert seen.one("link", itemprop="eventStatus").get("href").endswith("EventScheduled")
    assert seen.one(itemprop="latitude").get("content") == "35.74"
    assert seen.one(itemtype="https://schema.org/Person") in list(event.iter())
    assert seen.one("link", rel="canonical").get("href").endswith(f"/runs/{run.id}")
    assert seen.one("meta", property="og:title").get("content") == "Loop"
    assert "North gate" in seen.one("meta", property="og:description").get("content")


def test_how_to_get_there_is_one_tap_with_a_pin_and_without(page):
    pinned = page.get(f"/runs/{make_run(latitude=35.74, longitude=51.2).id}").links
    assert "geo:35.74,51.2?q=35.74,51.2" in pinned
    assert any("openstreetmap.org/?mlat=35.74&mlon=51.2" in link for link in pinned)
    named = page.get(f"/runs/{make_run(place='Laleh Park & lake').id}").links
    assert any("search?query=Laleh+Park+%26+lake" in link for link in named)
    assert not any(link.startswith("geo:") for link in named)


def test_visitors_see_the_organiser_and_the_number_but_nobody_else(page, owner, stranger):
    run = make_run(owner)
    take_part(run, make_person(name="Zohreh"))
    visitor, signed_in = page.get(f"/runs/{run.id}"), page.as_(stranger).get(f"/runs/{run.id}")
    assert owner.name in visitor.words
    assert "Zohreh" not in visitor.text
    assert "Sign in to see who's going" in visitor.words
    assert "Zohreh" in signed_in.words


def test_people_see_who_is_their_companion_and_who_brought_a_card(page, stranger, companion):
    run = make_run()
    make_companions(stranger, companion)
    card = make_card(companion)
    take_part(run, companion, card_id=card.id)
    seen = page.as_(stranger).get(f"/runs/{run.id}")
    assert "Your companion" in seen.words
    assert {f"/people/{companion.id}", f"/cards/{card.id}"} <= set(seen.links)
    assert f"/people/{companion.id}" not in page.as_(make_person()).get(f"/runs/{run.id}").links


def waiting(run, person):
    for status in ("GOING", "GOING", "WAITLISTED", "WAITLISTED"):
        take_part(run, status=status)
    take_part(run, person, "WAITLISTED")


STATES = {
    "open": (lambda run, me: take_part(run), ["1 place left", "1 going"], ["Interested", "I'm in"]),
    "full": (
        lambda run, me: [take_part(run), take_part(run)],
        ["Full", "Nobody waits yet"],
        ["Interested", "Join the waitlist"],
    ),
    "queue": (
        lambda run, me: [take_part(run), take_part(run), take_part(run, status="WAITLISTED")],
        ["Full", "1 waiting"],
        ["Interested", "Join the waitlist 1 ahead"],
    ),
    "interested": (
        lambda run, me: take_part(run, me, "INTERESTED"),
        ["2 places left", "Be the first"],
        ["Interested", "I'm in"],
    ),
    "waiting": (waiting, ["You're waiting", "2 ahead"], ["Waiting change"]),
    "next": (
        lambda run, me: [take_part(run), take_part(run), take_part(run, me, "WAITLISTED")],
        ["You're waiting", "You are next in line"],
        ["Waiting change"],
    ),
    "going": (
        take_part,
        ["You're in", "1 place left"],
        ["Add to calendar", "Share", "How to get there", "Going change"],
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_the_button_is_one_state_machine_with_its_reason(page, stranger, state):
    run = make_run(capacity=2)
    prepare, said, offered = STATES[state]
    prepare(run, stranger)
    browser = page.as_(stranger)
    seen = browser.get(f"/runs/{run.id}")
    assert (reason(seen), ways(seen)) == (said, offered)
    fragment = browser.htmx.get(f"/runs/{run.id}")
    assert (reason(fragment), ways(fragment)) == (said, offered)


@pytest.mark.parametrize(
    ("minutes", "given", "said"), [(-60, {"cancelled": True}, "Cancelled"), (10, {}, "On the way"), (60, {}, "Over")]
)
@pytest.mark.parametrize("mine", [None, "GOING", "WAITLISTED", "INTERESTED"])
def test_a_closed_run_offers_nothing_and_says_why(page, stranger, minutes, given, said, mine):
    run = make_run(capacity=2)
    if mine:
        take_part(run, stranger, mine)
    run.cancelled_at = clock.now() if given else None
    run.cancel_reason = "Ice on the road" if given else ""
    with clock.frozen(run.starts_at + timedelta(minutes=minutes)):
        seen = page.as_(stranger).get(f"/runs/{run.id}", 200)
    assert (reason(seen)[0], ways(seen)) == (said, [])
    assert ("Ice on the road" in seen.words) == bool(given)
    assert seen.one("link", itemprop="eventStatus").get("href").endswith("EventCancelled") == bool(given)


@pytest.mark.parametrize(("taken", "label"), [(0, "I'm in"), (2, "Join the waitlist")])
def test_a_visitor_signs_in_first_and_finds_it_done(page, taken, label):
    run = make_run(capacity=2)
    for _ in range(taken):
        take_part(run)
    seen = page.get(f"/runs/{run.id}")
    assert ways(seen) == ["Interested", label]
    action = "wait" if taken else "join"
    assert {f"/login?act=run_interest:{run.id}", f"/login?act=run_{action}:{run.id}"} <= set(seen.links)
    assert not seen.all("form", action=f"/runs/{run.id}/join")


def test_only_the_organiser_is_shown_the_way_to_edit_and_cancel(page, owner, stranger):
    run = make_run(owner)
    own = {f"/runs/{run.id}/edit", f"/runs/{run.id}/cancel"}
    assert own <= set(page.as_(owner).get(f"/runs/{run.id}").links)
    assert not own & set(page.as_(stranger).get(f"/runs/{run.id}").links)
    with clock.frozen(run.starts_at):
        assert not own & set(page.as_(owner).get(f"/runs/{run.id}").links)


def test_the_short_link_stands_on_the_page(page):
    run = make_run()
    assert page.get(f"/runs/{run.id}").one(id="share").get("value").endswith(f"/r/{run.short_code}")


def test_everybody_in_order_by_list_and_page_by_page(page, stranger):
    run = make_run(capacity=60)
    names = [f"Runner {number:02}" for number in range(60)]
    for name in names:
        take_part(run, make_person(name=name))
    take_part(run, make_person(name="To do"), "WAITLISTED")
    take_part(run, make_person(name="Unsure"), "INTERESTED")
    browser = page.as_(stranger)
    first = browser.get(f"/runs/{run.id}/participants", 200)
    second = browser.get(first.one(id="pager").find("a").get("href"), 200)
    assert [words(name) for answer in (first, second) for name in answer.all(class_="person-name")] == names
    for which, only in (("waiting", "To do"), ("interested", "Unsure")):
        listed = browser.get(f"/runs/{run.id}/participants?list={which}", 200)
        assert [words(name) for name in listed.all(class_="person-name")] == [only]
    assert "Runner 00" in browser.get(f"/runs/{run.id}/participants?list=nonsense", 200).words


@pytest.mark.parametrize(
    ("which", "invitation"), [("going", "Be the first"), ("waiting", "Nobody waits"), ("interested", "aren't sure yet")]
)
def test_an_empty_list_of_people_says_what_belongs_there(page, stranger, which, invitation):
    run = make_run()
    assert invitation in page.as_(stranger).get(f"/runs/{run.id}/participants?list={which}", 200).words


def test_a_line_to_the_organiser_is_read_by_the_organiser_alone(page, owner, stranger):
    run = make_run(owner)
    take_part(run, note="I bring the tea")
    assert "I bring the tea" in page.as_(owner).get(f"/runs/{run.id}/participants").words
    assert "I bring the tea" not in page.as_(stranger).get(f"/runs/{run.id}/participants").text


def test_forty_people_cost_as_many_statements_as_four(page, stranger, statements):
    run = make_run()
    take_part(run, stranger)
    browser, cost = page.as_(stranger), {}
    for people in (4, 40):
        while run.taken < people:
            take_part(run)
        for path in ("", "/participants"):
            with statements() as seen:
                browser.get(f"/runs/{run.id}{path}")
            cost[people, path] = len(seen)
    assert cost[4, ""] == cost[40, ""] <= 12
    assert cost[4, "/participants"] == cost[40, "/participants"] <= 6


def test_a_long_name_breaks_nothing(page, stranger):
    run = make_run(make_person(name="ن" * 60), title="W" * 120, place="م" * 120, starts_local=in_days(1))
    assert "W" * 120 in page.as_(stranger).get(f"/runs/{run.id}", 200).words


def test_what_destroys_comes_last_and_only_where_it_can(page, owner):
    run = make_run(owner)
    browser, gone = page.as_(owner), f"/runs/{run.id}/delete"
    tools = [e.get("href") for e in browser.get(f"/runs/{run.id}", 200).one(id="organising").iter("a")]
    assert tools[-2:] == [f"/runs/{run.id}/cancel", gone]
    take_part(run)
    assert gone not in browser.get(f"/runs/{run.id}", 200).links
    run.cancelled_at = clock.now()
    assert gone in browser.get(f"/runs/{run.id}", 200).links


def test_who_organises_is_told_what_others_see_of_a_cut_route(page, owner, stranger):
    run = make_run(owner)
    make_route(run, cut=True)
    assert "Others see 0.3 km of it" in page.as_(owner).get(f"/runs/{run.id}", 200).words
    assert "Others see" not in page.as_(stranger).get(f"/runs/{run.id}", 200).words
    assert "Others see" not in page.as_(take_part(run)).get(f"/runs/{run.id}", 200).words


def test_who_comes_is_read_again_by_itself_until_the_start(page, stranger):
    run = make_run()
    assert page.as_(stranger).get(f"/runs/{run.id}", 200).one(id="people").get("data-hx-trigger") == "live, every 120s"
    assert "data-hx-trigger" not in page.get(f"/runs/{run.id}", 200).one(id="people").attrib
    with clock.frozen(run.starts_at):
        assert "data-hx-trigger" not in page.as_(stranger).get(f"/runs/{run.id}", 200).one(id="people").attrib
