"""Notifications that say the same of several people are shown as one, counted as one, and read as one."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.blocks.actions import block
from hampa.notifications.models import Notification
from hampa.notifications.queries.listing import unread_count
from hampa.platform import clock
from hampa.platform.db import db
from tests.factories.notifications import DATA, make_notification
from tests.factories.people import make_person
from tests.factories.runs import make_run


@pytest.fixture
def run(owner):
    return make_run(owner, title="Around the lake")


@pytest.fixture
def joined(owner, run):
    """Return five people who joined, the last first, and the notifications of it."""
    start = clock.now() - timedelta(hours=1)
    people = [make_person(name=f"Joiner {number}") for number in range(5)]
    rows = [
        make_notification(
            owner, "run_joined", actor_id=person.id, subject_id=run.id, created_at=start - timedelta(minutes=number)
        )
        for number, person in enumerate(people)
    ]
    return people, rows


@pytest.mark.parametrize(("language", "words"), [("en", "Joiner 0 and 4 others are coming"), ("fa", "Joiner 0")])
def test_they_are_one_line_and_one_on_the_bell(page, owner, joined, language, words):
    owner.locale = language
    seen = page.as_(owner).get("/notifications", 200)
    assert len(seen.all("li", class_="notice-row")) == 1
    assert words in seen.words
    assert unread_count(owner) == 1


def test_another_run_or_another_answer_is_another_line(page, owner, run, joined, companion):
    make_notification(owner, "run_joined", actor_id=companion.id, subject_id=uuid.uuid4())
    waits = {**DATA["run_joined"], "status": "WAITLISTED"}
    make_notification(owner, "run_joined", actor_id=companion.id, subject_id=run.id, data=waits)
    make_notification(owner, "run_comment", actor_id=companion.id, subject_id=run.id)
    make_notification(owner, "run_comment", actor_id=companion.id, subject_id=run.id)
    assert len(page.as_(owner).get("/notifications", 200).all("li", class_="notice-row")) == 5
    assert unread_count(owner) == 5


def test_opening_it_reads_all_and_the_next_one_stands_alone(page, owner, run, joined, db_session):
    _people, rows = joined
    reader = page.as_(owner)
    assert reader.get(f"/notifications/{rows[0].id}", 303).location == f"/runs/{run.id}"
    assert None not in db_session.scalars(select(Notification.read_at)).all()
    assert unread_count(owner) == 0
    make_notification(owner, "run_joined", actor_id=make_person(name="Joiner 9").id, subject_id=run.id)
    seen = reader.get("/notifications", 200)
    assert "Joiner 9 is coming" in seen.words
    assert "Joiner 0 and 4 others" in seen.words
    assert unread_count(owner) == 1


def test_deleting_it_deletes_all_that_it_showed(page, owner, joined, db_session):
    _people, rows = joined
    page.as_(owner).get("/notifications").form(f"/notifications/{rows[0].id}/delete").submit(status=303)
    assert db_session.scalars(select(Notification.id)).all() == []


def test_hidden_people_are_not_counted(page, owner, joined):
    people, _rows = joined
    block(owner, people[0].id)
    block(owner, people[3].id)
    db.session.commit()
    seen = page.as_(owner).get("/notifications", 200)
    assert "Joiner 1 and 2 others" in seen.words
    assert "Joiner 0" not in seen.words


def test_what_has_expired_is_not_counted(page, owner, joined):
    _people, rows = joined
    rows[0].expires_at = rows[1].expires_at = clock.now() - timedelta(seconds=1)
    assert "Joiner 2 and 2 others" in page.as_(owner).get("/notifications", 200).words


def test_pages_of_the_list_have_each_group_once(page, owner, joined, companion):
    start = clock.now() - timedelta(hours=2)
    for number in range(30):
        make_notification(owner, actor_id=companion.id, created_at=start - timedelta(minutes=number))
    reader = page.as_(owner)
    first = reader.get("/notifications", 200)
    assert len(first.all("li", class_="notice-row")) == 30
    rest = reader.get(next(link for link in first.links if "after=" in link), 200)
    assert len(rest.all("li", class_="notice-row")) == 1
    assert "Joiner" not in rest.words
