"""Phone numbers that are invited into crews: lists as people have them, what is sent, and what nobody learns."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hampa.crew_invitations import actions
from hampa.crew_invitations.forms import read_numbers
from hampa.crew_invitations.models import NumberInvitation
from hampa.crews.models import CrewLogEntry
from hampa.crews.queries.crews import membership_of
from hampa.moderation.models import Report
from hampa.notifications.actions.stops import stop_sms
from hampa.notifications.models import Notification
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Block
from hampa.people.privacy_registry import erase
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from hampa.platform.security import signed_links
from hampa.platform.texts.spreadsheet import read_table
from tests.factories.base import made
from tests.factories.crews import add_member, make_crew, make_number_invitation
from tests.factories.files import sent
from tests.factories.people import make_person

NEW = ["+989351112201", "+989351112202", "+989351112203"]


@pytest.fixture
def sara(db_session):
    return make_person(name="Sara Karimi")


def listed(content: str | bytes, *regions: str) -> list[str]:
    return read_numbers(read_table(content, 200), regions or ("IR",)).numbers


def messages() -> list[OutboxMessage]:
    return list(db.session.scalars(select(OutboxMessage).where(OutboxMessage.purpose == "crew_invitation")))


def told(person) -> int:
    query = select(func.count()).where(Notification.person_id == person.id, Notification.type == "crew_invitation")
    return db.session.scalar(query) or 0


@pytest.mark.parametrize(
    "content",
    [
        "09351112201\n۰۹۳۵۱۱۱۲۲۰۲",
        "Name;Mobile\nSara;0935 111 2201\nReza;+98 935 111 2202\n",
        "نام,موبایل\nسارا,۰۹۳۵۱۱۱۲۲۰۱\nرضا,۰۹۳۵۱۱۱۲۲۰۲".encode("utf-8-sig"),
        "نام\tموبایل\nسارا\t9351112201\nرضا\t۰۹۳۵۱۱۱۲۲۰۲".encode("utf-16"),
        "\u200e+989351112201\u200f، \u202a09351112202\u202c",
        '"Sara";"\'09351112201"\n\n"Reza";"=""09351112202"""',
    ],
)
def test_lists_are_read_as_people_have_them(app, content):
    with app.test_request_context():
        assert listed(content) == NEW[:2]


def test_a_row_that_is_no_number_says_why(app):
    with app.test_request_context():
        text = "12345\n02188776655\n09351112201\n+989351112201\n9.35E+09"
        rows = read_numbers(read_table(text, 200), ("IR",)).rows
    assert [bool(row.problem) for row in rows] == [True, True, False, True, True]
    assert len({row.problem for row in rows}) == 5


def test_a_number_of_two_countries_asks_which(page, sara):
    crew = make_crew(sara)
    browser = page.as_(sara)
    fields = {"numbers": "0151 23456789\n09351112201"}
    asked = browser.post(f"/crews/{crew.id}/phone-numbers", fields, status=422, headers={"Accept-Language": "de-DE"})
    if 'name="country"' in asked.response.get_data(as_text=True):
        assert db.session.scalars(select(NumberInvitation)).all() == []


def test_a_list_is_shown_before_anything_is_sent(page, sara):
    known, reza = make_person(), make_person()
    crew = make_crew(sara, reza)
    text = "\n".join([known.phone, NEW[0], "nonsense 123"])
    address = f"/crews/{crew.id}/phone-numbers"
    seen = page.as_(sara).post(address, {"file": sent(text.encode(), "list.csv")}, status=422)
    assert "2 numbers can be invited" in seen.words
    assert "nonsense 123" in seen.words
    form = next(form for form in seen.forms if form.action.endswith("/phone-numbers"))
    form.submit(status=422)
    assert db.session.scalars(select(NumberInvitation)).all() == []
    form.fill(agreed="y").submit(status=303)
    rows = db.session.scalars(select(NumberInvitation)).all()
    assert {row.number for row in rows} == {known.phone, NEW[0]}
    actions.send_batch(crew.id)
    db.session.commit()
    assert [message.recipient for message in messages()] == [NEW[0]]
    assert told(known) == 1
    again = page.as_(sara).post(address, {"numbers": text}, status=422)
    assert "invited this number already" in again.words
    page.as_(reza).get(address, 403)
    page.as_(reza).post(address, {"numbers": NEW[1], "seen": "1", "agreed": "y"}, status=403)


def test_nobody_learns_who_is_here_or_wants_none(page, sara):
    """Whoever blocked, is banned, wants no SMS or is there already gets nothing, and the pages look the same."""
    blocker, banned, member, plain = (make_person() for _each in range(4))
    crew = make_crew(sara, member)
    add_member(crew, banned, status="banned")
    made(Block, blocker_id=blocker.id, blocked_id=sara.id)
    stop_sms(NEW[1])
    numbers = [blocker.phone, banned.phone, member.phone, plain.phone, NEW[0], NEW[1]]
    actions.invite_numbers(sara, crew.id, numbers)
    assert actions.send_batch(crew.id)
    assert not actions.send_batch(crew.id)
    db.session.commit()
    assert [told(person) for person in (blocker, banned, member, plain)] == [0, 0, 0, 1]
    assert [message.recipient for message in messages()] == [NEW[0]]
    shown = page.as_(sara).get(f"/crews/{crew.id}/phone-numbers", 200).words
    assert shown.count("works until") == 6
    assert shown.count("on its way") == 0


