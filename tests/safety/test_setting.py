"""Setting it: which time is meant, who may be named, what is refused, and who sees what."""

from __future__ import annotations

import pytest

from hampa.platform import clock
from hampa.platform.config import Settings
from hampa.safety import queries
from tests.factories.people import make_person, phone
from tests.factories.runs import make_run, take_part
from tests.safety.conftest import FORM, MOTHER, TEHRAN, at, watch_of


def refused(page, person, name, run=None, when="18:00", **fields):
    """Return the error beside the field when the form is refused."""
    url = f"/safety/new?run={run.id}" if run else "/safety/new"
    with clock.frozen(at(when)):
        answer = page.as_(person).post(url, FORM | fields, 422)
    assert watch_of(person) is None
    return answer.error_of(name)


@pytest.mark.parametrize(
    ("when", "typed", "meant"),
    [
        ("18:00", "20:30", "2026-12-04 20:30"),
        ("18:00", "۲۰:۳۰", "2026-12-04 20:30"),
        ("22:30", "0:30", "2026-12-05 00:30"),
        ("18:00", "17:59", "2026-12-05 17:59"),
        ("18:00", "18:00", "2026-12-05 18:00"),
    ],
)
def test_alone_the_time_is_the_next_that_clocks_show(go_out, when, typed, meant):
    assert go_out(when=when, expected_at=typed).expected_at == at(meant)


def test_with_a_run_it_is_the_first_after_its_start(go_out):
    tomorrow = make_run(starts_at=at("2026-12-05 17:00"))
    assert go_out(run=tomorrow, expected_at="20:30").expected_at == at("2026-12-05 20:30")


def test_with_a_run_the_clock_is_that_of_the_run(go_out):
    in_berlin = make_run(starts_at=at("19:00"), timezone="Europe/Berlin")
    assert go_out(run=in_berlin, expected_at="18:30").expected_at == at("21:00")


def test_the_form_suggests_a_time_and_who_was_named_last(page, go_out, sara):
    watch = go_out()
    with clock.frozen(at("19:00")):
        page.as_(sara).post(f"/safety/{watch.id}/home", None, 303)
        run = make_run(starts_at=at("19:30"), duration_min=50)
        with_run = page.as_(sara).get(f"/safety/new?run={run.id}", 200).form()
        alone = page.as_(sara).get("/safety/new", 200).form()
    assert (with_run.values["expected_at"], alone.values["expected_at"]) == ("21:00", "20:15")
    assert "place" not in with_run.names
    assert (alone.values["contact_name"], alone.values["contact_phone"]) == ("Maman", "0912 123 4567")


def test_what_is_missing_or_wrong_is_said_beside_the_field_and_kept(page, sara):
    assert "hours and minutes" in refused(page, sara, "expected_at", expected_at="soon")
    assert refused(page, sara, "contact_name", contact_name="")
    assert "Check the digits" in refused(page, sara, "contact_phone", contact_phone="123")
    assert "can't receive an SMS" in refused(page, sara, "contact_phone", contact_phone="021 8888 8888")
    assert "this country" in refused(page, sara, "contact_phone", contact_phone="+49 1512 3456789")
    assert "your own number" in refused(page, sara, "contact_phone", contact_phone=sara.phone)
    assert refused(page, sara, "place", place="x" * 121)
    far = make_run(starts_at=at("2026-12-05 18:30"))
    assert "24 hours" in refused(page, sara, "expected_at", run=far)
    with clock.frozen(at("18:00")):
        kept = page.as_(sara).post("/safety/new", FORM | {"contact_phone": "123"}, 422).form()
    assert (kept.values["contact_name"], kept.values["contact_phone"]) == ("Maman", "123")


def test_one_at_a_time(page, go_out, sara):
    first = go_out()
    with clock.frozen(at("18:05")):
        answer = page.as_(sara).post("/safety/new", FORM, 422)
    assert "Somebody is already waiting for you" in answer.words
    assert watch_of(sara).id == first.id


@pytest.fixture
def limits(app, monkeypatch):
    """Run under other limits."""

    def change(**given: int) -> None:
        known: Settings = app.extensions["hampa.settings"]
        monkeypatch.setitem(app.extensions, "hampa.settings", known.model_copy(update=given))

    return change


def test_so_often_a_day_and_no_oftener(page, go_out, sara, limits):
    limits(watches_per_person_day=2)
    for _ in range(2):
        watch = go_out()
        with clock.frozen(at("19:00")):
            page.as_(sara).post(f"/safety/{watch.id}/home", None, 303)
    with clock.frozen(at("19:05")):
        assert "2 times a day" in page.as_(sara).post("/safety/new", FORM, 422).words
    go_out(when="2026-12-05 19:06")


def test_a_number_is_not_told_by_ever_more_people(page, go_out, work_at, db_session, limits):
    limits(watches_per_contact_day=2)
    go_out(make_person())
    go_out(make_person())
    third = make_person()
    assert "Name somebody else" in refused(page, third, "contact_phone")
    go_out(third, contact_phone="0912 765 4321")


