"""Every kind of notification is whole where its feature registers it, and known nowhere else."""

from __future__ import annotations

import ast
import re
import uuid
from functools import cache
from pathlib import Path

import pytest
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import select

from hampa.notifications import models
from hampa.notifications.actions.notifying import notify
from hampa.notifications.models import CHANNELS, TOPICS, Notification, NotificationKind, notification_kinds, register
from hampa.notifications.queries.listing import Notice
from hampa.notifications.views.listing import address_of
from hampa.outbox.models import OutboxMessage
from hampa.platform import clock
from hampa.platform.locale import i18n
from tests.factories.notifications import DATA, in_words
from tests.house import lints

HAMPA = Path(__file__).parents[2] / "hampa"
TEMPLATES = HAMPA / "templates"
PERSIAN = re.compile("[آ-ی]{2}")


@cache
def sources() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text()) for path in sorted(HAMPA.rglob("*.py"))}


@pytest.fixture(scope="module")
def kinds(app) -> dict[str, NotificationKind]:
    return {kind.name: kind for kind in notification_kinds()}


@pytest.fixture
def throwaway(monkeypatch) -> NotificationKind:
    """Register a kind that is removed after the test."""
    monkeypatch.setattr(models, "_kinds", dict(models._kinds))
    monkeypatch.setitem(models.TEXT_INCLUDES, "notifications/sms/throwaway.txt", "")
    monkeypatch.setitem(models.TEXT_INCLUDES, "notifications/mail/throwaway.txt", "")
    kind = NotificationKind(
        "throwaway",
        feature="home",
        endpoint="runs.show",
        url_argument="run_id",
        fields=("weather",),
        channels=CHANNELS,
        defaults=("sms",),
        icon="clock",
    )
    register(kind)
    return kind


def test_every_call_of_notify_names_a_kind_and_gives_all_its_fields(kinds):
    fields = {name: kind.fields for name, kind in kinds.items()}
    functions = lints.dictionaries(sources().values())
    faults = [
        f"{path.relative_to(HAMPA)}: {fault}"
        for path, tree in sources().items()
        for fault in lints.notify_faults(tree, fields, functions)
    ]
    assert not faults, "\n".join(faults)


def test_nobody_registers_a_kind_that_is_never_sent(kinds):
    sent = {name for tree in sources().values() for call in lints.notify_calls(tree) for name in lints.kinds_of(call)}
    assert sent, "nothing is sent anywhere: this test looks for something that has another name now"
    assert not kinds.keys() - sent, "delete these kinds with their templates"


def test_a_kind_has_a_template_for_each_of_its_channels_and_no_other(kinds):
    wanted = {kind.app_template for kind in kinds.values()}
    wanted |= {kind.sms_file for kind in kinds.values() if "sms" in kind.channels}
    present = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.glob("*/notices/*")}
    assert wanted == present


def test_every_kind_has_sample_data(kinds):
    assert kinds.keys() == DATA.keys(), "tests/factories/notifications.py has sample data of each kind"
    lacking = {name: set(kind.fields) - DATA[name].keys() for name, kind in kinds.items()}
    assert not any(lacking.values()), lacking


def test_every_kind_has_words_in_both_languages_on_all_its_channels(app, kinds):
    faults = []
    for kind in kinds.values():
        notice = Notice(uuid.uuid4(), kind, in_words(kind.name), None, True, clock.now())
        templates = [kind.app_template] + [kind.sms_template] * ("sms" in kind.channels)
        for template in templates:
            for language in ("en", "fa"):
                with app.test_request_context(), i18n.use_locale(language, "Asia/Tehran"):
                    to = "+989121110005"
                    words = app.jinja_env.get_template(template).render(
                        notice=notice, data={**notice.data, "link": str(uuid.uuid4())}, to=to
                    )
                if not words.strip() or bool(PERSIAN.search(words)) != (language == "fa"):
                    faults.append(f"{template} in {language}: {words.strip()!r}")
    assert not faults, "\n".join(faults)


def test_every_kind_leads_to_a_page(app, kinds):
    with app.test_request_context():
        for kind in kinds.values():
            path = address_of(Notification(type=kind.name, subject_id=uuid.uuid4())).partition("#")[0]
            endpoint, _arguments = app.url_map.bind("localhost").match(path, method="GET")
            assert endpoint == kind.endpoint


def test_every_kind_has_a_row_in_the_settings(kinds):
    """One of its own, with words and a heading, or that of another kind."""
    rows = {name for name, kind in kinds.items() if kind.setting is None}
    assert not {name for name in rows if not kinds[name].label or kinds[name].topic not in TOPICS}
    assert {kind.row for kind in kinds.values()} <= rows


def test_channels_that_a_kind_names_are_channels_that_it_has(kinds):
    faults = [kind.name for kind in kinds.values() if not set(kind.defaults) <= set(kind.channels)]
    assert not faults


def test_every_icon_is_there(app, kinds):
    missing = {kind.icon for kind in kinds.values() if not (HAMPA / f"static/img/icons/{kind.icon}.svg").exists()}
    assert not missing


def test_notifications_know_no_kind(kinds):
    files = [*(HAMPA / "notifications").rglob("*.py"), *(TEMPLATES / "notifications").rglob("*.*")]
    names = re.compile(rf"\b({'|'.join(kinds)})\b")
    found = [f"{path.relative_to(HAMPA)}: {name}" for path in files for name in names.findall(path.read_text())]
    assert not found, f"what is special to a kind is said where it is registered: {found}"


def test_a_kind_is_registered_once(kinds, throwaway):
    with pytest.raises(ValueError, match="twice"):
        register(throwaway)


def test_a_new_kind_needs_only_its_registration_and_its_templates(app, page, owner, db_session, throwaway, monkeypatch):
    templates = {
        throwaway.app_template: "<b>Weather: {{ notice.data.weather }}</b>",
        throwaway.sms_file: "Weather for {{ to }}: {{ data.weather }}",
    }
    monkeypatch.setattr(app.jinja_env, "loader", ChoiceLoader([app.jinja_env.loader, DictLoader(templates)]))
    subject_id = uuid.uuid4()
    owner.last_sign_in_at = clock.now()
    assert notify([owner.id], "throwaway", subject_id=subject_id, data={"weather": "snow"}, event="today") == 1
    message = db_session.scalars(select(OutboxMessage).where(OutboxMessage.purpose == "throwaway")).one()
    words = app.jinja_env.get_template(message.template).render(data=message.data, to=message.recipient)
    assert words.partition("\n")[0] == f"Weather for {owner.phone}: snow"
    assert "/no/" in words, "the first SMS to a number says how to get no more"
    reader = page.as_(owner)
    seen = reader.get("/notifications", 200)
    assert "Weather: snow" in seen.words
    link = next(link for link in seen.links if link.startswith("/notifications/"))
    assert reader.get(link, 303).location == f"/runs/{subject_id}"
