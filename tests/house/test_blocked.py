"""Two people who are hidden from each other: whatever one of them opens, there is nothing of the other in it."""

from __future__ import annotations

import re
import uuid

import pytest

from hampa.blocks.actions import block
from hampa.people.models import Person
from hampa.platform.db import db
from tests.factories.runs import meet
from tests.house.routes import Row, rows
from tests.house.test_api_routes import LISTED
from tests.page import Answer, Page
from tests.personas import Setting
from tests.program import Program, Reply
from tests.turns import in_turn

READING = [row for row in rows() if row.method == "GET" and not row.rule.startswith("/dev/")]
ORGANISING = {
    "/runs/<uuid:run_id>/attendance",
    "/runs/<uuid:run_id>/edit",
    "/runs/<uuid:run_id>/participants",
    "/runs/<uuid:run_id>/participants.csv",
    "/runs/<uuid:run_id>/participants/<uuid:participation_id>",
    "/runs/<uuid:run_id>/print",
    "/runs/<uuid:run_id>/requests",
    "/crews/<uuid:crew_id>/log",
    "/crews/<uuid:crew_id>/members",
    "/crews/<uuid:crew_id>/members.csv",
    "/crews/<uuid:crew_id>/members/<uuid:person_id>",
    "/messages/<uuid:conversation_id>/<uuid:message_id>/remove",
    "/incidents/<uuid:incident_id>",
    "/incidents/<uuid:incident_id>/people/<uuid:person_id>/details",
}
"""Who organises a run sees there who comes to it, whoever it is: for their safety, and to count heads; who leads a
crew, its members: else nobody could send away who blocks them; who took an incident over, emergency details."""
THEIR_OWN = {"/me/blocks", "/people/<uuid:person_id>/block"}
"""Where who blocked somebody takes it back."""
API_READING = [row.rule for row in LISTED if row.method == "GET"]
API_ORGANISING = {
    "/runs/<uuid:run_id>/participants",
    "/runs/<uuid:run_id>/attendance",
    "/crews/<uuid:crew_id>/members",
    "/crews/<uuid:crew_id>/members/<uuid:person_id>",
    "/crews/<uuid:crew_id>/log",
    "/incidents/<uuid:incident_id>",
    "/incidents/<uuid:incident_id>/people/<uuid:person_id>/details",
}
REQUEST_ID = re.compile("[0-9a-f]{32}")
NOBODY = uuid.UUID("01890000-0000-7000-8000-000000000000")


def traces(answer: Answer | Reply, other: Person, asked: str) -> list[str]:
    """Return the traces of the other person in an answer; the requested address is left out, since it may come back."""
    text = answer.response.get_data().decode(errors="replace").replace(asked, "").replace(asked.replace("/", "%2F"), "")
    text += answer.response.headers.get("Location", "")
    names = [
        other.name,
        *other.name.split(),
        str(other.id),
        other.phone,
        other.phone[3:],
        other.handle or "-no handle-",
    ]
    return [name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]


def hide(setting: Setting, one: str, other: str) -> tuple[Person, Person]:
    """Let the first block the second."""
    first, second = getattr(setting, one), getattr(setting, other)
    first.handle, second.handle = "first_of_two", "second_of_two"
    meet(second)
    block(first, second.id)
    db.session.commit()
    return first, second


@pytest.mark.parametrize(
    ("blocker", "blocked", "looking"),
    in_turn(
        [("owner", "stranger", "stranger"), ("owner", "companion", "owner")],
        [("owner", "companion", "companion"), ("companion", "owner", "owner")],
        [("companion", "owner", "companion")],
    ),
)
def test_neither_finds_anything_of_the_other(page: Page, setting: Setting, blocker: str, blocked: str, looking: str):
    addresses = {row.rule: setting.address(row.rule) for row in READING if "token" not in row.rule}
    first, second = hide(setting, blocker, blocked)
    me, other = (first, second) if looking == blocker else (second, first)
    left_out = (ORGANISING if looking == "owner" else set()) | (THEIR_OWN if looking == blocker else set())
    found, browser = {}, page.as_(me)
    for rule, address in addresses.items():
        if rule not in left_out:
            found[rule] = traces(browser.copy.get(address), other, address)
    assert not {rule: names for rule, names in found.items() if names}


@pytest.mark.parametrize(
    ("blocker", "blocked", "looking"),
    in_turn(
        [("owner", "stranger", "stranger"), ("companion", "owner", "owner")], [("owner", "companion", "companion")]
    ),
)
def test_programs_of_neither_find_anything_of_the_other(
    program: Program, setting: Setting, blocker: str, blocked: str, looking: str
):
    addresses = {rule: setting.address(rule) for rule in API_READING}
    first, second = hide(setting, blocker, blocked)
    me, other = (first, second) if looking == blocker else (second, first)
    left_out = API_ORGANISING if looking == "owner" else set()
    mine, found = program.as_(me), {}
    for rule, address in addresses.items():
        if rule not in left_out:
            found[rule] = traces(mine.get(address), other, address)
    assert not {rule: names for rule, names in found.items() if names}


def test_things_of_who_blocked_me_are_as_if_they_never_were(page: Page, setting: Setting):
    """The same answer as for an id that nobody has, down to its words; what one answer flashes is not in the next."""
    about = [row for row in rows() if re.search("run_id|card_id|person_id|series_id|interest_id", row.rule)]
    pairs = [(row, setting.address(row.rule), nowhere(setting, row.rule)) for row in about]
    hide(setting, "owner", "stranger")
    browser = page.as_(setting.stranger)
    for row, *pair in pairs:
        theirs, nobodys = (answer_to(browser.copy, row, setting, address) for address in pair)
        assert (row.route, theirs) == (row.route, nobodys)


def answer_to(browser: Page, row: Row, setting: Setting, address: str) -> tuple[int, str]:
    """Status and words of an answer."""
    answer = browser.get(address) if row.method == "GET" else browser.post(address, setting.fields(row.fields))
    return answer.status, REQUEST_ID.sub("", answer.words) if answer.is_html and answer.status != 303 else ""


def nowhere(setting: Setting, rule: str) -> str:
    """Return the address of the same rule with ids of things that do not exist."""
    address = setting.address(rule)
    for thing in (setting.run, setting.card, setting.owner, setting.companion, setting.series, setting.interest):
        address = address.replace(str(thing.id), str(NOBODY))
    return address
