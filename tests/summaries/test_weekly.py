"""The weekly summary: for whom, when, what it has, and never twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from hampa.notifications.models import NotificationChoices
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Block, Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery.console import ConsoleDelivery
from hampa.summaries import actions, queries
from hampa.summaries.actions import write_summaries
from hampa.summaries.jobs import write_due
from tests.factories.base import made
from tests.factories.cards import make_card, make_interest
from tests.factories.people import make_person
from tests.factories.runs import make_run, take_part

pytestmark = pytest.mark.usefixtures("db_session")

TEHRAN = ZoneInfo("Asia/Tehran")
FRIDAY = datetime(2026, 11, 27, 18, 30, tzinfo=TEHRAN)
SUNDAY = datetime(2026, 11, 29, 18, 30, tzinfo=TEHRAN)
SETTINGS = "/me/settings/notifications"


def subscriber(**given):
    values = {"email": f"reader{len(given)}{given.get('name', '')}@example.com", "email_verified_at": clock.now()}
    person = make_person(**(values | given))
    made(NotificationChoices, person_id=person.id, weekly_summary=True)
    return person


def week_run(at, **given):
    return make_run(starts_local=(at + timedelta(days=2)).replace(hour=6, minute=0, tzinfo=None), **given)


def written(session):
    return {message.recipient: message for message in session.scalars(select(OutboxMessage).filter_by(kind="mail"))}


def test_it_is_off_until_somebody_wants_it(page, owner, db_session):
    owner.email, owner.email_verified_at = "sara@example.com", clock.now()
    take_part(week_run(SUNDAY), owner)
    with clock.frozen(SUNDAY):
        write_due()
        assert written(db_session) == {}
        form = page.as_(owner).get(SETTINGS, 200).form(SETTINGS)
        form.fill(weekly_summary="y").submit(status=303)
        assert page.as_(owner).get(SETTINGS).form(SETTINGS).values["weekly_summary"] == "y"
        write_due()
        assert written(db_session).keys() == {"sara@example.com"}


@pytest.mark.parametrize("language", ["en", "fa"])
def test_it_has_my_runs_runs_near_me_and_what_waits(page, owner, stranger, work, db_session, language):
    reader = subscriber(city="Tehran", locale=language)
    mine, near = week_run(SUNDAY, title="Mine <b>", organiser=owner), week_run(SUNDAY, title="Near evil.example")
    for run in (mine, near):
        run.latitude, run.longitude = 35.75, 51.41
    far = week_run(SUNDAY, title="Far away")
    far.latitude, far.longitude = 29.6, 52.5
    women = week_run(SUNDAY, title="For women", company="women")
    women.latitude, women.longitude = 35.75, 51.41
    take_part(mine, reader)
    make_interest(stranger, make_card(reader))
    with clock.frozen(SUNDAY):
        write_due()
        work()
    (text,) = db_session.scalars(select(ConsoleDelivery.text).where(ConsoleDelivery.recipient == reader.email))
    assert "Mine <b>" in text and f"/r/{mine.short_code}" in text and f"/r/{near.short_code}" in text
    assert "evil.example" not in text
    assert "Far away" not in text and "For women" not in text
    assert "/answers" in text
    assert text.count(mine.short_code) == 1, "my own runs are not near me again"
    path = "/unsubscribe/" + text.partition("/unsubscribe/")[2].split()[0]
    assert page.client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    db_session.expire_all()
    assert not db_session.scalar(select(NotificationChoices.weekly_summary).filter_by(person_id=reader.id))


def test_it_comes_on_the_eve_of_ones_own_week_and_once(db_session, monkeypatch):
    monkeypatch.setattr(actions, "summaries_of", _something)
    people = {
        "fri": subscriber(name="a", calendar="solar"),
        "sun": subscriber(name="b", calendar="gregorian"),
        "west": subscriber(name="c", timezone="America/Los_Angeles"),
    }
    expected = [
        (FRIDAY, {"fri"}),
        (FRIDAY.replace(hour=17), {"fri"}),
        (FRIDAY + timedelta(hours=2), {"fri"}),
        (SUNDAY, {"fri", "sun"}),
        (SUNDAY + timedelta(hours=13), {"fri", "sun", "west"}),
        (FRIDAY + timedelta(days=7), {"fri", "sun", "west"}),
    ]
    for at, names in expected:
        with clock.frozen(at):
            write_due()
        assert written(db_session).keys() == {people[name].email for name in names}, at
    assert len(db_session.scalars(select(OutboxMessage)).all()) == 4, "each once a week"


def _something(people, _now):
    from hampa.summaries.queries import Summary

    return {person.id: Summary([], [], 1) for person in people}


def test_a_week_with_nothing_brings_no_mail(db_session):
    subscriber(city="")
    cancelled = week_run(SUNDAY, cancelled_at=clock.now())
    take_part(cancelled, subscriber(name="x", city=""))
    with clock.frozen(SUNDAY):
        write_due()
    assert written(db_session) == {}


def test_a_run_that_is_cancelled_before_it_is_sent_is_not_in_it(work, db_session):
    reader = subscriber(city="")
    run = week_run(SUNDAY)
    take_part(run, reader)
    with clock.frozen(SUNDAY):
        write_due()
        run.cancelled_at = clock.now()
        work()
    assert [message.status for message in written(db_session).values()] == ["cancelled"]


def test_a_slice_costs_as_many_statements_for_two_as_for_twenty(statements):
    costs = []
    for number in (2, 18):
        for _ in range(number):
            take_part(week_run(SUNDAY), subscriber(name=str(len(costs)) + str(_), city="Tehran"))
        with clock.frozen(SUNDAY + timedelta(days=7 * len(costs))), statements() as seen:
            write_summaries(None, 200)
        costs.append(len(seen))
    assert costs[0] >= costs[1] - 1
    assert max(costs) <= 8


def test_nobody_who_is_hidden_or_shut_out_waits_for_an_answer(work, db_session):
    reader = subscriber(city="")
    card, run = make_card(reader), week_run(SUNDAY, organiser=reader)
    blocked, banned, seen = make_person(), make_person(), make_person()
    for asker in (blocked, banned, seen):
        make_interest(asker, card)
        take_part(run, asker, status="REQUESTED")
    made(Block, blocker_id=reader.id, blocked_id=blocked.id)
    banned.state = "banned"
    with clock.frozen(SUNDAY):
        write_due()
        work()
    (text,) = db_session.scalars(select(ConsoleDelivery.text).where(ConsoleDelivery.recipient == reader.email))
    assert "2 people are waiting" in text, "an interest and a request of the one who is seen"
    seen.state = "suspended"
    run.cancelled_at = clock.now()
    assert queries.summaries_of([reader], SUNDAY)[reader.id].waiting == 0


CHANGES = {
    "the organiser is banned": lambda run, reader: setattr(db.session.get(Person, run.organiser_id), "state", "banned"),
    "the organiser blocks the reader": lambda run, reader: made(
        Block, blocker_id=run.organiser_id, blocked_id=reader.id
    ),
    "it is for women now": lambda run, reader: setattr(run, "company", "women"),
    "it is not listed any more": lambda run, reader: setattr(run, "visibility", "link"),
    "it has been put off": lambda run, reader: setattr(run, "starts_at", run.starts_at + timedelta(days=30)),
    "the reader wants none any more": lambda run, reader: wants_no_more(reader),
    "the reader has another address": lambda run, reader: setattr(reader, "email", "other@example.com"),
}


def wants_no_more(reader):
    db.session.execute(update(NotificationChoices).filter_by(person_id=reader.id).values(weekly_summary=False))


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_near_is_looked_at_again_when_it_is_sent(work, db_session, change):
    reader = subscriber(city="Tehran", gender="male")
    run = week_run(SUNDAY)
    run.latitude, run.longitude = 35.75, 51.41
    with clock.frozen(SUNDAY):
        write_due()
        (message,) = written(db_session).values()
        CHANGES[change](run, reader)
        db.session.commit()
        work()
        db_session.expire_all()
    assert message.status == "cancelled", change
