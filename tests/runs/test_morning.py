"""The morning of the run, for who organises it: who is here, who is late, whom to call, who just turned up."""

from __future__ import annotations

from datetime import timedelta

from hampa.platform import clock
from tests.factories.runs import make_run, place_of, take_part


def morning(owner, people=3):
    run = make_run(owner, meet_minutes_before=15)
    return run, [take_part(run) for _ in range(people)], clock.frozen(run.meets_at - timedelta(minutes=5))


def test_the_list_says_who_is_late_and_calls_whom_nobody_has_marked(page, owner):
    run, (late, here, awaited), now = morning(owner)
    with now:
        page.as_(late).post(f"/runs/{run.id}/late", {"minutes": "10"}, 303)
        browser = page.as_(owner)
        browser.post(
            f"/runs/{run.id}/attendance",
            {f"mark-{place_of(run, here)}": "COMPLETED", f"was-{place_of(run, here)}": ""},
            303,
        )
        answer = browser.get(f"/runs/{run.id}/attendance")
        assert "10 min late" in answer.words
        called = {link.attrib["href"] for link in answer.all("a") if link.attrib.get("href", "").startswith("tel:")}
        assert called == {f"tel:{late.phone}", f"tel:{awaited.phone}"}


def test_whoever_is_not_here_yet_stands_alone_on_one_list(page, owner):
    run, (one, here, other), now = morning(owner)
    with now:
        browser = page.as_(owner)
        browser.post(
            f"/runs/{run.id}/attendance",
            {f"mark-{place_of(run, here)}": "COMPLETED", f"was-{place_of(run, here)}": ""},
            303,
        )
        names = browser.get(f"/runs/{run.id}/attendance?awaited=1").words
        assert one.name in names and other.name in names and here.name not in names
        for person in (one, other):
            browser.post(
                f"/runs/{run.id}/attendance",
                {f"mark-{place_of(run, person)}": "NO_SHOW", f"was-{place_of(run, person)}": ""},
                303,
            )
        assert "Everybody is here, or marked as absent." in browser.get(f"/runs/{run.id}/attendance?awaited=1").words


def test_numbers_are_shown_only_around_the_run(page, owner):
    run, _people, _now = morning(owner)
    with clock.frozen(run.ends_at + timedelta(hours=3)):
        assert "tel:" not in page.as_(owner).get(f"/runs/{run.id}/attendance").text


def test_eighty_people_cost_as_many_statements_as_eight(page, owner, statements):
    run, _people, now = morning(owner, 8)
    browser, cost, again = page.as_(owner), [], []
    with now:
        for more in (0, 72):
            for _ in range(more):
                take_part(run)
            with statements() as seen:
                browser.get(f"/runs/{run.id}/attendance")
            cost.append(len(seen))
            with statements() as seen:
                browser.get(f"/runs/{run.id}/attendance")
            again.append(len(seen))
    assert cost[1] <= cost[0] <= 13, "once it is recorded, and told, whose numbers were shown"
    assert again[1] <= again[0] <= 10


def test_the_page_of_the_run_leads_who_organises_it_to_what_is_next(page, owner, stranger):
    run = make_run(owner, join_policy="approval")
    browser = page.as_(owner)
    assert "asks to join" not in browser.get(f"/runs/{run.id}").words
    page.as_(stranger).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    assert "1 asks to join" in browser.get(f"/runs/{run.id}").words
    assert "You organise this run" not in page.as_(stranger).get(f"/runs/{run.id}").words
    with clock.frozen(run.starts_at - timedelta(minutes=20)):
        assert "Who is here?" in browser.get(f"/runs/{run.id}").words


def test_who_is_late_stands_first_whoever_comes_sooner_before_the_others(page, owner):
    run, people, now = morning(owner, 4)
    with now:
        for person, minutes in ((people[3], "20"), (people[2], "5")):
            page.as_(person).post(f"/runs/{run.id}/late", {"minutes": minutes}, 303)
        browser = page.as_(owner)
        listed = [row.attrib["id"] for row in browser.get(f"/runs/{run.id}/attendance").all("li", class_="attendee")]
        assert listed[:2] == [f"mark-{place_of(run, people[2])}", f"mark-{place_of(run, people[3])}"]
        browser.post(f"/runs/{run.id}/attendance", {f"mark-{place_of(run, people[2])}": "COMPLETED"}, 303)
        answer = browser.get(f"/runs/{run.id}/attendance")
        assert answer.all("li", class_="attendee")[0].attrib["id"] == f"mark-{place_of(run, people[3])}"
        assert "1 of 4 here" in answer.words


def test_who_just_turned_up_is_here(page, owner, states):
    run, people, now = morning(owner)
    browser = page.as_(owner)
    with now:
        browser.post(f"/runs/{run.id}/walk-ins", {"name": "Parisa", "phone": "09121234567"}, 303)
        browser.post(f"/runs/{run.id}/walk-ins", {"name": "Again", "phone": people[0].phone}, 303)
        assert "2 of 4 here" in browser.get(f"/runs/{run.id}/attendance").words


def test_a_full_run_leads_whoever_adds_somebody_to_its_places(page, owner):
    run = make_run(owner, capacity=2)
    for _ in range(2):
        take_part(run)
    with clock.frozen(run.starts_at - timedelta(minutes=20)):
        answer = page.as_(owner).get(f"/runs/{run.id}/walk-ins")
        assert f"/runs/{run.id}/edit#capacity" in {link.attrib.get("href") for link in answer.all("a")}


def test_my_code_is_at_hand_on_the_morning(page, stranger):
    run = make_run()
    take_part(run, stranger)
    for before, at_hand in ((timedelta(hours=40), 0), (timedelta(hours=1), 1)):
        with clock.frozen(run.starts_at - before):
            bar = page.as_(stranger).get(f"/runs/{run.id}").document.one(id="bar")
            assert sum(link.attrib.get("href") == f"/runs/{run.id}/ticket" for link in bar.iter("a")) == at_hand
