"""Somebody who has every address that there is and nothing to do with Sara: none of them tells what she tells nobody."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from sqlalchemy import select

from hampa.cards.models import Card
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.queries.people import participation_of
from tests.factories.cards import make_card
from tests.factories.runs import in_days, make_run, take_part
from tests.house.routes import rows
from tests.page import Answer, Page
from tests.personas import Setting
from tests.turns import in_turn

BY_TOKEN = re.compile("token")
"""What is behind a link in a message is of whoever holds that; `tests/attack/test_by_link.py` looks at these."""
READING = [row.rule for row in rows() if row.method == "GET" and not row.rule.startswith("/dev/")]
TELLING = {
    "/",
    "/me",
    "/me/profile",
    "/me/cards",
    "/me/contact",
    "/me/activities/new",
    "/me/reports/<uuid:report_id>",
    "/cards/<uuid:card_id>",
    "/interests/<uuid:interest_id>",
    "/runs/<uuid:run_id>/participants",
    "/runs/<uuid:run_id>/participants.csv",
    "/runs/<uuid:run_id>/message/<uuid:message_id>",
    "/safety/new",
}
"""Pages that tell those whom they are for the most of it."""
WRITING = [row for row in rows() if row.method == "POST" and not row.rule.startswith("/dev/")]

Secrets = dict[str, str]


@pytest.fixture
def secrets(setting: Setting) -> Secrets:
    """Return by kind what Sara, whose page is for companions alone, has here and shows to no stranger."""
    sara, reza = setting.owner, setting.companion
    sara.email, sara.email_verified_at = "sara@quince.example", clock.now()
    sara.emergency_name, sara.emergency_phone = "Quince Contact", "+989127654321"
    sara.bio, sara.profile_visibility = "Quince bio", "companions"
    setting.card.latitude, setting.card.longitude, setting.card.phone_visibility = 35.712345, 51.212345, "accepted"
    make_card(sara, title="Quince card at rest", state="resting")
    make_run(sara, title="Quince run by link", visibility="link")
    past = make_run(reza, title="Quince past by link", visibility="link", starts_local=in_days(-20))
    take_part(past, sara, "COMPLETED")
    comes = participation_of(reza, setting.run.id)
    assert comes is not None
    comes.note, comes.organiser_note = "Quince note", "Quince organiser note"
    db.session.commit()
    return {
        "her number": sara.phone[3:],
        "his number": reza.phone[3:],
        "her mail": "quince.example",
        "whom to call": "Quince Contact",
        "their number": "9127654321",
        "who waits for her": "Maman",
        "that one's number": "9121234567",
        "what she says of herself": "Quince bio",
        "her user name": "sara_runs",
        "her pin": "35.7123",
        "her pin's other half": "51.2123",
        "her card at rest": "Quince card at rest",
        "her run by link": "Quince run by link",
        "where she was": "Quince past by link",
        "his note": "Quince note",
        "her note of him": "Quince organiser note",
        "what he wrote to her": "Tuesdays suit me well",
        "what she has not sent": "Bring water",
        "what was reported": "and means noon",
    }


def at_rest(owner: Person) -> str:
    """Return the address of the card that nobody is to find just now."""
    return (
        f"/cards/{db.session.scalars(select(Card.id).where(Card.owner_id == owner.id, Card.state == 'resting')).one()}"
    )


def told(answer: Answer, secrets: Secrets, asked: str) -> list[str]:
    """Which of the secrets are in an answer, or where it leads; the address that was asked for may come back."""
    text = answer.response.get_data().decode(errors="replace") + answer.response.headers.get("Location", "")
    for written in (asked, quote(asked), quote(asked, safe="")):
        text = text.replace(written, "")
    in_one = re.sub(r"\s", "", text)  # numbers are shown in groups
    return [name for name, secret in secrets.items() if secret in text or secret in in_one]


@pytest.mark.parametrize("viewer", in_turn(["visitor"], ["stranger"]))
def test_no_address_tells_a_stranger_what_is_not_for_them(page: Page, setting: Setting, secrets: Secrets, viewer: str):
    asked = {rule: setting.address(rule) for rule in READING if not BY_TOKEN.search(rule)}
    for address in ("/cards?q=sara", "/cards?q=quince", "/runs?q=sara", "/runs?q=quince", at_rest(setting.owner)):
        asked[address] = address
    looking = page.as_(setting.viewer(viewer))
    found = {rule: told(looking.get(address), secrets, address) for rule, address in asked.items()}
    assert not {rule: names for rule, names in found.items() if names}


def test_nothing_is_told_to_visitors_who_send_forms_anywhere(page: Page, setting: Setting, secrets: Secrets):
    found = {}
    for row in WRITING:
        if not BY_TOKEN.search(row.rule):
            address = setting.address(row.rule)
            found[row.rule] = told(page.post(address, setting.fields(row.fields)), secrets, address)
    assert not {rule: names for rule, names in found.items() if names}


def test_each_of_the_secrets_is_seen_by_whose_it_is(page: Page, setting: Setting, secrets: Secrets):
    """Else nothing above would prove anything. Where they usually stand is looked at first, by everybody."""
    browsers = [page.as_(person) for person in (setting.owner, setting.companion, setting.operator)]
    addresses = {rule: setting.address(rule) for rule in READING if not BY_TOKEN.search(rule)}
    addresses["/me/runs?when=past"] = "/me/runs?when=past"
    seen: set[str] = set()
    for rule in sorted(addresses, key=lambda rule: rule not in TELLING):
        for browser in browsers:
            seen |= set(told(browser.copy.get(addresses[rule]), secrets, addresses[rule]))
            if seen >= set(secrets):
                return
    assert seen >= set(secrets)
