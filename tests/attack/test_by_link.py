"""A run "by link" is found by its link alone: whatever else a stranger opens does not lead there, nor name it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.run import Run
from tests.factories.cards import make_card
from tests.factories.comments import make_comment
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, in_days, make_run, take_part
from tests.factories.series import first_run
from tests.page import Page
from tests.turns import in_turn

SECRET = "Zebrafinch"
GATES = (
    "/",
    "/runs",
    f"/runs?q={SECRET}",
    "/runs?view=map",
    f"/runs?view=map&q={SECRET}",
    "/runs?view=calendar",
    f"/runs?near={SECRET}&radius_km=200",
    "/runs?near=35.7,51.3&radius_km=200",
    "/cards",
)
MOST_PAGES = 120
LINK = re.compile(r'(?:href|src|data-hx-get|content)="(?:https?://[^/"]*)?(/[^"]*)"')
PRIVATE = ("/login", "/logout", "/static", "/assets", "/dev", "/welcome")


def pages_from(browser: Page, gates: list[str]) -> dict[str, str]:
    """All that can be opened from these pages, by address."""
    found: dict[str, str] = {}
    left = list(gates)
    while left and len(found) < MOST_PAGES:
        address = left.pop(0).replace("&amp;", "&").partition("#")[0]
        if address in found or address.startswith(PRIVATE) or "lang=" in address:
            continue
        answer = browser.client.get(address)
        found[address] = answer.text if answer.mimetype.startswith("text/") else ""
        left += LINK.findall(found[address])
    return found


@pytest.fixture
def sara() -> Person:
    return make_person(profile_visibility="everyone")


@pytest.fixture
def hidden(sara, work) -> list[Run]:
    """Return runs by link of all kinds, each of people who are visible elsewhere."""
    known = {"title": f"{SECRET} run", "place": f"{SECRET} gate", "description": SECRET, "visibility": "link"}
    pin = {"latitude": 35.7, "longitude": 51.3}
    plain, off, past = (
        make_run(sara, **known, **pin),
        make_run(sara, **known, **pin, cancelled_at=clock.now()),
        make_run(sara, **known, **pin, starts_local=in_days(-1)),
    )
    of_others = make_run(make_person(), **known)
    add_organiser(of_others, sara)
    weekly = first_run(sara, title="Every Monday")
    work()
    days = db.session.scalars(select(Run).where(Run.series_id == weekly.series_id).order_by(Run.starts_at)).all()
    days[1].title, days[1].place, days[1].visibility = f"{SECRET} day", f"{SECRET} gate", "link"
    days[1].update_search_index(sara)
    found = [plain, off, past, of_others, days[1]]
    reza = make_person(name="Reza")
    for run in found:
        take_part(run, reza)
        make_comment(run, reza, text=SECRET)
    take_part(make_run(sara, **pin), reza)
    make_card(sara)
    db.session.commit()
    return found


@pytest.mark.parametrize("viewer", in_turn(["visitor"], ["stranger"]))
def test_nothing_that_a_stranger_opens_leads_to_it(page, stranger, sara, hidden, viewer):
    series = [f"/series/{run.series_id}" for run in hidden if run.series_id]
    gates = [
        *GATES,
        *series,
        f"/people/{sara.id}",
        *([] if viewer == "visitor" else ["/me", "/me/runs", "/notifications"]),
    ]
    found = pages_from(page.as_(stranger if viewer == "stranger" else None), gates)
    assert len(found) > 20
    for address, text in found.items():
        # What was asked for stands in the field again.
        said = re.sub(rf"(q|near)=[^&\"]*|value=\"{SECRET}\"|[“«]{SECRET}[”»]", "", text) if SECRET in address else text
        assert SECRET not in said, address
        for run in hidden:
            assert str(run.id) not in text, address
            assert run.short_code not in text, address


def test_its_page_asks_machines_not_to_keep_it_and_has_no_picture(page, hidden):
    answer = page.as_(None).get(f"/runs/{hidden[0].id}")
    assert '<meta name="robots" content="noindex">' in answer.text
    assert "share.png?lang" not in answer.text.partition("</head>")[0]


def test_the_link_itself_still_opens_it(page, hidden):
    with clock.frozen(clock.now() + timedelta(seconds=1)):
        assert SECRET in page.as_(None).get(f"/runs/{hidden[0].id}").text
