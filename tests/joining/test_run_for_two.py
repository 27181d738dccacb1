"""A run for two companions: prefilled, found by its link alone, and the other is invited."""

from __future__ import annotations

from datetime import date, time

import pytest
from sqlalchemy import select

from hampa.cards.models import Card
from hampa.notifications.models import Notification
from hampa.outbox.models import OutboxMessage
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run
from tests.factories.cards import make_card, make_companions
from tests.factories.people import make_person
from tests.factories.runs import SHORT_FORM
from tests.html import words

OTHER = {"day": "other", "clock": "other"}
WHEN = {name: SHORT_FORM[name] for name in ("starts_on", "starts_at")}


@pytest.fixture
def reza(owner):
    other = make_person(name="Reza Ahmadi", profile_visibility="companions")
    make_companions(owner, other)
    return other


def test_a_run_for_two_is_prefilled_and_the_other_is_invited(page, owner, reza, stranger, db_session):
    make_card(reza, place="Chitgar lake")
    browser = page.as_(owner)
    form = browser.get(f"/runs/new?with={reza.id}", 200).form()
    filled = {name: form.values[name] for name in ("title", "place", "visibility", "capacity")}
    assert filled == {"title": "A run with Reza Ahmadi", "place": "Chitgar lake", "visibility": "link", "capacity": "2"}
    refused = form.fill(**OTHER | WHEN | {"starts_at": "dawn"}).submit(status=422)
    assert "Reza Ahmadi" in refused.words
    refused.form().fill(**OTHER | WHEN).submit(status=303)
    run = db_session.scalars(select(Run)).one()
    assert (run.visibility, run.capacity, run.taken) == ("link", 2, 1)
    assert db_session.scalars(select(Participation.person_id)).all() == [owner.id]
    assert db_session.scalars(select(Notification.person_id).where(Notification.type == "run_for_two")).all() == [
        reza.id
    ]
    seen = page.as_(reza).get("/notifications", 200)
    assert "asks you to run together" in seen.words
    assert page.as_(reza).post(f"/runs/{run.id}/join", {"status": "GOING"}, 303)
    db_session.refresh(run)
    assert run.taken == 2
    assert f"/runs/{run.id}" not in page.as_(stranger).get("/runs", 200).links
    assert [message.purpose for message in db_session.scalars(select(OutboxMessage))].count("run_for_two") == 1


def test_companions_publish_their_run_in_three_taps(page, owner, reza, db_session):
    make_card(owner, days=["thu", "sun"], time_of_day="evening", pace=300, distance_km=8)
    make_card(reza, days=["thu", "sat"], time_of_day="dawn", pace=360, distance_km=10, place="Chitgar lake")
    browser = page.as_(owner)
    companion = browser.get(f"/people/{reza.id}", 200)
    link = next(link for link in companion.links if "/runs/new?with=" in link)
    form = browser.get(link, 200).form("/runs/new")
    days = [date.fromisoformat(day) for day in form.choices("day") if day != "other"]
    assert days == sorted(days) and len(days) > 4
    thursdays = [day for day in days if day.strftime("%a") == "Thu"]
    assert len(thursdays) == 2, "the days that both have are offered before others"
    chips = [
        words(chip) for chip in browser.get(link, 200).one(id="day").iter("label") if chip.get("class") == "choice"
    ]
    assert [chip.endswith("suits you both") for chip in chips] == [*(day in thursdays for day in days), False]
    assert form.values["day"] == thursdays[0].isoformat(), "the first of them is chosen"
    form.fill(day=thursdays[1].isoformat()).submit(status=303)
    run = db_session.scalars(select(Run)).one()
    assert (run.starts_local.date(), run.starts_local.time()) == (thursdays[1], time(6))
    assert (run.place, run.distance_km, run.capacity, run.visibility) == ("Chitgar lake", 8, 2, "link")
    assert "6:00 /km" in run.description
    chosen = browser.get(f"{link}&day={thursdays[1].isoformat()}", 200).form("/runs/new")
    assert chosen.values["day"] == thursdays[1].isoformat(), "a day of the match is chosen in the form"
    assert browser.get(f"{link}&day=1999-01-01", 200).form("/runs/new").values["day"] == thursdays[0].isoformat()


def test_companions_without_cards_get_the_whole_form(page, owner, reza, db_session):
    for card in db_session.scalars(select(Card)):
        card.state = "resting"
    db_session.flush()
    form = page.as_(owner).get(f"/runs/new?with={reza.id}", 200).form("/runs/new")
    assert {"starts_on", "starts_at", "place"} <= set(form.names) and "day" not in form.names


def test_only_a_companion_is_invited(page, owner, stranger, db_session):
    page.as_(owner).get(f"/runs/new?with={stranger.id}", 404)
    fields = SHORT_FORM | {"companion": str(stranger.id)}
    page.as_(owner).post("/runs/new", fields, 404)
    assert not db_session.scalars(select(Run)).all()
    assert not db_session.scalars(select(Notification)).all()


def test_a_companions_page_offers_a_run_and_last_of_all_a_block(page, owner, reza, stranger):
    card = make_card(reza)
    for path in (f"/people/{reza.id}", f"/cards/{card.id}", "/me/cards"):
        assert f"/runs/new?with={reza.id}" in page.as_(owner).get(path, 200).links
    links = list(page.as_(owner).get(f"/people/{reza.id}", 200).one("main").iter("a"))
    assert links[0].get("href") == f"/runs/new?with={reza.id}"
    assert links[-1].get("href") == f"/people/{reza.id}/block"
    assert f"/runs/new?with={reza.id}" not in page.as_(stranger).get(f"/cards/{card.id}", 200).links
