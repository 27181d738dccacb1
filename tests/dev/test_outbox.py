"""`/dev/outbox`: what the console delivered, for people and for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from hampa.platform.db import db
from hampa.platform.delivery.base import Answer, MailMessage, SmsMessage
from hampa.platform.delivery.console import ConsoleDelivery, ConsoleGateway
from tests.page import Page


def deliver(nth: int = 1, to: str = "+989121234567") -> SmsMessage:
    message = SmsMessage(
        to=to,
        text=f"کد تو: 12345{nth}\n@hampa.example #12345{nth}",
        template="auth/sms/sign_in_code.txt",
        params={},
        purpose="sign_in_code",
        idempotency_key=f"message-{to}-{nth}",
        veiled="کد تو: ••••••",
    )
    assert ConsoleGateway().send(message).answer is Answer.TAKEN
    return message


def test_mail_is_shown_too_and_found_by_its_address(page: Page) -> None:
    ConsoleGateway().send(
        MailMessage(
            to="sara@example.org",
            subject="Is this yours?",
            text="https://hampa.example/x\n",
            html="<p>x</p>",
            purpose="email_link",
            idempotency_key="mail-1",
            veiled="•\n",
        )
    )
    deliver(1)
    shown = page.get("/dev/outbox?format=json&to=sara@example.org", 200).json["messages"]
    assert [(one["kind"], one["to"], one["text"]) for one in shown] == [
        ("mail", "sara@example.org", "Is this yours?\n\nhttps://hampa.example/x\n")
    ]


def test_messages_are_shown_newest_first(page: Page) -> None:
    deliver(1)
    deliver(2)
    shown = page.get("/dev/outbox", 200).text
    assert 0 < shown.index("#123452") < shown.index("#123451")
    assert "sign_in_code" in shown


def test_an_empty_outbox_says_so(page: Page) -> None:
    assert "Nothing was delivered yet" in page.get("/dev/outbox", 200).text


def test_programs_get_what_was_promised(page: Page) -> None:
    sent = deliver(1)
    deliver(2)
    messages = page.client.get("/dev/outbox?format=json").json["messages"]  # type: ignore[index]
    assert [message["text"][-7:] for message in messages] == ["#123452", "#123451"]
    first = messages[1]
    assert first.keys() == {"id", "kind", "purpose", "to", "text", "created_at"}
    assert (first["kind"], first["purpose"], first["to"], first["text"]) == ("sms", "sign_in_code", sent.to, sent.text)
    assert datetime.fromisoformat(first["created_at"]).utcoffset() is not None


@pytest.mark.parametrize("written", ["%2B989121234567", "+989121234567", "989121234567", "%20989121234567"])
def test_one_recipient_is_found_however_the_plus_is_written(page: Page, written: str) -> None:
    deliver(1, "+989121234567")
    deliver(2, "+989127654321")
    answer: Any = page.client.get(f"/dev/outbox?format=json&to={written}").json
    assert [message["to"] for message in answer["messages"]] == ["+989121234567"]
    assert "+989127654321" not in page.get(f"/dev/outbox?to={written}", 200).text


def test_the_same_message_is_delivered_once(db_session: Session) -> None:
    deliver(1)
    deliver(1)
    assert len(db.session.scalars(select(ConsoleDelivery)).all()) == 1


def test_in_production_a_secret_is_kept_by_nobody(app: Flask, db_session: Session, monkeypatch: Any) -> None:
    monkeypatch.setattr(type(app.extensions["hampa.settings"]), "production", True)
    deliver(1)
    assert db.session.scalars(select(ConsoleDelivery.text)).one() == "کد تو: ••••••"
