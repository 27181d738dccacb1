"""The question two weeks after joining: once, to whom, and who reads the answer."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select

from hampa.crews.models import INACTIVE
from hampa.newcomers import jobs
from hampa.newcomers.models import NewcomerQuestion
from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from tests.factories.crews import add_member, make_crew
from tests.factories.people import make_person

NOON = datetime(2026, 12, 2, 9, tzinfo=UTC)


def told(kind):
    """Return the ids of who was told."""
    return sorted(db.session.scalars(select(Notification.person_id).where(Notification.type == kind)))


def test_a_newcomer_is_asked_once_and_chooses_who_reads_it(page, owner, companion, stranger):
    with clock.frozen(NOON - timedelta(days=14)):
        crew = make_crew(owner, companion, name="Dawn Patrol")
        asleep = make_person(quiet_from=time(0), quiet_to=time(23))
        add_member(crew, asleep)
        add_member(crew, make_person(), status=INACTIVE)
        add_member(crew, make_person(), notices=False)
    with clock.frozen(NOON - timedelta(days=22)):
        add_member(crew, make_person())
    path, shown = f"/crews/{crew.id}/how-has-it-been", f"/crews/{crew.id}/newcomers"
    with clock.frozen(NOON - timedelta(minutes=1)):
        jobs.ask()
        assert told("newcomer_question") == []
        page.as_(companion).get(path, 404)
    with clock.frozen(NOON):
        jobs.ask()
        jobs.ask()
        assert told("newcomer_question") == [companion.id]
        member, admin = page.as_(companion), page.as_(owner)
        member.post(path, {"feeling": "great", "readers": "admins"}, 422)
        member.post(path, {"feeling": "hard", "text": "Too fast for me", "readers": "nobody"}, 303)
        assert "Too fast" in member.get(path, 200).text
        assert "Too fast" not in admin.get(shown, 200).text
        assert told("newcomer_answer") == []
        for _each in range(2):
            member.post(path, {"feeling": "mixed", "text": "Fast, but kind", "readers": "admins"}, 303)
        assert told("newcomer_answer") == [owner.id]
        assert "Fast, but kind" in admin.get(shown, 200).words
        member.get(shown, 403)
        admin.get(path, 404)
        page.as_(stranger).get(shown, 404)
        member.post(f"{path}/delete", {}, 303)
        assert "Fast, but kind" not in admin.get(shown, 200).words
        jobs.ask()
        assert told("newcomer_question") == [companion.id]
        assert db.session.scalars(select(NewcomerQuestion.text)).all() == [""]
