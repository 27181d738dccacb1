"""Writing to all who take part: what it says first, who gets it, and how often."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from hampa.announcements.jobs import tell_message
from hampa.announcements.models import RunMessage
from hampa.notifications.models import Notification
from hampa.outbox.models import OutboxMessage
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.variables import Price
from tests.factories.people import make_person
from tests.factories.runs import add_organiser, make_run, take_part


@pytest.fixture
def run(owner):
    return make_run(owner, title="Around the lake")


@pytest.fixture
def people(run):
    """Somebody in each way, by status."""
    return {status: take_part(run, status=status) for status in ("GOING", "WAITLISTED", "INTERESTED", "LEFT")}


@pytest.fixture
def given(app, monkeypatch):
    """Other settings for this test."""

    def give(**changed):
        other = app.extensions["hampa.settings"].model_copy(update=changed)
        monkeypatch.setitem(app.extensions, "hampa.settings", other)

    return give


def write(browser, run, text="Bring a lamp.", statuses=("GOING",), **more):
    """Write a message; the page that asks whether to send it."""
    path = f"/runs/{run.id}/message"
    return browser.post(path, {"text": text, "statuses": list(statuses), **more}, 303).follow()


def test_nothing_goes_out_before_it_was_said_how_many_that_is(page, owner, run, people, told, work_off):
    asked = write(page.as_(owner), run, statuses=["GOING", "WAITLISTED"])
    work_off()
    assert "2 people can read it in the app." in asked.words
    assert told(people["GOING"]) == []
    asked.form().submit(status=303)
    assert told(people["GOING"]) == [], "telling everybody is the worker's"
    work_off()
    assert {status: told(person) for status, person in people.items()} == {
        "GOING": ["organiser_message"],
        "WAITLISTED": ["organiser_message"],
        "INTERESTED": [],
        "LEFT": [],
    }
    assert "Bring a lamp." in page.as_(people["GOING"]).get("/notifications").words


@pytest.mark.parametrize(("by_sms", "expected"), [({"by_sms": "1"}, ["organiser_message"]), ({}, [])])
def test_an_sms_goes_only_when_asked_for(page, owner, run, people, texted, work_off, by_sms, expected):
    write(page.as_(owner), run, **by_sms).form().submit(status=303)
    work_off()
    assert texted(people["GOING"]) == expected


def test_segments_are_counted_for_each_language_as_they_will_be_sent(page, owner, run, given):
    given(sms_price=Price(Decimal("0.05"), "EUR"))
    for locale in ("en", "en", "fa"):
        take_part(run, make_person(locale=locale))
    asked = write(page.as_(owner), run, text="x" * 130, by_sms="1")
    texts = [element.text for element in asked.all("pre")]
    assert len(texts) == 2
    assert all("x" * 130 in text for text in texts)
    assert "In English: 2 SMS, 2 parts each" in asked.words
    assert "In Persian: 1 SMS, 4 parts each" in asked.words
    assert "8 parts" in asked.words
    assert "€0.40" in asked.words


def test_without_a_price_it_says_so(page, owner, run, people):
    asked = write(page.as_(owner), run, by_sms="1")
    assert "no price is set here" in asked.words


def test_what_is_counted_is_what_is_sent(page, owner, run, texted, work_off, work):
    nima = take_part(run, make_person(locale="fa"))
    asked = write(page.as_(owner), run, text="چراغ پیشانی بیاور.", by_sms="1")
    shown = asked.one("pre").text
    asked.form().submit(status=303)
    work()
    sent = page.get("/dev/outbox?format=json", 200).json["messages"]
    assert [message["text"] for message in sent if message["to"] == nima.phone] == [shown]


def test_sending_twice_is_sending_once(page, owner, run, people, told, texted, work_off):
    form = write(page.as_(owner), run, by_sms="1").form()
    form.submit(status=303)
    form.submit(status=303)
    work_off()
    tell_message(db.session.scalars(select(RunMessage.id)).one())
    assert (told(people["GOING"]), texted(people["GOING"])) == (["organiser_message"], ["organiser_message"])
    message = db.session.scalars(select(RunMessage)).one()
    assert (message.people, message.texted) == (1, 1)


def test_what_was_written_stands_on_the_organisers_page(page, owner, run, people, work_off):
    reza = add_organiser(run)
    write(page.as_(reza), run, statuses=["GOING", "INTERESTED"]).form().submit(status=303)
    write(page.as_(reza), run, text="Never sent")
    work_off()
    words = page.as_(owner).get(f"/runs/{run.id}/message", 200).words
    assert "Bring a lamp." in words
    assert "2 people" in words
    assert reza.name in words
    assert "Never sent" not in words


def test_the_writer_is_not_told_but_other_organisers_who_come_are(page, owner, run, told, work_off):
    reza = add_organiser(run)
    take_part(run, owner)
    take_part(run, reza)
    asked = write(page.as_(owner), run)
    assert "1 person can read it" in asked.words
    asked.form().submit(status=303)
    work_off()
    assert (told(owner), told(reza)) == ([], ["organiser_message"])


def test_a_run_has_so_many_messages_a_day(page, owner, run, people, given, told, work_off):
    given(messages_per_run_day=2)
    browser = page.as_(owner)
    late = write(browser, run, text="Third").form()
    for _ in range(2):
        write(page.as_(add_organiser(run)), run).form().submit(status=303)
    refused = browser.post(f"/runs/{run.id}/message", {"text": "Fourth", "statuses": ["GOING"]}, 422)
    assert "2 messages a day" in refused.error_of("text")
    assert refused.form(f"/runs/{run.id}/message").values["text"] == "Fourth"
    assert "2 messages a day" in late.submit(status=422).words
    work_off()
    assert len(told(people["GOING"])) == 2
    with clock.shifted(timedelta(days=1)):
        late.answer.page.get(late.action, 200).form().submit(status=303)


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"text": "", "statuses": ["GOING"]}, "text"), ({"text": "x" * 501, "statuses": ["GOING"]}, "text")],
)
def test_what_is_wrong_stands_beside_the_field(page, owner, run, fields, field):
    answer = page.as_(owner).post(f"/runs/{run.id}/message", fields, 422)
    assert answer.error_of(field)
    assert answer.form().values["text"] == fields["text"]


def test_somebody_has_to_be_meant(page, owner, run):
    for statuses in ([], ["LEFT"]):
        page.as_(owner).post(f"/runs/{run.id}/message", {"text": "Hello", "statuses": statuses}, 422)
    assert db.session.scalar(select(func.count()).select_from(RunMessage)) == 0


def test_nobody_else_writes_or_sends(page, owner, stranger, operator, run, people):
    reza = add_organiser(run)
    draft = write(page.as_(owner), run).url
    for person in (stranger, operator, people["GOING"]):
        page.as_(person).get(f"/runs/{run.id}/message", 403)
        page.as_(person).post(draft, {}, 403)
    page.as_(reza).post(draft, {}, 404)
    assert db.session.scalars(select(RunMessage.sent_at)).one() is None


def test_a_draft_for_another_run_is_not_there(page, owner, run):
    draft = write(page.as_(owner), run).url
    other = make_run(owner)
    page.as_(owner).get(draft.replace(str(run.id), str(other.id)), 404)


def test_telling_sixty_takes_as_many_statements_as_telling_one(page, owner, statements, db_session):
    cost = {}
    for people in (1, 1, 60):  # the first asks once what is kept from then on
        run = make_run(owner)
        for _ in range(people):
            take_part(run)
        message = RunMessage(run_id=run.id, sender_id=owner.id, text="Hello", statuses=["GOING"], by_sms=True)
        db_session.add(message)
        db_session.commit()
        with statements() as seen:
            tell_message(message.id)
        cost[people] = len(seen)
        told = select(func.count()).where(Notification.subject_id == run.id)
        assert db_session.scalar(told) == people
    assert cost[60] == cost[1] <= 11, "two of them for push and mail"
    assert db_session.scalar(select(func.count()).select_from(OutboxMessage)) == 62


@pytest.mark.parametrize(
    ("meant", "reached"),
    [("GOING", ["COMPLETED", "NO_SHOW"]), ("WAITLISTED", ["OFFERED", "REQUESTED"]), ("INTERESTED", [])],
)
def test_whom_an_organiser_means_has_many_names(page, owner, run, told, work_off, meant, reached):
    people = {status: take_part(run, status=status) for status in ("COMPLETED", "NO_SHOW", "OFFERED", "REQUESTED")}
    asked = write(page.as_(owner), run, statuses=[meant])
    if reached:
        asked.form().submit(status=303)
    work_off()
    assert [status for status, person in people.items() if told(person)] == reached


def test_it_is_pinned_on_the_page_of_the_run_for_whom_it_is_for_and_for_who_joins_later(
    page, owner, run, people, stranger, work_off
):
    write(page.as_(owner), run, "Meet at the north gate").form().submit(status=303)
    write(page.as_(owner), run, "You are next in line", ["WAITLISTED"]).form().submit(status=303)
    work_off()
    path = f"/runs/{run.id}"

    def pinned(person):
        return [text for text in ("north gate", "next in line") if text in page.as_(person).get(path, 200).words]

    assert pinned(owner) == ["north gate", "next in line"]
    assert pinned(people["GOING"]) == ["north gate"]
    assert pinned(people["WAITLISTED"]) == ["next in line"]
    assert pinned(people["LEFT"]) == pinned(stranger) == pinned(None) == []
    page.as_(stranger).post(f"{path}/join", {"status": "GOING"}, 303)
    seen = page.as_(stranger).get(path, 200)
    assert "north gate" in seen.words
    assert seen.one(id="messages").findall(".//time"), "with its time"


def test_on_the_page_it_is_unsigned_for_whom_the_organiser_is_hidden_from(page, owner, run, people, work_off):
    write(page.as_(owner), run, "Meet at the north gate").form().submit(status=303)
    work_off()
    page.as_(owner).post(f"/people/{people['GOING'].id}/block", {}, 303)
    seen = page.as_(people["GOING"]).get(f"/runs/{run.id}", 200)
    assert "north gate" in seen.words
    assert owner.name not in seen.words


def test_the_organiser_reads_that_addresses_cannot_be_pressed_in_an_sms(page, owner, run, people):
    said = "can't be tapped in the SMS"
    text = "The map is at maps.example.org/lake."
    assert said in write(page.as_(owner), run, text, by_sms="1").words
    assert said not in write(page.as_(owner), run, text).words
    assert said not in write(page.as_(owner), run, "Bring a lamp.", by_sms="1").words


@pytest.mark.parametrize("language", ["fa", "en"])
def test_the_preview_has_the_direction_of_the_language_of_its_readers(page, owner, run, language):
    for locale in ("fa", "en"):
        take_part(run, make_person(locale=locale))
    asked = write(page.as_(owner).speaking(language), run, by_sms="1")
    previews = {preview.get("lang"): preview.get("dir") for preview in asked.all("pre", class_="sms")}
    assert previews == {"fa": "rtl", "en": "ltr"}
