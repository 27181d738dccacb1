"""Who came: the organisers' list, the codes people show, what they say themselves, and what comes of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.attendance import actions, jobs as job, queries
from hampa.attendance.models import Attendance
from hampa.platform import clock, ids
from hampa.platform.web.headers import CAMERA, NO_CAMERA
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import RunOrganiser
from tests.factories.base import made
from tests.factories.people import make_person
from tests.factories.runs import make_run, place_of, take_part
from tests.html import words

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def run(owner):
    return make_run(owner, duration_min=60, meet_minutes_before=15)


def meeting(run):
    """At the meeting point, ten minutes before the start."""
    return clock.frozen(run.starts_at - timedelta(minutes=10))


def after(run, by=HOUR):
    """So long after the end."""
    return clock.frozen(run.ends_at + by)


def path(run, more=""):
    return f"/runs/{run.id}/attendance{more}"


def mark(browser, run, **people):
    """Mark people on the list, as the form does; the names are NO_SHOW and COMPLETED."""
    form = marks_form(browser, run)
    for status, person in people.items():
        form.fill(**{f"mark-{place_of(run, person)}": status})
    return form.submit()


def marks_form(browser, run):
    """Return the form below the list."""
    return next(form for form in browser.get(path(run), 200).forms if (form.method, form.action) == ("POST", path(run)))


def code_of(run, person, session):
    query = select(Participation).where(Participation.run_id == run.id, Participation.person_id == person.id)
    return queries.code_of(session.scalars(query).one())


def scan(browser, run, code, status=303):
    return browser.get(path(run), 200).form(path(run, "/code")).fill(code=code).submit(status=status)


def test_marked_after_the_end_they_are_completed_or_did_not_show(page, owner, run, states):
    came, missing, other = (take_part(run) for _ in range(3))
    with after(run):
        assert mark(page.as_(owner), run, COMPLETED=came, NO_SHOW=missing).status == 303
    assert states(run) == {came.id: "COMPLETED", missing.id: "NO_SHOW", other.id: "GOING"}
    assert (run.taken, run.waiting) == (3, 0), "the counts of a run that is over stay"


def test_marked_at_the_meeting_point_it_counts_when_the_run_is_over(page, owner, run, states):
    came, missing, other = (take_part(run) for _ in range(3))
    with meeting(run):
        mark(page.as_(owner), run, COMPLETED=came, NO_SHOW=missing)
        assert set(states(run).values()) == {"GOING"}
        assert words(page.as_(owner).get(path(run)).one(id="counts")) == "1 of 3 here · 1 absent"
    with clock.frozen(run.ends_at - MINUTE):
        assert actions.settle_attendance(run.id) == 0
    with after(run, MINUTE):
        settle()
    assert states(run) == {came.id: "COMPLETED", missing.id: "NO_SHOW", other.id: "GOING"}


def settle():
    """Do what the periodic job does, without its commit."""
    for run_id in queries.runs_to_settle():
        actions.settle_attendance(run_id)


def test_who_is_not_marked_for_a_day_came_and_nobody_else_changes(owner, run, states):
    going, waits, left = take_part(run), take_part(run, status="WAITLISTED"), take_part(run, status="LEFT")
    with after(run, DAY - MINUTE):
        settle()
    assert states(run)[going.id] == "GOING"
    with after(run, DAY):
        assert run.id in queries.runs_to_settle()
        settle()
        assert queries.runs_to_settle() == []
        settle()
    assert states(run) == {going.id: "COMPLETED", waits.id: "WAITLISTED", left.id: "LEFT"}


def test_nobody_completes_a_cancelled_run(page, owner, run, states):
    going = take_part(run)
    run.cancelled_at = clock.now()
    with after(run, DAY):
        settle()
        assert actions.settle_attendance(run.id) == 0
        assert "This run is cancelled." in page.as_(owner).get(path(run), 200).words
        page.as_(owner).post(path(run), {f"mark-{place_of(run, going)}": "NO_SHOW"}, 422)
    assert states(run) == {going.id: "GOING"}


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        (lambda run: run.meets_at - timedelta(minutes=31), False),
        (lambda run: run.meets_at - timedelta(minutes=30), True),
        (lambda run: run.ends_at + 2 * DAY, True),
        (lambda run: run.ends_at + 2 * DAY + MINUTE, False),
    ],
)
def test_people_are_marked_from_half_an_hour_before_they_meet_until_two_days_after(
    page, owner, run, db_session, moment, open_
):
    person = take_part(run)
    browser = page.as_(owner)
    with clock.frozen(moment(run)):
        seen = browser.get(path(run), 200)
        assert bool(seen.all("input", name=f"mark-{place_of(run, person)}")) == open_
        assert (path(run) in browser.get(f"/runs/{run.id}").links) == open_
        browser.post(path(run), {f"mark-{place_of(run, person)}": "COMPLETED"}, 303 if open_ else 422)
        browser.post(path(run, "/code"), {"code": code_of(run, person, db_session)}, 303 if open_ else 422)
    assert db_session.query(Attendance).count() == open_


def test_only_who_organises_the_run_marks(page, owner, companion, stranger, run, db_session):
    take_part(run, companion)
    with meeting(run):
        for person in (companion, stranger):
            page.as_(person).get(path(run), 403)
            page.as_(person).post(path(run), {f"mark-{place_of(run, companion)}": "COMPLETED"}, 403)
            page.as_(person).post(path(run, "/code"), {"code": code_of(run, companion, db_session)}, 403)
            assert path(run) not in page.as_(person).get(f"/runs/{run.id}").links
        made(RunOrganiser, run_id=run.id, person_id=stranger.id, added_by_id=owner.id, agreed_at=clock.now())
        assert path(run) in page.as_(stranger).get(f"/runs/{run.id}").links
        mark(page.as_(stranger), run, COMPLETED=companion)
    assert db_session.scalars(select(Attendance.marked_by_id)).one() == stranger.id


def test_one_tap_saves_one_person_and_shows_the_row_and_the_counts(page, owner, run):
    first = take_part(run)
    take_part(run)
    browser = page.as_(owner)
    with meeting(run):
        fields = {f"mark-{place_of(run, first)}": "COMPLETED", f"was-{place_of(run, first)}": ""}
        answer = browser.htmx.post(path(run), fields, 200)
        assert [row.get("id") for row in answer.all("li")] == [f"mark-{place_of(run, first)}"]
        assert {e.get("data-hx-swap-oob") for e in (answer.one("li"), answer.one(id="counts"))} == {"true"}
        assert "checked" in answer.one(id=f"mark-{place_of(run, first)}-came").attrib
        assert words(answer.one(id="counts")) == "1 of 2 here"
        browser.htmx.post(
            path(run), {f"mark-{place_of(run, first)}": "NO_SHOW", f"was-{place_of(run, first)}": "COMPLETED"}, 200
        )
        assert words(browser.get(path(run)).one(id="counts")) == "0 of 2 here · 1 absent"


def test_two_organisers_with_the_same_old_list_undo_nothing_of_one_another(page, owner, run, states):
    first, second = take_part(run), take_part(run)
    with after(run):
        form, other = (marks_form(page.as_(owner), run) for _ in range(2))
        form.fill(**{f"mark-{place_of(run, first)}": "NO_SHOW"}).submit(status=303)
        other.fill(**{f"mark-{place_of(run, second)}": "COMPLETED"}).submit(status=303)
        again = marks_form(page.as_(owner), run)
        assert again.values[f"mark-{place_of(run, first)}"] == "NO_SHOW"
    assert states(run) == {first.id: "NO_SHOW", second.id: "COMPLETED"}


def test_what_is_no_mark_changes_nothing(page, owner, stranger, run, states):
    going, left = take_part(run), take_part(run, status="LEFT")
    with after(run):
        for name, value in (
            (f"mark-{place_of(run, going)}", "LEFT"),
            (f"mark-{place_of(run, left)}", "COMPLETED"),
            (f"mark-{stranger.id}", "COMPLETED"),
            ("mark-nobody", "COMPLETED"),
        ):
            page.as_(owner).post(path(run), {name: value}, 303)
    assert states(run) == {going.id: "GOING", left.id: "LEFT"}


def test_eighty_people_stand_by_name_and_are_found_by_it(page, owner, run, statements):
    for number in range(78):
        take_part(run, make_person(name=f"Runner {number:02}"))
    take_part(run, make_person(name="علي كريمي"))
    take_part(run, make_person(name="Élodie"), guests=2)
    browser = page.as_(owner)

    def listed(query=""):
        return [words(name) for name in browser.get(path(run) + query, 200).all(class_="attendee-name")]

    with meeting(run):
        listed()  # records whose numbers are seen
        with statements() as seen:
            assert listed()[:3] == ["Élodie with 2 guests", "Runner 00", "Runner 01"]
        assert len(seen) <= 8, seen
        assert len(listed()) == 80
        assert listed("?q=elo") == ["Élodie with 2 guests"]
        assert listed("?q=علی کریمی") == ["علي كريمي"]
        assert listed("?q=nobody") == []
        part = browser.htmx.get(path(run) + "?q=07", 200)
        assert [words(name) for name in part.all(class_="attendee-name")] == ["Runner 07"]


def test_more_than_fit_are_found_by_name(page, owner, run, monkeypatch):
    monkeypatch.setattr(queries, "SHOWN", 2)
    for name in ("Ada", "Bea", "Cleo", "Dora"):
        take_part(run, make_person(name=name))
    with meeting(run):
        seen = page.as_(owner).get(path(run), 200)
    assert [words(name) for name in seen.all(class_="attendee-name")] == ["Ada", "Bea"]
    assert "2 more: find them by name." in seen.words


def test_each_shows_a_code_of_their_own_that_the_organiser_scans(page, owner, companion, run, db_session, states):
    take_part(run, companion)
    with meeting(run):
        ticket = page.as_(companion).get(f"/runs/{run.id}").links
        assert f"/runs/{run.id}/ticket" in ticket
        seen = page.as_(companion).get(f"/runs/{run.id}/ticket", 200)
        shown = words(seen.one(class_="ticket-code"))
        assert seen.all(class_="qr")
        answer = scan(page.as_(owner), run, shown).follow()
        assert f"{companion.name} is here." in answer.words
        again = scan(page.as_(owner), run, shown.replace(" ", "-").upper()).follow()
        assert f"{companion.name} is here already." in again.words
    assert db_session.query(Attendance).count() == 1


def test_the_drawing_leads_the_organisers_own_camera_to_the_form(page, owner, companion, run, db_session):
    take_part(run, companion)
    code = code_of(run, companion, db_session)
    with meeting(run):
        landed = page.as_(owner).get(path(run, f"?code={code}"), 200)
        assert (
            landed.form(path(run, "/code")).submit(status=303).follow().words.count(f"{companion.name} is here.") == 1
        )
        address = f"https://hampa.example{path(run)}?code={code}"
        assert f"{companion.name} is here already." in scan(page.as_(owner), run, address).follow().words


def test_scanning_in_place_says_who_it_was(page, owner, companion, run, db_session):
    take_part(run, companion)
    browser = page.as_(owner)
    with meeting(run):
        answer = browser.htmx.post(path(run, "/code"), {"code": code_of(run, companion, db_session)}, 200)
        assert f"{companion.name} is here." in answer.words
        assert answer.one("li").get("id") == f"mark-{place_of(run, companion)}"
        refused = browser.htmx.post(path(run, "/code"), {"code": "abcdefgh"}, 422)
        assert "Nobody in this run has this code." in refused.words


def test_codes_of_others_say_what_is_wrong_with_them(page, owner, companion, run, db_session):
    other = make_run(owner)
    take_part(other, companion)
    waits, left = take_part(run, status="WAITLISTED"), take_part(run, status="LEFT")
    foreign = code_of(other, companion, db_session)
    for code, said in (
        (f"https://hampa.example{path(other)}?code={foreign}", "This code is for another run."),
        (foreign, "Nobody in this run has this code."),
        ("", "can't be empty"),
        ("x" * 301, "At most 300"),
        ("https://evil.example/", "Nobody in this run has this code."),
        (code_of(run, waits, db_session), f"{waits.name} has no place in this run."),
        (code_of(run, left, db_session), f"{left.name} has left this run."),
    ):
        with meeting(run):
            assert said in scan(page.as_(owner), run, code, 422).error_of("code")
    assert db_session.query(Attendance).count() == 0


def test_a_code_follows_from_run_person_and_coming_and_nothing_else(page, companion, run, db_session):
    take_part(run, companion)
    row = db_session.scalars(select(Participation).where(Participation.person_id == companion.id)).one()
    code = queries.code_of(row)
    assert re.fullmatch(f"[{ids.SHORT_ALPHABET}]{{8}}", code)
    assert queries.code_of(row) == code
    row.rank += 1000
    assert queries.code_of(row) != code
    codes = {code_of(run, take_part(run), db_session) for _ in range(50)}
    assert len(codes) == 50


@pytest.mark.parametrize("status", ["WAITLISTED", "INTERESTED", "LEFT", None])
def test_without_a_place_there_is_no_code(page, stranger, run, status):
    if status:
        take_part(run, stranger, status)
    with meeting(run):
        assert page.as_(stranger).get(f"/runs/{run.id}/ticket", 303).location == f"/runs/{run.id}"
        assert f"/runs/{run.id}/ticket" not in page.as_(stranger).get(f"/runs/{run.id}").links


def test_the_camera_is_let_in_on_the_organisers_page_alone(page, owner, run):
    with meeting(run):
        for address, allowed in (
            (path(run), CAMERA),
            (f"/runs/{run.id}", NO_CAMERA),
            ("/runs", NO_CAMERA),
            ("/me", NO_CAMERA),
        ):
            assert page.as_(owner).get(address).response.headers["Permissions-Policy"] == allowed
    assert "camera=()" in NO_CAMERA
    assert "camera=(self)" in CAMERA


def correct(page, run, person, status=303):
    return page.as_(person).get(f"/runs/{run.id}").form(path(run, "/mine")).submit(status=status)


def test_people_say_themselves_and_the_organiser_sees_it(page, owner, companion, run, states):
    take_part(run, companion)
    with after(run):
        mark(page.as_(owner), run, NO_SHOW=companion)
        seen = page.as_(companion).get(f"/runs/{run.id}")
        assert "You were not there" in seen.words
        assert "You can correct it until" in seen.words
        assert "You came" in correct(page, run, companion).follow().words
        assert states(run) == {companion.id: "COMPLETED"}
        row = page.as_(owner).get(path(run)).one(id=f"mark-{place_of(run, companion)}")
        assert "Says: I came" in words(row)
        assert "You marked otherwise." in words(row)
        page.as_(owner).post(path(run), {f"mark-{place_of(run, companion)}": "NO_SHOW"}, 303)
        assert states(run) == {companion.id: "COMPLETED"}, "a person's own word stands"
        correct(page, run, companion)
        assert states(run) == {companion.id: "NO_SHOW"}


def test_they_can_for_two_days_after_the_end_or_after_a_later_mark(page, owner, companion, run, states):
    take_part(run, companion)
    with after(run, 2 * DAY):
        page.as_(companion).post(path(run, "/mine"), {"came": "no"}, 303)
        mark(page.as_(owner), run)
    with after(run, 2 * DAY + MINUTE):
        assert not page.as_(companion).get(f"/runs/{run.id}").all("form", action=path(run, "/mine"))
        answer = page.as_(companion).post(path(run, "/mine"), {"came": "yes"}, 422)
        assert "are over" in answer.words
    assert states(run) == {companion.id: "NO_SHOW"}
    late = make_run(owner)
    take_part(late, companion)
    with after(late, DAY + HOUR):
        mark(page.as_(owner), late, NO_SHOW=companion)
    with after(late, 3 * DAY):
        correct(page, late, companion)
    assert states(late) == {companion.id: "COMPLETED"}


def test_before_the_end_there_is_nothing_to_correct_and_nonsense_corrects_nothing(page, companion, run, states):
    take_part(run, companion)
    with clock.frozen(run.ends_at - MINUTE):
        assert "This run is not over yet." in page.as_(companion).post(path(run, "/mine"), {"came": "no"}, 422).words
        assert not page.as_(companion).get(f"/runs/{run.id}").all("form", action=path(run, "/mine"))
    with after(run):
        page.as_(companion).post(path(run, "/mine"), {"came": "maybe"}, 422)
    assert states(run) == {companion.id: "GOING"}


def test_what_somebody_said_themselves_is_not_taken_for_unmarked(page, companion, run, states):
    take_part(run, companion)
    with after(run):
        page.as_(companion).post(path(run, "/mine"), {"came": "no"}, 303)
    with after(run, DAY):
        settle()
    assert states(run) == {companion.id: "NO_SHOW"}


def test_others_see_who_signed_up_but_not_who_failed_to_come(page, owner, companion, stranger, run):
    take_part(run, companion)
    with after(run):
        mark(page.as_(owner), run, NO_SHOW=companion)
        seen = page.as_(stranger).get(f"/runs/{run.id}")
        assert companion.name in seen.words
        assert "not there" not in seen.words.lower()
        assert companion.name in page.as_(stranger).get(f"/runs/{run.id}/participants").words


def test_the_worker_settles_by_itself_and_a_run_deleted_meanwhile_keeps_no_other_back(
    run, states, db_session, monkeypatch
):
    monkeypatch.setattr(job, "runs_to_settle", lambda: [ids.new_id(), *queries.runs_to_settle()])
    going = take_part(run)
    run.starts_at = clock.now() - 2 * DAY
    db_session.commit()
    job.settle()
    db_session.expire_all()
    assert states(run) == {going.id: "COMPLETED"}
