"""People who work against a crew: from inside, after they were sent away, and by links that are over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hampa.blocks.actions import block
from hampa.checkins import actions
from hampa.checkins.queries import shared_with_crew
from hampa.comments.models import Comment
from hampa.crews.actions import memberships, operating
from hampa.crews.models import CrewMembership
from hampa.crews.queries import members
from hampa.crews.queries.crews import membership_of
from hampa.notifications.models import Notification
from hampa.people.queries import sees
from hampa.photos.jobs import remove_reported_photo
from hampa.photos.models import RunPicture
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.live import publishing
from hampa.platform.security import signed_links
from hampa.runs.models.participation import LEFT, Participation
from tests.factories.base import made
from tests.factories.checkins import SCORES, make_check_in
from tests.factories.crews import add_member, make_crew, make_crew_picture, make_invitation, make_number_invitation
from tests.factories.files import make_picture
from tests.factories.messages import make_crew_conversation
from tests.factories.people import make_person
from tests.factories.runs import make_run, place_of, take_part
from tests.personas import operator as make_operator


@pytest.fixture
def sara(db_session):
    return make_person(name="Sara Karimi")


@pytest.fixture
def troll(db_session):
    return make_person(name="Troll Trolson")


def status_of(crew, person) -> str:
    db.session.expire_all()
    return db.session.scalars(
        select(CrewMembership.status).where(CrewMembership.crew_id == crew.id, CrewMembership.person_id == person.id)
    ).one()


def count_told(person, kind: str) -> int:
    query = select(func.count()).where(Notification.person_id == person.id, Notification.type == kind)
    return db.session.scalars(query).one()


def test_who_blocks_the_organisers_is_still_sent_away(page, sara, troll):
    crew = make_crew(sara, troll)
    block(troll, sara.id)
    db.session.commit()
    browser = page.as_(sara)
    assert "Troll" in browser.get(f"/crews/{crew.id}/members", 200).words
    browser.get(f"/crews/{crew.id}/members/{troll.id}", 200)
    browser.post(f"/crews/{crew.id}/members/{troll.id}/ban", {"reason": "Rude", "days": "30"}, status=303)
    assert status_of(crew, troll) == "banned"
    assert "Troll" in browser.get(f"/crews/{crew.id}/log", 200).words
    # Members without the right do not see who is hidden from them.
    other = make_person()
    add_member(crew, other)
    block(other, sara.id)
    db.session.commit()
    assert "Sara" not in page.as_(other).get(f"/crews/{crew.id}/members", 200).words


def test_what_they_write_is_removed_too(page, sara, troll):
    crew, other = make_crew(sara, troll), make_person()
    add_member(crew, other)
    talk = make_crew_conversation(crew, (troll, "Nasty words"))
    block(troll, sara.id)
    block(troll, other.id)
    db.session.commit()
    shown = page.as_(sara).get(f"/messages/{talk.id}", 200)
    assert "Nasty words" in shown.words
    address = next(link for link in shown.links if link.endswith("/remove"))
    assert "Nasty words" not in page.as_(other).get(f"/messages/{talk.id}", 200).words
    page.as_(other).post(address, {"reason": "Rude"}, status=403)
    page.as_(sara).get(address, 200).form(address).fill(reason="Rude").submit(status=303)
    assert "Nasty words" not in page.as_(sara).get(f"/messages/{talk.id}", 200).words


def test_who_leaves_quickly_is_banned_all_the_same(page, sara, troll):
    crew = make_crew(sara, troll, is_listed=True, joining="open")
    page.as_(troll).post(f"/crews/{crew.id}/leave", status=303)
    browser = page.as_(sara)
    assert "Troll" in browser.get(f"/crews/{crew.id}/members?who=left", 200).words
    form = browser.get(f"/crews/{crew.id}/members/{troll.id}", 200).form(f"/crews/{crew.id}/members/{troll.id}/ban")
    form.fill(reason="Rude", days="30").submit(status=303)
    page.as_(troll).post(f"/crews/{crew.id}/join", status=422)


def test_leaving_and_coming_back_ends_no_silence(page, sara, troll):
    crew = make_crew(sara, troll, is_listed=True, joining="open")
    page.as_(sara).post(f"/crews/{crew.id}/members/{troll.id}/mute", {"reason": "Loud", "days": "7"}, status=303)
    page.as_(troll).post(f"/crews/{crew.id}/leave", status=303)
    page.as_(troll).post(f"/crews/{crew.id}/join", status=303)
    db.session.expire_all()
    assert membership_of(troll, crew.id).is_muted


@pytest.mark.parametrize("what", ["remove", "ban", "leave"])
def test_open_pages_of_who_is_out_ask_again_what_they_may_hear(page, sara, troll, what, monkeypatch):
    crew, told = make_crew(sara, troll), []
    monkeypatch.setattr(publishing, "_write", lambda _client, messages: told.extend(messages) or True)
    if what == "leave":
        page.as_(troll).post(f"/crews/{crew.id}/leave", status=303)
    else:
        answer = {"reason": "Rude", "days": "7"}
        page.as_(sara).post(f"/crews/{crew.id}/members/{troll.id}/{what}", answer, status=303)
    assert any(f"person:{troll.id}" in message and "recheck" in message for message in told)


def test_a_link_that_is_over_tells_nothing_of_a_hidden_crew(page, sara, troll):
    crew = make_crew(sara, guide="Gate 5, Fridays at 6:30", agreement="Be kind")
    gone = [
        make_invitation(crew, sara, revoked_at=clock.now()),
        make_invitation(crew, sara, expires_at=clock.now() - timedelta(hours=1)),
        make_invitation(crew, sara, most_uses=1, uses=1),
    ]
    add_member(crew, troll, status="banned")
    for link in gone:
        for viewer in (None, make_person(), troll):
            for address in (f"/crews/in/{link.id}", f"/crews/in/{link.id}/join"):
                answer = page.as_(viewer).get(address)
                assert "Gate 5" not in answer.words and crew.name not in answer.words, (address, viewer)
                assert answer.status in (303, 410)


def test_links_end_with_the_right_to_make_them(page, sara, troll):
    crew, moderator, member = make_crew(sara), make_person(), make_person()
    add_member(crew, moderator, role="moderator")
    add_member(crew, member)
    crew.members_may_invite = False
    links = make_invitation(crew, moderator), make_invitation(crew, member), make_invitation(crew, sara)
    browser = page.as_(troll)
    browser.post(f"/crews/in/{links[1].id}/join", status=410)
    browser.get(f"/crews/in/{links[0].id}", 200)
    page.as_(sara).post(f"/crews/{crew.id}/members/{moderator.id}/role", {"role": "member"}, status=303)
    browser.post(f"/crews/in/{links[0].id}/join", status=410)
    assert str(links[0].id) not in page.as_(sara).get(f"/crews/{crew.id}/ways-in", 200).text
    sara.state = "suspended"
    db.session.commit()
    browser.post(f"/crews/in/{links[2].id}/join", status=410)


def test_nobody_who_joins_reads_how_all_were_before(page, sara, troll):
    crew = make_crew(sara, is_listed=True, joining="open")
    before = make_check_in(sara, crew, sharing="crew", note="I was ill")
    before.ends_at = clock.now() - timedelta(hours=1)
    db.session.commit()
    page.as_(troll).post(f"/crews/{crew.id}/join", status=303)
    assert "I was ill" not in page.as_(troll).get(f"/crews/{crew.id}/check-ins", 200).words
    before.ends_at = clock.now() + timedelta(hours=1)
    db.session.commit()
    assert len(shared_with_crew(troll, crew.id).items) == 1


def test_coming_and_going_rings_once_a_day(page, sara, troll):
    crew = make_crew(sara, is_listed=True, joining="open")
    for _each in range(3):
        page.as_(troll).post(f"/crews/{crew.id}/join", status=303)
        page.as_(troll).post(f"/crews/{crew.id}/leave", status=303)
    assert count_told(sara, "crew_joined") == 1
    for _each in range(memberships.JOINS_A_DAY - 3):
        page.as_(troll).post(f"/crews/{crew.id}/join", status=303)
        page.as_(troll).post(f"/crews/{crew.id}/leave", status=303)
    page.as_(troll).post(f"/crews/{crew.id}/join", status=429)


def test_asking_again_and_undoing_again_rings_once_a_day(page, sara, troll):
    crew, reza = make_crew(sara, is_listed=True, joining="request"), make_person()
    add_member(crew, reza)
    for _each in range(3):
        page.as_(troll).post(f"/crews/{crew.id}/join", {"line": "Let me in"}, status=303)
        page.as_(sara).post(f"/crews/{crew.id}/requests/{troll.id}", status=303)
        for answer in ({"role": "moderator"}, {"role": "member"}):
            page.as_(sara).post(f"/crews/{crew.id}/members/{reza.id}/role", answer, status=303)
        mute = {"reason": "Loud", "days": "1"}
        page.as_(sara).post(f"/crews/{crew.id}/members/{reza.id}/mute", mute, status=303)
        page.as_(sara).post(f"/crews/{crew.id}/members/{reza.id}/undo", {"what": "mute"}, status=303)
    assert count_told(sara, "crew_request") == 1
    assert count_told(reza, "crew_membership") == 3  # made a moderator, a member, and muted


def test_people_of_long_ago_and_people_who_ask_are_named_to_organisers_alone(page, sara, troll):
    crew, left, asks = make_crew(sara, troll, members_may_invite=False), make_person(), make_person()
    for person in (left, asks):
        person.profile_visibility = "companions"
    add_member(crew, left, status="inactive")
    crew.is_listed, crew.joining = True, "request"
    db.session.commit()
    page.as_(asks).post(f"/crews/{crew.id}/join", {"line": "Hello"}, status=303)
    assert [sees(viewer, person.id) for viewer in (sara, troll) for person in (left, asks)] == [
        True,
        True,
        False,
        False,
    ]


def test_pages_of_the_crew_hear_nothing_of_a_private_check_in(page, sara, troll, monkeypatch):
    """In a crew of two the moment alone says who has checked in, and who has not."""
    crew, told = make_crew(sara, troll), []
    monkeypatch.setattr(publishing, "_write", lambda _client, messages: told.extend(messages) or True)
    private = actions.check_in(sara, crew.id, None, SCORES | {"sharing": "private"})
    db.session.commit()
    assert "checked_in" not in str(told)
    actions.change_check_in(sara, private.id, {"sharing": "crew", "counted_from": private.counted_from})
    db.session.commit()
    assert str(sara.id) in next(message for message in told if "checked_in" in message)
    told.clear()
    actions.change_check_in(sara, private.id, {"sharing": "private", "counted_from": private.counted_from})
    db.session.commit()
    assert "checked_in" in str(told), "who has it on the page loses it"


def hide(crew) -> None:
    """Do what an operator decides about a reported crew."""
    operating.hide_reported_crew(crew.id)
    db.session.commit()


def test_the_address_of_a_picture_shows_nobody_a_hidden_crew(page, sara, troll):
    crew, invited = make_crew(sara, is_listed=True), make_person()
    picture, link = make_crew_picture(crew, sara), make_invitation(crew, sara)
    number = make_number_invitation(crew, sara, invited.phone)
    address = f"/crews/{crew.id}/picture/{picture.id}/96.webp"
    page.as_(troll).get(address, 200)
    crew.is_listed = False
    db.session.commit()
    for viewer, status in ((None, 404), (troll, 404), (sara, 200), (make_operator(), 200)):
        page.as_(viewer).get(address, status)
    token = signed_links.make_token("c", number.id, invited.phone)
    shown = (None, f"/crews/in/{link.id}"), (None, f"/c/{token}"), (invited, f"/crews/invited/{number.id}")
    for viewer, shows in shown:
        sources = [one.get("src") for one in page.as_(viewer).get(shows, 200).all("img")]
        [of_crew] = [source for source in sources if str(picture.id) in source]
        page.as_(viewer).get(of_crew, 200)
    page.as_(troll).get(f"{address}?link={number.id}", 404)
    page.as_(troll).get(f"/crews/{make_crew(sara).id}/picture/{picture.id}/96.webp?link={link.id}", 404)
    link.revoked_at = clock.now()
    db.session.commit()
    page.as_(troll).get(f"{address}?link={link.id}", 404)


def test_no_way_leads_into_a_crew_that_operators_hide(page, sara, troll):
    crew, asks = make_crew(sara, is_listed=True, joining="request", access_code="abcd2345"), make_person()
    link, number = make_invitation(crew, sara), make_number_invitation(crew, sara, troll.phone)
    page.as_(asks).post(f"/crews/{crew.id}/join", {"line": "Hello"}, status=303)
    hide(crew)
    token = signed_links.make_token("c", number.id, troll.phone)
    ways = f"/crews/in/{link.id}", f"/crews/in/{link.id}/share.png", f"/c/{token}", f"/crews/invited/{number.id}"
    for address in ways:
        assert crew.name not in page.as_(troll).get(address, 410).words
    page.as_(troll).post(f"/crews/in/{link.id}/join", status=410)
    page.as_(troll).post("/crews/code", {"code": "abcd2345"}, status=422)
    answer = f"/crews/{crew.id}/requests/{asks.id}"
    assert "Operators" in page.as_(sara).post(answer, {"accept": "1"}, status=403).words
    page.as_(sara).get(f"/crews/{crew.id}/ways-in", 403)
    assert crew.name in page.as_(sara).get(f"/crews/in/{link.id}", 200).words, "its members see it as before"


def test_a_request_is_taken_back_from_a_crew_that_hides_by_now(page, sara, troll):
    crew, other = make_crew(sara, is_listed=True, joining="request"), make_crew(sara)
    page.as_(troll).post(f"/crews/{crew.id}/join", {"line": "Hello"}, status=303)
    assert crew.name in page.as_(troll).get("/crews", 200).words
    crew.is_listed, crew.name = False, "A new name"
    db.session.commit()
    index = page.as_(troll).get("/crews", 200)
    assert "A new name" not in index.words, "what it is called now is none of theirs"
    index.form(f"/crews/{crew.id}/take-back").submit(status=303)
    assert members.request_of(troll, crew.id) is None
    page.as_(troll).post(f"/crews/{crew.id}/take-back", status=404)
    page.as_(troll).post(f"/crews/{other.id}/take-back", status=404)


def test_invited_numbers_get_in_as_long_as_who_invited_them_may(page, sara, troll):
    crew, reza = make_crew(sara), make_person()
    add_member(crew, reza, role="moderator")
    number = make_number_invitation(crew, reza, troll.phone)
    page.as_(troll).get(f"/crews/invited/{number.id}", 200)
    page.as_(sara).post(f"/crews/{crew.id}/members/{reza.id}/role", {"role": "member"}, status=303)
    page.as_(troll).post(f"/crews/invited/{number.id}", status=410)


def test_another_site_has_nobody_export_the_members(page, sara):
    crew = make_crew(sara)
    led = page.as_(sara).get(f"/crews/{crew.id}/members.csv", 303, headers={"Sec-Fetch-Site": "cross-site"})
    assert led.location.endswith(f"/crews/{crew.id}/export")
    assert "exported" not in page.as_(sara).get(f"/crews/{crew.id}/log", 200).words


def test_what_one_wrote_is_removed_also_where_one_sees_no_more(page, sara, troll, work):
    crew = make_crew(sara, troll)
    run = make_run(sara, crew_id=crew.id, visibility="crew", starts_at=clock.now() - timedelta(hours=1))
    take_part(run, troll)
    photos = [make_picture(run, troll).id for _each in range(2)]
    comments = [made(Comment, run_id=run.id, author_id=troll.id, text="My number is 0912") for _each in range(2)]
    page.as_(troll).get(f"/runs/{run.id}", 200)
    place = db.session.get(Participation, place_of(run, troll))
    place.status, place.left_at = LEFT, clock.now()
    membership_of(troll, crew.id).status = "inactive"
    db.session.commit()
    page.as_(troll).get(f"/runs/{run.id}", 404)
    page.as_(troll).post(f"/runs/{run.id}/comments/{comments[0].id}/delete", status=303)
    page.as_(troll).post(f"/runs/{run.id}/photos/{photos[0]}/delete", status=303)
    page.as_(make_person()).post(f"/runs/{run.id}/comments/{comments[1].id}/delete", status=404)
    # What was reported is taken away whoever may see the run by now.
    remove_reported_photo(photos[1])
    db.session.expire_all()
    assert [db.session.get(RunPicture, one) for one in photos] == [None, None]


def test_an_older_form_of_the_settings_takes_back_nothing_that_another_organiser_changed(page, sara, troll):
    crew, address = make_crew(sara, is_listed=True, agreement="Be kind"), "settings"
    add_member(crew, troll, role="admin")
    address = f"/crews/{crew.id}/settings"
    older, newer = (page.as_(one).get(address, 200).form(address) for one in (troll, sara))
    newer.values.pop("is_listed")
    newer.fill(agreement="Be kind, and bring lamps").submit(status=303)
    refused = older.fill(description="Every Friday", max_members="1").submit(status=422)
    refused.form(address).fill(max_members="30").submit(status=303)
    db.session.expire_all()
    assert (crew.is_listed, crew.agreement, crew.agreement_version) == (False, "Be kind, and bring lamps", 2)
    assert (crew.description, crew.max_members) == ("Every Friday", 30)