def test_who_was_told_counts_for_a_day_and_who_came_home_does_not(page, go_out, work_at, db_session, limits):
    limits(watches_per_contact_day=1)
    reza, mina = make_person(), make_person()
    watch = go_out(reza)
    with clock.frozen(at("19:00")):
        page.as_(reza).post(f"/safety/{watch.id}/home", None, 303)
    assert queries.alerts_sent(MOTHER) == 0
    watch = go_out(reza, when="19:05")
    for moment in ("20:30", "20:45"):
        work_at(moment)
    with clock.frozen(at("21:00")):
        page.as_(reza).post(f"/safety/{watch.id}/home", None, 303)
    assert "Name somebody else" in refused(page, mina, "contact_phone", when="21:05", expected_at="22:00")
    go_out(mina, when="2026-12-05 20:50", expected_at="22:00")


def test_nobody_else_can_see_or_touch_it(page, go_out, sara, stranger, operator, owner):
    run = make_run(owner, starts_at=at("18:30"))
    take_part(run, sara)
    watch = go_out(run=run)
    with clock.frozen(at("19:00")):
        for other in (stranger, operator, owner):
            looking = page.as_(other)
            for deed, fields in (("home", None), ("more", {"minutes": "15"}), ("cancel", None)):
                looking.post(f"/safety/{watch.id}/{deed}", fields, 404)
            for url in ("/safety", "/", f"/runs/{run.id}", f"/runs/{run.id}/participants"):
                seen = looking.get(url, 200)
                assert "Maman" not in seen.text
                assert "912 123" not in seen.text
    assert watch_of(sara).status == "waiting"


def test_home_has_one_big_button_while_somebody_waits(page, go_out, sara):
    with clock.frozen(at("17:00")):
        assert "I'm home" not in page.as_(sara).get("/", 200).words
    watch = go_out()
    with clock.frozen(at("19:00")):
        seen = page.as_(sara).get("/", 200)
        assert "Maman is waiting for you" in seen.words
        assert len(seen.all("button", class_="watch-home")) == 1
        done = seen.form(f"/safety/{watch.id}/home").submit(status=303).follow()
    assert "Good that you're home" in done.words
    assert "I'm home" not in done.words


def test_mine_lists_what_was_and_leads_from_my_corner(page, go_out, sara):
    run = make_run(title="Lake loop", starts_at=at("18:30"))
    for how, given in (("home", {"run": run}), ("cancel", {"place": "Darband"})):
        watch = go_out(**given)
        with clock.frozen(at("19:00")):
            page.as_(sara).post(f"/safety/{watch.id}/{how}", None, 303)
    with clock.frozen(at("20:00")):
        seen = page.as_(sara).get("/safety", 200)
        assert "/safety" in page.as_(sara).get("/me", 200).links
    for word in ("Lake loop", "Darband", "Home", "Called off"):
        assert word in seen.words


def test_more_time_is_one_of_three_and_refused_beside_what_is_there(page, go_out, sara):
    watch = go_out()
    with clock.frozen(at("19:00")):
        for minutes in ("", "5", "15.0", "1440"):
            answer = page.as_(sara).post(f"/safety/{watch.id}/more", {"minutes": minutes}, 422)
            assert "Maman is waiting for you" in answer.words
    assert watch_of(sara).expected_at == at("20:30")


def test_a_run_that_is_not_there_or_no_run_at_all(page, sara):
    page.as_(sara).get("/safety/new?run=x", 200)
    page.as_(sara).get("/safety/new?run=00000000-0000-0000-0000-000000000000", 404)
    assert phone() != MOTHER


@pytest.mark.parametrize("url", ["/safety", "/"])
def test_pages_cost_the_same_with_two_and_with_twenty(page, go_out, sara, statements, url):
    counted = []
    for more in (2, 8):
        for _ in range(more):
            watch = go_out()
            with clock.frozen(at("18:01")):
                page.as_(sara).post(f"/safety/{watch.id}/home", None, 303)
        browser = page.as_(sara)
        with clock.frozen(at("19:00")):
            browser.get(url)
            with statements() as seen:
                browser.get(url, 200)
        counted.append(len(seen))
    assert counted[0] == counted[1]


def test_while_a_watch_runs_the_page_of_a_run_invites_to_none(page, sara, go_out):
    run = make_run(starts_at=at("19:00"), starts_local=at("19:00").astimezone(TEHRAN).replace(tzinfo=None))
    take_part(run, sara)
    with clock.frozen(at("18:00")):
        assert f"/safety/new?run={run.id}" in page.as_(sara).get(f"/runs/{run.id}", 200).links
    go_out(run=run)
    with clock.frozen(at("18:05")):
        seen = page.as_(sara).get(f"/runs/{run.id}", 200)
    assert f"/safety/new?run={run.id}" not in seen.links
    assert "/safety" in seen.links
    assert "Somebody is waiting for you at 20:30." in seen.words
