"""The audit log: written with what it tells of, never rewritten, found, exported, and silent of who is erased."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError

from hampa.audit import models, queries
from hampa.audit.actions import about, record_audit
from hampa.audit.models import AuditEntry, Subject, find_thing, register_action, registered_actions
from hampa.moderation import actions as moderation
from hampa.outbox.actions.operating import RETRIED, RETRIED_MANY
from hampa.people import privacy_registry
from hampa.people.actions import erase
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from tests.database import engine_instead
from tests.factories.base import made
from tests.factories.people import make_person
from tests.factories.runs import meet

PAGE = "/admin/audit"


def entries() -> list[AuditEntry]:
    db.session.expire_all()
    return list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.created_at, AuditEntry.id)))


@pytest.fixture
def person(db_session):
    return make_person(name="Rude Rahim")


def test_a_decision_is_written_with_before_after_address_and_request(page, operator, companion, person):
    meet(person)
    report = moderation.report(companion, "person", person.id, "danger", "")
    db.session.commit()
    browser = page.as_(operator)
    browser.post(
        f"/admin/moderation/{report.id}", {"decision": "suspend", "days": "3", "note": "Call +989121234567"}, 303
    )
    [entry] = entries()
    assert (entry.actor_id, entry.about_id, entry.subject_id) == (operator.id, person.id, report.id)
    assert (entry.source, entry.address, entry.before) == ("web", "127.0.0.1", {"account": "active"})
    assert entry.after == {"decision": "suspend", "account": "suspended", "until": person.suspended_until.isoformat()}
    assert "1234567" not in entry.reason and entry.request_id
    # what is refused writes nothing
    assert browser.post(f"/admin/moderation/{report.id}", {"decision": "warn"}).status == 409
    assert len(entries()) == 1
    for locale, words in (("en", "Decided about a report"), ("fa", "گزارش")):
        operator.locale = locale
        shown = browser.get(PAGE, 200)
        assert words in shown.words and "Rude Rahim" in shown.words
        assert f"/admin/moderation/{report.id}" in shown.links


def test_the_command_line_writes_without_an_actor(app: Flask, db_session, person):
    run = app.test_cli_runner().invoke
    for words in (
        ["create-operator", person.phone],
        ["unlock", person.phone],
        ["change-phone", person.phone, "+989121110001"],
    ):
        assert run(args=["hampa", *words]).exit_code == 0, words
    found = entries()
    assert [(entry.action, entry.actor_id, entry.source) for entry in found] == [
        ("people.operator_made", None, "shell"),
        ("people.unlocked", None, "shell"),
        ("people.phone_changed", None, "shell"),
    ]
    assert found[0].before == {"operator": False} and found[0].after == {"operator": True}
    assert all(entry.about_id == person.id for entry in found)
    assert "110001" not in str(found[2].after) and found[2].after["phone"].endswith("01")


def test_backups_restores_and_other_commands_are_in_the_log_of_the_database_that_they_leave(
    app: Flask, real_database, databases, monkeypatch, tmp_path
):
    monkeypatch.setitem(app.extensions, "hampa.settings", settings().model_copy(update={"home": tmp_path}))
    run, file = app.test_cli_runner().invoke, str(tmp_path / "night.tar")
    assert run(args=["hampa", "backup", file]).exit_code == 0
    with app.app_context():
        [entry] = entries()
        assert (entry.action, entry.source, entry.subject_label) == ("site.backed_up", "shell", "night.tar")
        db.session.remove()
    engine = create_engine(databases.make("restored", empty=True))
    with engine_instead(app, engine, tmp_path / "second"):
        done = run(args=["hampa", "restore", file])
        assert done.exit_code == 0, done.output
        with app.app_context():
            [entry] = entries()  # the backup is of before its own entry
            assert (entry.action, entry.actor_id, entry.subject_label) == ("site.restored", None, "night.tar")
            assert entry.after["replaced"] is False and entry.after["made_at"]
            db.session.remove()
    engine.dispose()


def test_nothing_is_rewritten_and_only_an_erasure_empties(page, operator, person, db_session):
    record_audit(
        operator, RETRIED, Subject(label="Rahim", about_id=person.id), {"state": "failed"}, {"state": "pending"}, "r"
    )
    db.session.commit()
    for statement in (
        "DELETE FROM audit_entries",
        "UPDATE audit_entries SET reason = ''",
        "UPDATE audit_entries SET actor_id = NULL",
        "UPDATE audit_entries SET about_id = NULL",
        "UPDATE audit_entries SET created_at = now()",
        "SET LOCAL hampa.erasing = 'on'; UPDATE audit_entries SET reason = 'another'",
        "SET LOCAL hampa.erasing = 'on'; UPDATE audit_entries SET action = ''",
        "SET LOCAL hampa.erasing = 'on'; UPDATE audit_entries SET actor_id = NULL",
        "SET LOCAL hampa.erasing = 'on'; DELETE FROM audit_entries",
    ):
        with pytest.raises(DBAPIError, match="never rewritten"), db.session.begin_nested():
            db.session.execute(text(statement))
    for gone in (person, operator):
        privacy_registry.erase(gone)
        erase(gone)
    db.session.commit()
    [entry] = entries()
    assert (entry.actor_id, entry.about_id, entry.address) == (operator.id, None, "")
    assert (entry.subject_label, entry.before, entry.after, entry.reason) == ("", {}, {}, "")
    assert "Deleted person" in page.as_(make_operator()).get(PAGE, 200).words


def make_operator():
    return make_person(name="Olga", is_operator=True)


def test_secrets_and_fields_without_a_text_do_not_come_in(operator, db_session, monkeypatch):
    monkeypatch.setattr(models, "_actions", dict(models._actions))
    action = next(one for one in registered_actions() if one.name == "outbox.retried_many")
    with pytest.raises(ValueError, match="no text for"):
        record_audit(operator, action, Subject(), after={"token": "abc"})
    secret = register_action("test.secret", "Tested", thing="message", fields={"token": "Token", "data": "Data"})
    record_audit(
        operator, secret, Subject(label="0912 123 4567"), after={"token": "abc", "data": ["+989121234567", "123456"]}
    )
    db.session.flush()
    [entry] = entries()
    assert entry.after["token"] == "[hidden]"
    assert "1234567" not in str(entry.after) and "123456'" not in str(entry.after)


def test_filters_narrow_by_who_what_thing_and_day(page, operator, person, db_session):
    then = clock.now() - timedelta(days=3)
    old = {"source": "shell", "action": "outbox.retried_many", "subject_kind": "messages", "before": {}, "after": {}}
    made(AuditEntry, **old, subject_label="entry A", created_at=then)
    record_audit(operator, RETRIED, Subject(person.id, "entry B", about_id=person.id))
    db.session.commit()
    browser = page.as_(operator)

    def day(moment: datetime) -> str:
        return f"{moment.astimezone(ZoneInfo(operator.timezone)):%Y-%m-%d}"

    def shown(query: str) -> set[str]:
        words = browser.get(f"{PAGE}?{query}", 200).words
        return {label for label in ("entry A", "entry B") if label in words}

    assert shown("") == {"entry A", "entry B"}
    assert shown("actor=shell") == shown("action=outbox.retried_many") == shown("thing=messages") == {"entry A"}
    assert shown(f"actor={operator.id}") == shown(f"subject={person.id}") == {"entry B"}
    assert shown(f"since={day(clock.now())}") == {"entry B"}
    assert shown(f"until={day(then)}") == {"entry A"}
    for nonsense in (
        "actor=nobody",
        "subject=12",
        "since=9999-12-31",
        "until=9999-12-31",
        "since=0001-01-01",
        "after=x",
    ):
        assert browser.get(f"{PAGE}?{nonsense}", 200)
    assert "No entries match" in browser.get(f"{PAGE}?subject={operator.id}", 200).words
    operator.name = ""
    db.session.commit()
    number = f"{operator.phone[:3]}******{operator.phone[-2:]}"
    assert browser.get(PAGE, 200).words.count(number) == 2, "who has no name is called by the masked number"


def test_pages_go_on_by_key_and_the_spreadsheet_runs_no_formula(page, operator, db_session, monkeypatch):
    monkeypatch.setattr(queries, "A_PAGE", 2)
    monkeypatch.setattr(queries.entries_page, "__defaults__", (2,))
    for nth in range(5):
        record_audit(operator, RETRIED_MANY, Subject(label=f"=entry{nth}"), after={"messages": nth}, reason="@SUM(A1)")
    db.session.commit()
    browser, url, seen = page.as_(operator), PAGE, []
    while url:
        answer = browser.get(url, 200)
        seen += [f"=entry{nth}" for nth in reversed(range(5)) if f"=entry{nth}" in answer.words]
        url = next((link.get("href") for link in answer.all("a", rel="next")), None)
    assert seen == [f"=entry{nth}" for nth in reversed(range(5))]
    answer = browser.get(f"{PAGE}.csv?action=outbox.retried_many", 200)
    table = list(csv.reader(io.StringIO(answer.response.get_data(as_text=True).lstrip("\ufeff"))))
    assert len(table) == 6
    assert not [cell for row in table for cell in row if cell[:1] in ("=", "@", "+", "-")]
    last = entries()[-1]
    assert (last.action, last.after, last.actor_id) == ("audit.exported", {"entries": 5}, operator.id)


def test_every_action_and_thing_has_its_text_and_page(app: Flask):
    for action in registered_actions():
        thing = find_thing(action.thing)
        assert thing is not None, f"{action.name}: call register_thing for {action.thing}"
        if thing.endpoint:
            assert thing.endpoint in app.view_functions, f"{action.thing} has no page {thing.endpoint}"


def test_who_is_erased_is_the_thing_of_no_entry(person, operator, db_session):
    record_audit(
        operator, next(one for one in registered_actions() if one.name == "people.operator_made"), about(person)
    )
    db.session.flush()
    privacy_registry.erase(person)
    [entry] = entries()
    assert entry.subject_id is None


def test_the_list_of_actors_has_operators_and_who_has_acted_once_each(db_session, operator, companion, person):
    for _number in range(2):
        for actor in (operator, companion):
            record_audit(actor, RETRIED_MANY, Subject(label="mail"), after={"messages": 1})
    db.session.commit()
    assert {name for _id, name in queries.actors()} == {operator.name, companion.name}
    assert len(queries.actors()) == 2
    db.session.execute(text("UPDATE people SET is_operator = true WHERE id = :id"), {"id": person.id})
    assert [name for _id, name in queries.actors()].count("Rude Rahim") == 1
