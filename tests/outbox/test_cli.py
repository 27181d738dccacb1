"""`flask outbox`: what an operator sees and does at the shell."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from hampa.outbox import queries
from hampa.platform.db import db
from hampa.platform.delivery.base import Answer, Outcome
from tests.outbox.conftest import ScriptedGateway, fresh, send, write

Shell = Callable[..., Result]


@pytest.fixture
def flask(app: Flask, db_session: Session) -> Shell:
    def run(*words: object) -> Result:
        result = app.test_cli_runner().invoke(args=["outbox", *map(str, words)])
        db.session.expire_all()
        return result

    return run


def failed(gateway: ScriptedGateway, **options: Any) -> uuid.UUID:
    gateway.script = [Outcome(Answer.REFUSED, error="no such number")]
    message = write(**options)
    send()
    return message.id


def test_the_list_counts_and_hides_numbers(flask: Shell, gateway: ScriptedGateway) -> None:
    failed(gateway, to="+989121234567")
    write()
    listed = flask("list").output
    assert "pending: 1  sending: 0  sent: 0  failed: 1" in listed
    assert "no such number" in listed
    assert "1234567" not in listed
    assert flask("list", "--status", "failed").output.count("test  ") == 1
    assert flask("list", "--status", "lost").exit_code == 2


def test_a_message_is_shown_with_its_history_and_never_its_secret(flask: Shell, gateway: ScriptedGateway) -> None:
    message = write("code", secret="314159", to="+989121234567")
    shown = flask("show", message.id).output
    assert "to: +989121234567" in shown
    assert "expires" not in shown
    send()
    shown = flask("show", message.id).output
    assert " sent\n" in shown
    assert "provider: scripted p1" in shown
    assert "314159" not in shown


def test_what_failed_is_sent_again_from_its_first_try(flask: Shell, gateway: ScriptedGateway) -> None:
    message_id = failed(gateway)
    assert flask("retry", message_id).exit_code == 0
    send()
    message = queries.get_message(message_id)
    assert (message.status, message.attempts) == ("sent", 1)
    assert [event.what for event in queries.events_of(message_id)] == ["refused", "asked for again", "sent"]


def test_what_waits_is_cancelled_and_its_secret_wiped(flask: Shell, gateway: ScriptedGateway) -> None:
    message = write("code")
    assert flask("cancel", message.id).exit_code == 0
    assert send() == 0
    assert (fresh(message).status, message.secret) == ("cancelled", None)
    assert [event.what for event in queries.events_of(message.id)] == ["cancelled"]


def test_a_code_is_not_sent_again(flask: Shell, gateway: ScriptedGateway) -> None:
    gateway.script = [Outcome(Answer.REFUSED)]
    message = write("code")
    send()
    refused = flask("retry", message.id)
    assert (refused.exit_code, refused.output) == (1, "Error: Its code is gone: a new one has to be asked for.\n")
    assert fresh(message).status == "failed"


def test_what_does_not_fit_its_state_is_refused_with_one_line(flask: Shell, gateway: ScriptedGateway) -> None:
    message = write()
    assert flask("retry", message.id).output.startswith("Error: It is pending")
    send()
    assert flask("cancel", message.id).output.startswith("Error: It is sent")
    assert flask("show", uuid.uuid4()).output == "Error: There is no such message.\n"