def test_numbers_are_not_bombed(db_session, sara):
    crew = make_crew(sara)
    assert actions.invite_numbers(sara, crew.id, NEW[:1]) == 1
    assert actions.invite_numbers(sara, crew.id, NEW[:1]) == 0
    with pytest.raises(TooFast):
        actions.invite_numbers(sara, crew.id, [f"+98935112{n:04}" for n in range(actions.NUMBERS_A_DAY)])
    for _crew in range(actions.MOST_OF_A_NUMBER):
        other = make_crew(make_person())
        make_number_invitation(other, sara, NEW[0], created_at=clock.now() - timedelta(days=2))
    actions.send_batch(crew.id)
    assert messages() == []


def test_an_invitation_lets_in_its_number_alone(page, sara):
    mina, other = make_person(), make_person()
    crew = make_crew(sara, agreement="Nobody runs alone.")
    row = make_number_invitation(crew, sara, mina.phone)
    token = signed_links.make_token("c", row.id, mina.phone)
    shown = page.as_(None).get(f"/c/{token}", 200)
    assert crew.name in shown.words
    assert mina.phone not in shown.response.get_data(as_text=True)
    page.as_(None).get(f"/c/{signed_links.make_token('c', row.id, other.phone)}", 404)
    address = f"/crews/invited/{row.id}"
    page.as_(other).get(address, 404)
    page.as_(other).post(address, {"agrees": "y"}, status=404)
    page.as_(mina).post(address, {}, status=422)
    page.as_(mina).post(address, {"agrees": "y", "version": "1"}, status=303)
    assert membership_of(mina, crew.id).is_active
    db.session.expire_all()
    assert (row.number, row.accepted_at is not None) == (None, True)
    page.as_(None).get(f"/c/{token}", 410)
    assert "Came in" in page.as_(sara).get(f"/crews/{crew.id}/phone-numbers", 200).words


def test_an_invitation_is_revoked_stopped_and_forgotten(page, sara):
    crew, reza = make_crew(sara), make_person()
    actions.invite_numbers(sara, crew.id, NEW)
    actions.send_batch(crew.id)
    db.session.commit()
    rows = {row.number: row for row in db.session.scalars(select(NumberInvitation))}
    first, second, third = (rows[number] for number in NEW)
    page.as_(reza).post(f"/crews/{crew.id}/phone-numbers/{first.id}/revoke", status=404)
    page.as_(sara).post(f"/crews/{crew.id}/phone-numbers/{first.id}/revoke", status=303)
    token = signed_links.make_token("c", second.id, NEW[1])
    page.as_(None).get(f"/c/{token}/stop", 200)
    page.as_(None).post(f"/c/{token}/stop", status=303)
    db.session.expire_all()
    assert [row.number for row in (first, second)] == [None, None]
    assert {row.status for row in messages() if row.recipient in NEW[:2]} == {"cancelled"}
    another = make_crew(reza)
    actions.invite_numbers(reza, another.id, [NEW[1]])
    actions.send_batch(another.id)
    assert [row.status for row in messages() if row.recipient == NEW[1]] == ["cancelled"]
    third.expires_at = clock.now() - timedelta(minutes=1)
    db.session.flush()
    actions.forget_old()
    db.session.expire_all()
    assert third.number is None


def test_who_is_invited_may_report_the_crew_and_be_forgotten(page, sara):
    mina = make_person()
    crew = make_crew(sara)
    make_number_invitation(crew, sara, mina.phone)
    page.as_(make_person()).get(f"/report/crew/{crew.id}", 404)
    page.as_(mina).post(f"/report/crew/{crew.id}", {"reason": "spam", "words": "I know nobody there"}, status=303)
    assert db.session.scalars(select(Report)).one().about_id == sara.id
    erase(mina)
    db.session.flush()
    assert db.session.scalars(select(NumberInvitation)).all() == []


def test_the_log_counts_what_was_invited_and_a_closed_crew_invites_nobody(page, sara):
    crew = make_crew(sara)
    actions.invite_numbers(sara, crew.id, NEW)
    assert ("numbers", "3") in [tuple(row) for row in db.session.execute(select(CrewLogEntry.what, CrewLogEntry.note))]
    crew.closed_at = clock.now()
    db.session.flush()
    actions.send_batch(crew.id)
    assert messages() == []
    db.session.commit()
    page.as_(sara).post(f"/crews/{crew.id}/phone-numbers", {"numbers": NEW[0]}, status=403)
