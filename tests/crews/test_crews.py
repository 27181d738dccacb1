"""Crews: who sees them, how one gets in, who may do what, and that they run without their founder."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.crews.actions import crews as crew_actions, memberships
from hampa.crews.models import CLOSING_PERIOD, Crew, CrewLogEntry, CrewMembership
from hampa.crews.queries.crews import membership_of, why_not_write
from hampa.crews.queries.members import members_of
from hampa.notifications.models import Notification
from hampa.people.privacy_registry import erase
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.runs.models.run import PaceGroup
from tests.factories.base import made
from tests.factories.cards import make_card
from tests.factories.crews import add_member, make_crew, make_invitation
from tests.factories.people import make_person
from tests.factories.runs import make_run
from tests.personas import operator as make_operator


@pytest.fixture
def sara(db_session):
    return make_person(name="Sara Karimi")


@pytest.fixture
def reza(db_session):
    return make_person(name="Reza Ahmadi")


def numbers(crew: Crew) -> tuple[int, int]:
    """Return the numbers of members and admins that the database keeps."""
    db.session.expire_all()
    row = db.session.execute(select(Crew.members, Crew.admins).where(Crew.id == crew.id)).one()
    return row.members, row.admins


def status(crew: Crew, person) -> str | None:
    db.session.expire_all()
    membership = membership_of(person, crew.id)
    return membership and membership.status


def told(person) -> list[str]:
    """Return the kinds of notifications about crews that a person got."""
    query = select(Notification.type).where(Notification.person_id == person.id, Notification.type.like("crew%"))
    return list(db.session.scalars(query.order_by(Notification.created_at)))


def form_to(answer, end: str):
    """Return the form whose address ends like this."""
    return next(form for form in answer.forms if form.action.endswith(end))


FORM = {
    "name": "Sunrise",
    "joining": "open",
    "is_listed": "y",
    "max_members": "۲۱",
    "frequency": "weekly",
    "first_day": "6",
    "timezone": "Asia/Tehran",
    "numbers_from": "5",
}


def test_a_crew_from_its_start_to_its_first_member(page, sara, reza):
    form = page.as_(sara).get("/crews/new", 200).form("/crews/new")
    shown = form.fill(**FORM, welcome="Bring a lamp.").submit(status=303)
    crew = db.session.scalars(select(Crew)).one()
    assert (crew.name, crew.max_members, crew.first_day, crew.joining) == ("Sunrise", 21, 6, "open")
    assert numbers(crew) == (1, 1)
    assert "Sunrise" in page.as_(reza).get("/crews", 200).words
    form_to(page.as_(reza).get(f"/crews/{crew.id}/join", 200), "/join").submit(status=303)
    assert numbers(crew) == (2, 1)
    assert "Bring a lamp." in page.as_(reza).get(f"/crews/{crew.id}", 200).words
    assert told(sara) == ["crew_joined"]
    assert "Reza Ahmadi" in page.as_(sara).get(f"/crews/{crew.id}/members", 200).words
    assert shown is not None


def test_what_was_typed_stays_with_what_is_wrong(page, sara):
    answer = page.as_(sara).post("/crews/new", FORM | {"name": "ab", "max_members": "5001"}, status=422)
    assert 'value="5001"' in answer.response.get_data(as_text=True)
    assert db.session.scalars(select(Crew)).all() == []


def test_who_is_outside_finds_a_listed_crew_and_nobody_in_it(page, sara, reza):
    hidden = make_crew(sara, reza, name="Hidden crew")
    listed = make_crew(sara, reza, name="Listed crew", is_listed=True, joining="open", guide="Tuesdays at six")
    for viewer in (None, make_person(), make_operator()):
        browser = page.as_(viewer)
        found = browser.get("/crews", 200).words
        assert "Listed crew" in found
        assert "Hidden crew" not in found
        browser.get(f"/crews/{hidden.id}", 404)
        outside = browser.get(f"/crews/{listed.id}", 200).words
        assert "Tuesdays at six" in outside
        assert "Reza" not in outside
        assert "Sara" not in outside
        if viewer is not None:
            browser.get(f"/crews/{listed.id}/members", 403)
            browser.get(f"/crews/{hidden.id}/members", 404)


def test_a_link_lets_in_as_many_as_it_says_and_until_it_ends(page, sara, reza):
    crew, late = make_crew(sara), make_person()
    link = make_invitation(crew, sara, most_uses=1)
    make_run(sara, crew_id=crew.id, title="Loop for all")
    make_run(sara, crew_id=crew.id, title="Loop for members", visibility="crew")
    for pace in (300, 330, 360, 390):
        runner = make_person()
        add_member(crew, runner)
        make_card(runner, pace=pace)
    for days in range(1, 9):
        been = make_run(sara, crew_id=crew.id, starts_at=clock.now() - timedelta(days=6 * days))
        made(PaceGroup, run_id=been.id, position=0, name="All", pace=320 + 20 * days)
    words = page.as_(None).get(f"/crews/in/{link.id}", 200).words
    assert crew.name in words and "Every week you can say how it went" in words
    assert "About 1 run a week" in words and "Groups run at 5:40–8:00 /km" in words
    assert "from 5 answers on, without names" in words and "Half of the members" not in words
    fifth = make_person()
    add_member(crew, fifth)
    make_card(fifth, pace=420)
    assert "Half of the members run at 5:30–6:30 /km" in page.as_(None).get(f"/crews/in/{link.id}", 200).words
    assert ("Loop for all" in words, "Loop for members" in words) == (True, False)
    form_to(page.as_(reza).get(f"/crews/in/{link.id}", 200), "/join").submit(status=303)
    page.as_(late).get(f"/crews/in/{link.id}", 410)
    page.as_(late).post(f"/crews/in/{link.id}/join", status=410)
    old = make_invitation(crew, sara, expires_at=clock.now() - timedelta(minutes=1))
    revoked = make_invitation(crew, sara, revoked_at=clock.now())
    for over in (old, revoked):
        page.as_(late).post(f"/crews/in/{over.id}/join", status=410)
    assert (status(crew, reza), status(crew, late)) == ("active", None)


def test_a_link_is_made_shown_as_a_code_and_ended(page, sara, reza):
    crew = make_crew(sara)
    form_to(page.as_(sara).get(f"/crews/{crew.id}/ways-in", 200), "/links").fill(days="7", most_uses="3").submit(
        status=303
    )
    shown = page.as_(sara).get(f"/crews/{crew.id}/ways-in", 200)
    code = next(link for link in shown.links if link.endswith("qr.svg"))
    assert b"<svg" in page.as_(sara).get(code, 200).response.get_data()
    form_to(shown, "/revoke").submit(status=303)
    page.as_(reza).get(code.removesuffix("/qr.svg"), 410)


def test_a_code_lets_in_and_is_not_guessed(page, sara, reza):
    crew = make_crew(sara)
    form_to(page.as_(sara).get(f"/crews/{crew.id}/ways-in", 200), "/code").submit(status=303)
    db.session.expire_all()
    code = db.session.get(Crew, crew.id).access_code
    assert len(code) == 8
    assert not set(code) & set("01lo")
    page.as_(reza).post("/crews/code", {"code": f" {code[:4].upper()}-{code[4:]} "}, status=303)
    assert status(crew, reza) == "active"
    guesser = make_person()
    answers = [page.as_(guesser).post("/crews/code", {"code": f"2222222{n}"}).status for n in "23456789abc"]
    assert answers == [422] * 10 + [429]
    page.as_(guesser).post("/crews/code", {"code": code}, status=429)
    assert status(crew, guesser) is None


def test_the_agreement_is_accepted_first(page, sara, reza):
    crew = make_crew(sara, agreement="Nobody runs alone.", access_code="abcd2345")
    link = make_invitation(crew, sara)
    for address, fields in ((f"/crews/in/{link.id}/join", {}), ("/crews/code", {"code": "abcd2345"})):
        answer = page.as_(reza).post(address, fields)
        assert "Nobody runs alone." in answer.words
        assert status(crew, reza) is None
    page.as_(reza).post(f"/crews/in/{link.id}/join", {"agrees": "y", "version": "1"}, status=303)
    assert membership_of(reza, crew.id).agreed_at is not None


def test_a_request_is_answered_by_who_may_invite(page, sara, reza):
    crew = make_crew(sara, is_listed=True, joining="request", members_may_invite=False)
    member, other = make_person(), make_person()
    add_member(crew, member)
    for person in (reza, other):
        form_to(page.as_(person).get(f"/crews/{crew.id}/join", 200), "/join").fill(line="I know Sara").submit(
            status=303
        )
    page.as_(member).get(f"/crews/{crew.id}/ways-in", 403)
    page.as_(member).post(f"/crews/{crew.id}/requests/{reza.id}", {"accept": "1"}, status=403)
    assert told(member) == []
    assert "I know Sara" in page.as_(sara).get(f"/crews/{crew.id}/ways-in", 200).words
    page.as_(sara).post(f"/crews/{crew.id}/requests/{reza.id}", {"accept": "1"}, status=303)
    page.as_(sara).post(f"/crews/{crew.id}/requests/{other.id}", status=303)
    assert (status(crew, reza), status(crew, other)) == ("active", None)
    assert (told(reza), told(other)) == (["crew_membership"], [])


def test_who_is_banned_comes_back_by_no_way(page, sara, reza):
    crew = make_crew(sara, reza, is_listed=True, joining="open", access_code="abcd2345")
    link = make_invitation(crew, sara)
    page.as_(sara).post(f"/crews/{crew.id}/members/{reza.id}/ban", {"reason": "Rude", "days": "30"}, status=303)
    page.as_(reza).get(f"/crews/{crew.id}/members", 403)
    page.as_(reza).post(f"/crews/{crew.id}/join", status=422)
    page.as_(reza).post(f"/crews/in/{link.id}/join", status=422)
    page.as_(reza).post("/crews/code", {"code": "abcd2345"}, status=422)
    assert (status(crew, reza), numbers(crew)) == ("banned", (1, 1))
    page.as_(sara).post(f"/crews/{crew.id}/members/{reza.id}/undo", {"what": "ban"}, status=303)
    page.as_(reza).post(f"/crews/{crew.id}/join", status=303)
    entries = db.session.execute(select(CrewLogEntry.what, CrewLogEntry.note).order_by(CrewLogEntry.created_at))
    assert ("banned", "Rude") in [tuple(row) for row in entries]
    assert "Rude" in page.as_(sara).get(f"/crews/{crew.id}/log", 200).words
    page.as_(reza).get(f"/crews/{crew.id}/log", 403)


def test_who_is_muted_reads_and_does_not_write(page, sara, reza):
    crew = make_crew(sara, reza)
    page.as_(sara).post(f"/crews/{crew.id}/members/{reza.id}/mute", {"reason": "Loud", "days": "1"}, status=303)
    assert why_not_write(membership_of(reza, crew.id))
    page.as_(reza).get(f"/crews/{crew.id}", 200)
    page.as_(sara).post(f"/crews/{crew.id}/members/{reza.id}/undo", {"what": "mute"}, status=303)
    assert not why_not_write(membership_of(reza, crew.id))


def test_rights_are_the_same_on_pages_and_at_the_server(page, sara, reza):
    crew, mina = make_crew(sara, reza, members_may_invite=False), make_person(name="Mina Rahimi")
    add_member(crew, mina)
    shown = page.as_(reza).get(f"/crews/{crew.id}", 200)
    assert "who have this right" in shown.words
    assert f"/crews/{crew.id}/settings" not in shown.links
    page.as_(reza).get(f"/crews/{crew.id}/settings", 403)
    page.as_(reza).post(f"/crews/{crew.id}/members/{mina.id}/remove", {"reason": "No"}, status=403)
    page.as_(sara).post(f"/crews/{crew.id}/members/{reza.id}/role", {"role": "member", "rights": "edit"}, status=303)
    assert f"/crews/{crew.id}/settings" in page.as_(reza).get(f"/crews/{crew.id}", 200).links
    form_to(page.as_(reza).get(f"/crews/{crew.id}/settings", 200), "/settings").fill(name="Sunset").submit(status=303)
    assert db.session.get(Crew, crew.id, populate_existing=True).name == "Sunset"
    page.as_(reza).post(f"/crews/{crew.id}/members/{mina.id}/remove", {"reason": "No"}, status=403)


def test_moderators_do_nothing_to_organisers(page, sara, reza):
    crew = make_crew(sara, make_person())
    add_member(crew, reza, role="moderator")
    for what in ("remove", "mute", "ban"):
        page.as_(reza).post(f"/crews/{crew.id}/members/{sara.id}/{what}", {"reason": "Coup", "days": "7"}, status=403)
    page.as_(reza).post(f"/crews/{crew.id}/members/{sara.id}/role", {"role": "member"}, status=403)
    assert numbers(crew) == (3, 1)


def test_the_last_admin_stays_until_there_is_another(page, sara, reza):
    crew = make_crew(sara, reza)
    refused = form_to(page.as_(sara).get(f"/crews/{crew.id}/leave", 200), "/leave").submit(status=303)
    assert "only admin" in refused.follow().words
    assert status(crew, sara) == "active"
    page.as_(sara).post(f"/crews/{crew.id}/members/{reza.id}/role", {"role": "admin"}, status=303)
    page.as_(sara).post(f"/crews/{crew.id}/leave", status=303)
    assert (status(crew, sara), numbers(crew)) == ("inactive", (1, 1))


def test_the_database_refuses_a_crew_without_an_admin_and_one_too_many(db_session, sara, reza):
    crew = make_crew(sara, reza, max_members=2)
    with pytest.raises(Refused), memberships._counted():
        db.session.execute(
            CrewMembership.__table__.update().where(CrewMembership.person_id == sara.id).values(status="inactive")
        )
    with pytest.raises(Refused), memberships._counted():
        made(CrewMembership, crew_id=crew.id, person_id=make_person().id, joined_at=clock.now())


def test_when_the_founder_is_erased_the_crew_goes_on(page, sara, reza):
    newer, alone = make_person(), make_crew(sara, name="Alone")
    crew = make_crew(sara, newer)
    add_member(crew, reza, role="moderator")
    erase(sara)
    db.session.commit()
    assert numbers(crew) == (2, 1)
    assert membership_of(reza, crew.id).role == "admin"
    page.as_(reza).get(f"/crews/{crew.id}/settings", 200)
    page.as_(reza).get(f"/crews/{crew.id}/log", 200)
    assert db.session.get(Crew, alone.id) is None


def test_a_closed_crew_is_read_for_thirty_days_and_can_be_opened(page, sara, reza):
    crew = make_crew(sara, reza, is_listed=True, joining="open")
    crew_actions.close_crew(sara, crew.id)
    db.session.commit()
    assert told(reza) == ["crew_closed"]
    assert "closed" in page.as_(reza).get(f"/crews/{crew.id}", 200).words
    page.as_(make_person()).get(f"/crews/{crew.id}", 404)
    page.as_(sara).post(f"/crews/{crew.id}/notices", {"text": "Bye"}, status=403)
    form_to(page.as_(sara).get(f"/crews/{crew.id}", 200), "/open").submit(status=303)
    assert db.session.get(Crew, crew.id, populate_existing=True).closed_at is None
    crew_actions.close_crew(sara, crew.id)
    crew = db.session.get(Crew, crew.id)
    crew.closed_at = clock.now() - CLOSING_PERIOD - timedelta(minutes=1)
    db.session.flush()
    crew_id = crew.id
    crew_actions.delete_closed_crews()
    db.session.expunge_all()
    assert db.session.get(Crew, crew_id) is None


def test_a_notice_reaches_who_wants_to_hear(page, sara, reza):
    deaf = make_person()
    crew = make_crew(sara, reza, deaf)
    form_to(page.as_(deaf).get(f"/crews/{crew.id}", 200), "/hearing").submit(status=303)
    page.as_(reza).post(f"/crews/{crew.id}/notices", {"text": "Tea"}, status=403)
    form_to(page.as_(sara).get(f"/crews/{crew.id}", 200), "/notices").fill(text="Tea at seven").submit(status=303)
    assert (told(reza), told(deaf)) == (["crew_notice"], [])
    assert "Tea at seven" in page.as_(reza).get("/notifications", 200).words
    memberships.remove_member(sara, crew.id, reza.id, "Moved away")
    db.session.commit()
    assert "Tea at seven" not in page.as_(reza).get("/notifications", 200).words


def test_settings_show_what_is_set(page, sara):
    crew = make_crew(sara, first_day=6, frequency="biweekly")
    form = form_to(page.as_(sara).get(f"/crews/{crew.id}/settings", 200), "/settings")
    assert (form.values["first_day"], form.values["frequency"]) == ("6", "biweekly")


def test_members_are_shown_by_pages(page, sara):
    people = [make_person(name=f"Runner {n}") for n in range(4)]
    crew = make_crew(sara, *people)
    first = members_of(sara, crew.id, size=3)
    rest = members_of(sara, crew.id, first.next, size=3)
    assert [row.id for row in (*first.items, *rest.items)] == [sara.id, *(person.id for person in people)]
    assert "Runner 3" in page.as_(sara).get(f"/crews/{crew.id}/members", 200).words


def test_settings_keep_room_for_the_members(page, sara, reza):
    crew = make_crew(sara, reza, make_person())
    form = form_to(page.as_(sara).get(f"/crews/{crew.id}/settings", 200), "/settings")
    form.fill(max_members="2").submit(status=422)
    assert db.session.get(Crew, crew.id, populate_existing=True).max_members == 20
