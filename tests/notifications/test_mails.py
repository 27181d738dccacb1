"""Notifications by mail, through a real SMTP server: their words, and how to get no more of them."""

from __future__ import annotations

import re
import uuid
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from hampa.notifications.actions.notifying import notify
from hampa.notifications.models import NotificationChoices
from hampa.outbox.models import OutboxMessage
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.delivery.gateways import use_gateway
from hampa.platform.mail.smtp import SmtpGateway
from hampa.platform.security.signed_links import make_token
from tests.factories.notifications import DATA, choose
from tests.factories.people import make_person
from tests.factories.runs import make_run
from tests.mail_server import running

ADDRESS = "sara@example.com"


@pytest.fixture
def reader(owner):
    owner.email, owner.email_verified_at = ADDRESS, clock.now()
    return owner


@pytest.fixture
def mail_server(app):
    """Yield a server to which the app hands mail."""
    before = app.extensions.pop("hampa.mail", None)
    with running() as server:
        gateway = SmtpGateway("127.0.0.1", server.port, security="none", sender="Hampa <hello@hampa.example>")
        use_gateway(app, "mail", gateway)
        yield server
    app.extensions["hampa.mail"] = before


def tell(person, kind, subject_id=None, **more):
    notify([person.id], kind, subject_id=subject_id or uuid.uuid4(), data=DATA[kind], event=uuid.uuid4(), **more)


def chosen(session, person):
    session.expire_all()
    return session.scalar(select(NotificationChoices.choices).where(NotificationChoices.person_id == person.id))


BY_MAIL = ("incident_review", "webhook_off", "coaching_week", "subscription_paid", "subscription_ends")
TURNED_OFF = {kind: {"mail": False} for kind in BY_MAIL}
"""What stopping all mails turns off: the kinds that come by mail unless somebody chooses otherwise."""


def parts(mail):
    return [mail.get_body([kind]).get_content() for kind in ("plain", "html")]


@pytest.mark.parametrize(("language", "words", "direction"), [("en", "is cancelled", "ltr"), ("fa", "لغو", "rtl")])
def test_a_mail_has_the_words_of_the_app_in_both_forms(reader, stranger, work, mail_server, language, words, direction):
    reader.locale = language
    choose(reader, run_changed={"mail": True})
    run = make_run(stranger, title="Loop <b> at evil.example", cancel_reason="See evil.example/now")
    tell(reader, "run_cancelled", run.id)
    work()
    (mail,) = mail_server.mails
    assert mail["To"] == ADDRESS
    text, html = parts(mail)
    for part in (str(mail["Subject"]), text, html):
        assert words in part
        assert "evil.example" not in part, "what people wrote is no link in a mail either"
    assert "Loop <b> at" in text
    assert "Loop &lt;b&gt; at" in html
    assert f'dir="{direction}"' in html
    assert "prefers-color-scheme: dark" in html
    link = re.search(r"https?://\S+/notifications/\S+", text)
    assert link and f'href="{link[0]}"' in html


def test_one_click_of_a_mail_program_stops_mails_of_this_sort(page, reader, work, mail_server, db_session):
    choose(reader, run_changed={"mail": True}, run_comment={"mail": True})
    tell(reader, "run_cancelled", make_run().id)
    work()
    (mail,) = mail_server.mails
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = mail["List-Unsubscribe"].strip("<>")
    assert address.startswith(settings().base_url)
    path = urlsplit(address).path + "?" + urlsplit(address).query
    page.client.head(path)
    page.get(path, 200)
    assert chosen(db_session, reader)["run_changed"] == {"mail": True}, "a GET changes nothing"
    answer = page.client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200, "programs for mail follow no redirect"
    assert chosen(db_session, reader) == {"run_comment": {"mail": True}}


def test_a_person_is_asked_first_and_may_stop_all(page, reader, db_session):
    choose(reader, run_changed={"mail": True}, run_comment={"mail": True})
    path = f"/unsubscribe/{make_token('u', reader.id, ADDRESS, is_public=True)}"
    page.client.post(path + "?of=run_comment", data={"all": "yes"})
    assert len(chosen(db_session, reader)) == 2, "without the token of the page nothing happens"
    seen = page.get(path + "?of=run_comment", 200)
    assert ADDRESS in seen.words
    assert seen.form(path + "?of=run_comment").submit(status=303).location.startswith(path)
    assert chosen(db_session, reader) == {"run_changed": {"mail": True}}
    assert "won't get these emails" in page.get(path, 200).form(path).submit(status=303).follow().words
    assert chosen(db_session, reader) == TURNED_OFF


def test_an_unknown_sort_stops_nothing_unless_all_is_asked_for(page, reader, db_session):
    choose(reader, run_changed={"mail": True}, run_comment={"mail": True})
    path = f"/unsubscribe/{make_token('u', reader.id, ADDRESS, is_public=True)}"
    for sort in ("?of=no_such_kind", "?of=run_changed%00", "?of=Run_changed"):
        for data in ({"List-Unsubscribe": "One-Click"}, {}):
            page.client.post(path + sort, data=data)
            assert len(chosen(db_session, reader)) == 2, (sort, data)
        page.client.post(path + sort, data={"List-Unsubscribe": "One-Click", "all": "no"})
        assert len(chosen(db_session, reader)) == 2
    form = page.get(path + "?of=no_such_kind", 200).form(path)
    assert form.submit(status=303).location.startswith(path)
    assert chosen(db_session, reader) == TURNED_OFF, "the page says that it stops all"


def test_a_link_with_a_short_tag_of_an_earlier_release_stops_nothing(page, reader, db_session):
    choose(reader, run_changed={"mail": True})
    path = f"/unsubscribe/{make_token('u', reader.id, ADDRESS)}"
    assert "too old" in page.get(path, 410).words
    assert page.client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 410
    assert chosen(db_session, reader) == {"run_changed": {"mail": True}}


def test_a_link_is_for_its_address_alone(page, reader):
    token = make_token("u", reader.id, ADDRESS, is_public=True)
    page.get(f"/unsubscribe/{token}", 200)
    page.get(f"/unsubscribe/{make_token('u', reader.id, reader.phone, is_public=True)}", 404)
    page.get(f"/unsubscribe/{make_token('u', make_person().id, '', is_public=True)}", 404)
    reader.email = "other@example.com"
    page.get(f"/unsubscribe/{token}", 404)


def test_security_comes_by_mail_too_and_can_not_be_stopped(page, reader, work, mail_server):
    page.post(f"/unsubscribe/{make_token('u', reader.id, ADDRESS, is_public=True)}", {"all": "yes"}, 303)
    tell(reader, "account_security")
    tell(reader, "phone_changed")
    work()
    assert len(mail_server.mails) == 2
    for mail in mail_server.mails:
        assert mail["List-Unsubscribe"] is None
        assert "can't be turned off" in parts(mail)[0]


def test_a_server_that_refuses_the_address_fails_the_mail_for_good(reader, work, mail_server, db_session):
    mail_server.answers["RCPT"] = "550 no such mailbox"
    tell(reader, "account_security")
    work()
    (message,) = db_session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "mail"))
    assert (message.status, "550" in message.last_error) == ("failed", True)
