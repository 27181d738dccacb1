"""Who might like to be asked: the rule, the consent, who sees it, and that they are told; and where help is found."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from hampa.checkin_choices.actions import choose_in_crew
from hampa.checkins.models import CheckIn
from hampa.notifications.models import Notification
from hampa.platform import clock
from hampa.platform.db import db
from hampa.reaching_out import jobs
from hampa.reaching_out.models import Drift, HelpLink
from hampa.reaching_out.queries import Answer, FoundDrift, drift_of
from tests.factories.checkins import make_check_in
from tests.factories.crews import add_member, make_crew
from tests.factories.people import make_person

TODAY = date(2026, 12, 2)
WEDNESDAY = datetime(2026, 12, 2, 12, tzinfo=UTC)


def weeks(*scores: int, silent: int = 0, private: tuple[int, ...] = (), days: int = 7) -> list[Answer]:
    """Return check-ins of the last periods, the newest first, the first of them in this period but `silent`."""
    first = date(2026, 11, 28) - timedelta(days=days * silent)
    return [
        Answer(
            first - timedelta(days=days * place),
            first - timedelta(days=days * (place - 1)),
            score,
            place not in private,
        )
        for place, score in enumerate(scores)
    ]


LOW = (5, 6, 4, 12, 11, 13, 12)


@pytest.mark.parametrize(
    ("answers", "asking", "expected"),
    [
        (weeks(*LOW), "shared", FoundDrift("dropped", date(2026, 11, 14), 3)),
        # One bad day among them, one that is not low enough, too few before, and nothing at all say nothing.
        (weeks(5, 12, 4, 12, 11, 13, 12), "shared", None),
        (weeks(5, 10, 4, 12, 11, 13, 12), "shared", None),
        (weeks(5, 6, 4, 12, 11, 13), "shared", None),
        ([], "all", None),
        # What somebody keeps to themselves counts only if they said so.
        (weeks(*LOW, private=(0, 1, 2)), "shared", None),
        (weeks(*LOW, private=(0, 1, 2)), "all", FoundDrift("dropped", date(2026, 11, 14), 3)),
        (weeks(12, 12, 12, 12, silent=3), "shared", FoundDrift("stopped", date(2026, 11, 14), 2)),
        (weeks(12, 12, 12, 12, silent=2), "shared", None),
        (weeks(12, 12, 12, silent=3), "shared", None),
        # Who answers privately has not stopped, and who was away for a season is let alone.
        (weeks(12, 12, 12, 12, 12, 12, private=(0, 1, 2)), "shared", None),
        (weeks(12, 12, 12, 12, silent=3, private=(3,)), "shared", None),
        (weeks(12, 12, 12, 12, silent=20), "all", None),
        # When somebody last answered privately is told to nobody.
        (weeks(12, 12, 12, 12, 12, silent=3, private=(0,)), "shared", FoundDrift("stopped", date(2026, 11, 7), 3)),
        (weeks(12, 12, 12, 12, 12, silent=3, private=(0,)), "all", FoundDrift("stopped", date(2026, 11, 14), 2)),
    ],
)
def test_what_check_ins_say(answers, asking, expected):
    assert drift_of(answers, TODAY, "weekly", asking) == expected


def test_who_checks_in_daily_has_a_week_before_they_are_silent():
    answers = weeks(12, 12, 12, 12, 12, days=1)
    ends = answers[0].ends_on
    assert drift_of(answers, ends + timedelta(days=6), "daily", "shared") is None
    assert drift_of(answers, ends + timedelta(days=7), "daily", "shared") == FoundDrift("stopped", ends, 7)


def drop(person, crew, sharing="crew"):
    """Let the check-ins of a person drop in the last three weeks."""
    for back in range(8):
        with clock.frozen(WEDNESDAY - timedelta(weeks=back)):
            scores = {"productive": 1, "satisfied": 1} if back < 3 else {}
            make_check_in(person, crew, sharing=sharing, **scores)


def test_a_member_who_agreed_is_seen_by_who_has_the_right_and_told(page, owner, companion, stranger):
    with clock.frozen(WEDNESDAY):
        private, silent = make_person(name="Private Pat"), make_person(name="Silent Sam")
        crew = make_crew(owner, companion, private, silent, first_day=6)
        moderator = make_person(name="Mod")
        add_member(crew, moderator, role="moderator")
        for person, sharing in ((companion, "crew"), (private, "private"), (silent, "crew")):
            drop(person, crew, sharing)
        choose_in_crew(companion, crew.id, asking="shared")
        choose_in_crew(private, crew.id, asking="shared")
        db.session.commit()
        path = f"/crews/{crew.id}/reach-out"
        jobs.find()
        jobs.find()
        assert db.session.scalars(select(Drift.person_id)).all() == [companion.id]
        for viewer, status in ((None, 303), (stranger, 404), (companion, 403)):
            (page.as_(viewer) if viewer else page).get(path, status)
        organiser = page.as_(owner)
        shown = organiser.get(path, 200)
        assert companion.name in shown.words
        assert not {"Private Pat", "Silent Sam"} & {
            name for name in ("Private Pat", "Silent Sam") if name in shown.words
        }
        assert f"/messages/to/{companion.id}" in shown.text
        assert "/help/talk" in shown.text
        # A look is told once, and stands on the page of their choices.
        organiser.get(path, 200)
        page.as_(moderator).get(path, 200)
        told = db.session.scalars(select(Notification.person_id).where(Notification.type == "drift_seen")).all()
        assert told == [companion.id, companion.id]
        member = page.as_(companion)
        choices = member.get(f"/crews/{crew.id}/check-in/settings", 200)
        assert owner.name in choices.words and "Mod" in choices.words
        # The consent is taken back at once, without the worker.
        member.post(f"/crews/{crew.id}/check-in/settings", {"asking": "nobody", "reminders": "y"}, 303)
        assert companion.name not in organiser.get(path, 200).words
        choose_in_crew(companion, crew.id, asking="all")
        db.session.commit()
        assert companion.name in organiser.get(path, 200).words
        # A check-in that is deleted, or kept to oneself, takes what was found of it along.
        last = db.session.scalars(
            select(CheckIn).where(CheckIn.person_id == companion.id).order_by(CheckIn.period_from.desc())
        ).first()
        last.sharing = "private"
        db.session.commit()
        assert db.session.scalar(select(Drift.id)) is None
        choose_in_crew(companion, crew.id, asking="shared")
        choose_in_crew(private, crew.id, asking="all")
        db.session.commit()
        jobs.find()
        assert "Private Pat" in organiser.get(path, 200).words


def test_operators_choose_where_help_is_found(page, operator, owner):
    path = "/admin/help-links"
    page.as_(owner).get(path, 404)
    client = page.as_(operator)
    assert f'href="{path}"' in client.get("/admin/queues", 200).text
    for address in ("javascript:alert(1)", "http://a.example", "https://", "12", "https://u@evil.example"):
        client.post(path, {"title": "Bad", "address": address, "locale": "all"}, 422)
    client.post(path, {"title": "Lifeline", "address": "۱۴۸۰", "note": "Day and night", "locale": "en"}, 303)
    client.post(path, {"title": "Site", "address": "https://help.example/a", "locale": "fa"}, 303)
    links = db.session.scalars(select(HelpLink).order_by(HelpLink.created_at)).all()
    assert [link.address for link in links] == ["tel:1480", "https://help.example/a"]
    shown = page.get("/help/talk", 200)
    assert "Lifeline" in shown.words and "Day and night" in shown.words and "help.example" not in shown.text
    assert 'href="tel:1480"' in shown.text
    client.post(f"{path}/{links[0].id}/remove", {}, 303)
    assert "Lifeline" not in page.get("/help/talk", 200).words
