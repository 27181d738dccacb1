"""Runs of crews: who sees those for members alone, who publishes them, and what becomes of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from hampa.crews.actions import memberships
from hampa.crews.models import CrewMembership
from hampa.follows import actions, jobs
from hampa.notifications.models import Notification
from hampa.notifications.queries.listing import notifications_of
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs.running import run_due
from hampa.runs.models.run import Run, RunInvitation
from hampa.series.actions.series import make_runs
from tests.factories.crews import add_member, make_crew
from tests.factories.follows import follow
from tests.factories.notifications import make_notification
from tests.factories.people import make_person
from tests.factories.runs import SHORT_FORM, add_organiser, in_days, make_run, take_part
from tests.factories.series import make_series
from tests.personas import operator as make_operator


@pytest.fixture
def sara(db_session):
    return make_person(name="Sara Karimi")


@pytest.fixture
def reza(db_session):
    return make_person(name="Reza Ahmadi")


PLACES = ("", ".ics", "/share.png", "/qr.svg", "/join", "/participants")
LISTS = ("/runs", "/runs?view=map", "/runs?view=calendar", "/runs?q=loop", "/runs.ics")


def test_only_members_and_who_takes_part_see_a_run_for_the_crew(page, sara, reza):
    crew = make_crew(sara, reza, name="Night owls", is_listed=True)
    guest, banned = make_person(name="Guest"), make_person(name="Banned")
    add_member(crew, banned, status="banned")
    run = make_run(sara, crew_id=crew.id, visibility="crew", title="Moonlight loop")
    make_run(reza, crew_id=crew.id, title="Loop for all")
    take_part(run, guest)
    outside = (None, make_person(), banned, make_operator())
    for viewer in (*outside, sara, reza, guest):
        browser, sees = page.as_(viewer), viewer not in outside
        for place in PLACES if viewer else PLACES[:4]:
            assert (browser.get(f"/runs/{run.id}{place}").status in (200, 303)) is sees, (viewer, place)
        browser.get(f"/r/{run.short_code}", 303 if sees else 404)
        assert all("Moonlight" not in browser.get(path, 200).response.get_data(as_text=True) for path in LISTS)
        for path in (f"/crews/{crew.id}", f"/crews/{crew.id}/runs"):
            words = browser.get(path, 200).words
            assert "Loop for all" in words
            assert ("Moonlight loop" in words) is sees
        if viewer is not None and not sees:
            browser.post(f"/runs/{run.id}/join", {"status": "GOING"}, status=404)
    page.as_(reza).post(f"/runs/{run.id}/join", {"status": "GOING"}, status=303)


def test_who_is_asked_to_organise_a_run_for_the_crew_sees_it_until_the_question_is_over(page, sara, reza):
    nima, other = make_person(name="Nima"), make_person(name="Laleh")
    run = make_run(sara, crew_id=make_crew(sara, reza).id, visibility="crew", title="Moonlight loop")
    path = f"/runs/{run.id}"
    asking = {"organisers": [nima.phone, other.phone]}
    page.as_(sara).post(f"{path}/organisers", asking, status=303)
    for one in (nima, other):
        assert "Moonlight loop" in page.as_(one).get("/notifications", 200).words
        assert "You are asked to organise this run together." in page.as_(one).get(path, 200).words
    page.as_(nima).post(f"{path}/invitation", {"answer": "yes"}, status=303)
    page.as_(nima).get(f"{path}/edit", 200)
    page.as_(other).post(f"{path}/invitation", {"answer": "no"}, status=303)
    page.as_(other).post(f"{path}/invitation", {"answer": "back"}, status=303)
    page.as_(other).post(f"{path}/invitation", {"answer": "no"}, status=303)
    an_hour_ago = clock.now() - timedelta(hours=1)
    db.session.execute(
        update(RunInvitation).where(RunInvitation.declined_at.is_not(None)).values(declined_at=an_hour_ago)
    )
    db.session.commit()
    page.as_(other).get(path, 404)
    third = make_person(name="Kian")
    page.as_(nima).post(f"{path}/organisers", {"organisers": [third.phone]}, status=303)
    page.as_(third).get(path, 200)
    add_organiser(make_run(sara), nima)
    for run_id in (run.id, make_run(sara).id):
        make_notification(third, "run_reminder", subject_id=run_id)
    db.session.commit()
    assert run.title in page.as_(third).get("/notifications", 200).words
    page.as_(sara).post(f"{path}/organisers/{nima.id}/remove", {}, status=303)
    page.as_(third).get(path, 404)
    assert run.title not in page.as_(third).get("/notifications", 200).words, "who asked organises another run only"


def test_who_may_know_of_a_hidden_crew_reads_its_name_at_a_public_run(page, sara, reza):
    hidden, listed = make_crew(sara, reza, name="Hidden owls"), make_crew(sara, reza, name="Open owls", is_listed=True)
    for crew in (hidden, listed):
        run = make_run(sara, crew_id=crew.id, title=f"Run of {crew.id}")
        for viewer in (None, make_person(), reza):
            knows = viewer is reza or crew is listed
            assert (crew.name in page.as_(viewer).get(f"/runs/{run.id}", 200).words) is knows
    rows = page.as_(None).get("/runs", 200).words
    assert "Open owls" in rows
    assert "Hidden owls" not in rows
    listed.is_listed = False
    db.session.commit()
    assert "Open owls" not in page.as_(None).get("/runs", 200).words


def test_a_run_is_published_in_a_crew_by_who_has_the_right(page, sara, reza):
    crew = make_crew(sara, reza, name="Night owls", members_may_publish=False)
    fields = SHORT_FORM | {"crew": str(crew.id), "visibility": "crew"}
    refused = page.as_(reza).post("/runs/new", fields, status=422)
    assert "Ask one of its admins" in refused.words
    assert "Night owls" not in page.as_(reza).get("/runs/new", 200).words
    page.as_(make_person()).post("/runs/new", fields, status=422)
    page.as_(sara).post("/runs/new", SHORT_FORM | {"visibility": "crew"}, status=422)
    shown = page.as_(sara).get(f"/runs/new?crew={crew.id}", 200)
    assert "Night owls" in shown.words
    form = next(form for form in shown.forms if form.action.endswith("/runs/new") or "starts_on" in form.values)
    form.fill(**SHORT_FORM).submit(status=303)
    run = db.session.scalars(select(Run)).one()
    assert (run.crew_id, run.visibility) == (crew.id, "crew")
    add_organiser(run, reza)  # keeps the crew that he may not choose
    form = next(form for form in page.as_(reza).get(f"/runs/{run.id}/edit", 200).forms if "starts_on" in form.values)
    form.fill(title="Another title").submit(status=303)
    db.session.expire_all()
    assert (run.title, run.crew_id) == ("Another title", crew.id)


def test_the_runs_of_a_series_belong_to_its_crew(page, sara, reza):
    crew = make_crew(sara, reza)
    series = make_series(sara, crew_id=crew.id, visibility="crew", title="Every Tuesday")
    make_runs(series.id)
    runs = db.session.scalars(select(Run).where(Run.series_id == series.id)).all()
    assert len(runs) > 5
    assert {(run.crew_id, run.visibility) for run in runs} == {(crew.id, "crew")}
    for viewer in (None, make_person()):
        page.as_(viewer).get(f"/series/{series.id}", 404)
        page.as_(viewer).get(f"/series/{series.id}.ics", 404)
    assert len(page.as_(reza).get(f"/series/{series.id}", 200).words) > 0


def test_members_are_told_once_of_a_new_run_of_their_crew(sara, reza):
    deaf, goes, banned, away = (make_person() for _each in range(4))
    crew = make_crew(sara, reza, goes, away)
    add_member(crew, deaf, notices=False)
    add_member(crew, banned, status="banned")
    run = make_run(sara, crew_id=crew.id, visibility="crew", title="Moonlight loop")
    take_part(run, goes)
    age(run)
    for _time in range(2):
        jobs.find_new_runs()
        work()
    assert told(reza) == told(away) == ["crew_run"]
    assert told(sara) == told(deaf) == told(goes) == told(banned) == []
    (notice,) = notifications_of(reza).items
    assert (notice.data["crew"], notice.data["title"]) == (crew.name, "Moonlight loop")
    db.session.execute(update(CrewMembership).where(CrewMembership.person_id == away.id).values(status="inactive"))
    db.session.expire_all()
    assert notifications_of(away).items[0].data["title"] != "Moonlight loop"
    series = make_series(sara, crew_id=crew.id)
    make_runs(series.id)
    for of_series in db.session.scalars(select(Run).where(Run.series_id == series.id)):
        age(of_series)
    jobs.find_new_runs()
    work()
    assert told(reza) == ["crew_run", "crew_run"]


def test_who_follows_and_belongs_hears_once_whichever_comes_first(sara, reza):
    mina = make_person()
    crew = make_crew(sara, reza, mina)
    follow(reza, sara)
    by_following, by_crew = (make_run(sara, crew_id=crew.id) for _each in range(2))
    for one in (by_following, by_crew):
        age(one)
    actions.tell_followers([by_following.id], "2026-12-02", of_series=False)
    for one in (by_following, by_crew):
        actions.tell_crew(one.id)
    actions.tell_followers([by_crew.id], "2026-12-02", of_series=False)
    assert (told(reza), told(mina)) == (["new_run", "crew_run"], ["crew_run", "crew_run"])


def test_a_closed_crew_leaves_its_runs_to_their_organisers_or_cancels_them(page, sara, reza):
    for choice in ("keep", "cancel"):
        crew, guest = make_crew(sara, reza), make_person()
        run, past = (make_run(reza, crew_id=crew.id, visibility="crew", starts_local=in_days(days)) for days in (2, -9))
        series = make_series(reza, crew_id=crew.id, visibility="crew")
        take_part(run, guest)
        take_part(past, guest, "COMPLETED")
        form = page.as_(sara).get(f"/crews/{crew.id}/close", 200).form(f"/crews/{crew.id}/close")
        form.fill(runs=choice).submit(status=303)
        work()
        db.session.expire_all()
        first = db.session.scalars(select(Run).where(Run.series_id == series.id)).first()
        if choice == "keep":
            assert {(one.crew_id, one.visibility, one.cancelled_at) for one in (run, first)} == {(None, "link", None)}
            assert (series.crew_id, series.plan["visibility"], series.ended_at) == (None, "link", None)
            assert "run_changed" in told(guest)
            assert "run_changed" in told(reza)
        else:
            assert run.cancelled_at
            assert first.cancelled_at
            assert series.ended_at
            assert "run_cancelled" in told(guest)
        assert (past.crew_id, past.visibility) == (crew.id, "crew")
        db.session.delete(crew)
        db.session.commit()
        page.as_(guest).get(f"/runs/{past.id}", 200)
        page.as_(sara).get(f"/runs/{past.id}", 404)


def test_who_leaves_keeps_what_they_joined_and_who_is_banned_loses_it(page, sara, reza):
    mina, crew = make_person(name="Mina"), make_crew(sara, reza)
    add_member(crew, mina)
    run = make_run(sara, crew_id=crew.id, visibility="crew")
    public = make_run(sara, crew_id=crew.id)
    own = make_run(mina, crew_id=crew.id, visibility="crew")
    series = make_series(sara, mina, crew_id=crew.id, visibility="crew")
    for one in (run, public):
        take_part(one, reza)
        take_part(one, mina)
    memberships.leave_crew(reza, crew.id)
    memberships.ban_member(sara, crew.id, mina.id, "Quarrels", None)
    db.session.commit()
    work()
    page.as_(reza).get(f"/runs/{run.id}", 200)
    page.as_(mina).get(f"/runs/{run.id}", 404)
    page.as_(mina).get(f"/series/{series.id}", 404)
    page.as_(mina).get(f"/runs/{public.id}", 200)
    db.session.expire_all()
    assert (run.taken, public.taken) == (1, 2)
    assert (own.crew_id, own.visibility) == (None, "link")


def test_who_may_remove_members_takes_a_run_out_of_the_crew(page, program, sara, reza):
    crew, guest = make_crew(sara, reza), make_person()
    run = make_run(reza, crew_id=crew.id, visibility="crew")
    take_part(run, guest)
    page.as_(reza).post(f"/crews/{crew.id}/runs/{run.id}/out", status=403)
    form = page.as_(sara).get(f"/runs/{run.id}", 200).form(f"/crews/{crew.id}/runs/{run.id}/out")
    form.submit(status=303)
    form.submit(status=404)
    work()
    db.session.expire_all()
    assert (run.crew_id, run.visibility) == (None, "link")
    assert told(reza) == told(guest) == ["run_changed"]
    second = make_run(reza, crew_id=crew.id)
    program.as_(sara).delete(f"/crews/{crew.id}/runs/{second.id}", 204)


def test_organisers_see_whose_first_run_with_the_crew_it_is(page, sara, reza):
    crew, new = make_crew(sara, reza), make_person(name="Nilufar")
    past = make_run(sara, crew_id=crew.id, starts_local=in_days(-9))
    take_part(past, reza, "COMPLETED")
    take_part(past, new, "NO_SHOW")
    run = make_run(sara, crew_id=crew.id)
    take_part(run, reza)
    take_part(run, new)
    assert page.as_(sara).get(f"/runs/{run.id}/participants", 200).words.count("first run with the crew") == 1
    assert "first run" not in page.as_(reza).get(f"/runs/{run.id}/participants", 200).words


def test_programs_read_and_set_the_crew_of_a_run(program, sara, reza):
    crew = make_crew(sara, reza, name="Night owls")
    body = SHORT_FORM | {"crew": str(crew.id), "visibility": "crew"}
    program.as_(make_person(name="Mina")).post("/runs", body, 422)
    made_run = program.as_(reza).post("/runs", body, 201).data
    assert made_run["crew"] == {"id": str(crew.id), "name": "Night owls"}
    assert [run["id"] for run in program.as_(sara).get(f"/runs?crew={crew.id}", 200).data] == [made_run["id"]]
    assert program.as_(sara).get("/runs", 200).data == []
    assert program.as_(make_person()).get(f"/runs?crew={crew.id}", 200).data == []
    program.as_(None).get(f"/runs/{made_run['id']}", 404)
    changed = program.as_(reza).patch(f"/runs/{made_run['id']}", {"crew": None, "visibility": "public"}, 200).data
    assert (changed["crew"], changed["visibility"]) == (None, "public")


def test_calendars_of_a_crew_have_what_their_reader_may_see(page, sara, reza):
    listed, hidden = make_crew(sara, reza, is_listed=True), make_crew(sara, reza)
    for crew in (listed, hidden):
        make_run(sara, crew_id=crew.id, title="Loop for all")
        make_run(sara, crew_id=crew.id, visibility="crew", title="Loop for members")
        make_run(sara, crew_id=crew.id, visibility="link", title="Loop by link")
    address = f"/crews/{listed.id}/runs.ics"
    for viewer in (None, reza):
        body = page.as_(viewer).get(address, 200).response.get_data(as_text=True)
        assert ("Loop for all" in body, "Loop for members" in body) == (True, False)
    page.as_(reza).get(f"/crews/{hidden.id}/runs.ics", 404)
    answer = page.as_(reza).post("/me/calendar", status=303).follow()
    address = next(
        field.get("value").partition("/crews/")[2]
        for field in answer.all("input")
        if f"/crews/{hidden.id}/runs.ics" in (field.get("value") or "")
    )
    body = page.as_(None).get(f"/crews/{address}", 200).response.get_data(as_text=True)
    assert ("Loop for all" in body, "Loop for members" in body, "by link" in body) == (True, True, False)
    db.session.execute(update(CrewMembership).where(CrewMembership.person_id == reza.id).values(status="inactive"))
    page.as_(None).get(f"/crews/{address}", 404)


def test_admins_take_home_who_came_and_nobody_else(page, sara, reza):
    crew, guest, idle = make_crew(sara, reza), make_person(name="Guest"), make_person(name="Idle")
    add_member(crew, idle)
    run = make_run(reza, crew_id=crew.id, title="=Moonlight", starts_local=in_days(-9))
    for person, status in ((reza, "COMPLETED"), (guest, "COMPLETED"), (idle, "NO_SHOW")):
        take_part(run, person, status)
    table = page.as_(sara).get(f"/crews/{crew.id}/attendance.csv", 200).response.get_data(as_text=True)
    assert "Reza Ahmadi" in table
    assert '"\'=Moonlight"' in table
    assert "Guest" not in table.partition("\n")[2]
    assert "Idle" not in table
    page.as_(reza).get(f"/crews/{crew.id}/attendance.csv", 403)


def age(run: Run) -> None:
    """Let a run be as old as one of which people are told."""
    db.session.execute(update(Run).where(Run.id == run.id).values(created_at=clock.now() - timedelta(hours=1)))
    db.session.commit()
    db.session.expire_all()


def told(person) -> list[str]:
    """Return the kinds of notifications about runs that a person got."""
    query = select(Notification.type).where(Notification.person_id == person.id, Notification.type.contains("run"))
    return list(db.session.scalars(query.order_by(Notification.created_at)))


def work() -> None:
    """Do what is waiting to be done, as a worker does."""
    db.session.commit()
    run_due("normal", lambda: False)
