"""What changes hands while its former head decides about it: who decides is asked once nobody else can change it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from hampa.coaching.actions import athletes as coaching
from hampa.coaching.models.athletes import ASSISTANT, FOLLOWER, HEAD, Coach
from hampa.people import privacy_registry
from hampa.platform.db import db
from hampa.platform.errors import Forbidden
from hampa.series.actions import changes, series as series_actions
from hampa.series.models import Series
from tests.attack.test_race_rounds import ROUNDS, Deeds, the
from tests.factories.coaching import add_coach, make_athlete
from tests.factories.people import make_person
from tests.factories.series import make_series
from tests.races import at_once, waiting_for_us


@pytest.mark.parametrize("turn", range(5 * ROUNDS))
def test_of_a_head_coach_and_who_follows_them_one_decides(real_database: Flask, turn: int) -> None:
    with real_database.app_context():
        before, after, third = make_person(), make_person(), make_person()
        record = make_athlete(before)
        add_coach(record, after), add_coach(record, third)
        coaching.set_role(before, record.id, after.id, HEAD)
        db.session.commit()
        a, b, c, record_id = before.id, after.id, third.id, record.id
    deeds: Deeds = [
        lambda: coaching.answer_to_coach(the(b), record_id, accept=True),
        lambda: coaching.set_role(the(a), record_id, b, FOLLOWER if turn % 2 else ASSISTANT),
        lambda: coaching.remove_coach(the(a), record_id, b),
        lambda: coaching.set_role(the(a), record_id, c, HEAD),
        lambda: coaching.answer_to_coach(the(c), record_id, accept=True),
    ]
    ended = at_once(real_database, deeds)
    assert set(ended) <= {"done", "NotFound", "Forbidden", "Refused"}, f"round {turn}: {ended}"
    with real_database.app_context():
        roles = dict(db.session.execute(select(Coach.coach_id, Coach.role)).all())
        assert list(roles.values()).count(HEAD) == 1, f"round {turn}: {ended}"


def test_a_head_coach_who_is_erased_while_another_follows_leaves_one_head(real_database: Flask) -> None:
    with real_database.app_context():
        before, after, third = make_person(), make_person(), make_person()
        record = make_athlete(before)
        add_coach(record, third), add_coach(record, after)
        coaching.set_role(before, record.id, after.id, HEAD)
        db.session.commit()
        before_id, after_id, third_id, record_id = before.id, after.id, third.id, record.id

        def erase() -> None:
            privacy_registry.erase(the(before_id))
            db.session.commit()

        coaching.answer_to_coach(the(after_id), record_id, accept=True)
        with waiting_for_us(real_database, erase):
            db.session.commit()
        roles = {row.coach_id: row.role for row in db.session.execute(select(Coach.coach_id, Coach.role))}
        assert roles == {after_id: HEAD, third_id: ASSISTANT}


def _end(organiser_id: uuid.UUID, series_id: uuid.UUID) -> None:
    changes.end_series(the(organiser_id), series_id)


def _skip(organiser_id: uuid.UUID, series_id: uuid.UUID) -> None:
    day = db.session.get_one(Series, series_id).next_on
    assert day is not None
    series_actions.skip_day(the(organiser_id), series_id, day)


@pytest.mark.parametrize("do", [_end, _skip])
def test_who_has_just_handed_a_series_over_decides_nothing_more(
    real_database: Flask, do: Callable[[uuid.UUID, uuid.UUID], None]
) -> None:
    refused: list[Forbidden] = []
    with real_database.app_context():
        before, after = make_person(), make_person()
        series_id, before_id, after_id = make_series(before).id, before.id, after.id
        db.session.commit()

        def decide() -> None:
            try:
                do(before_id, series_id)
                db.session.commit()
            except Forbidden as refusal:
                refused.append(refusal)

        series = db.session.get_one(Series, series_id, with_for_update=True)
        with waiting_for_us(real_database, decide):
            series.organiser_id = after_id
            db.session.commit()
        series = db.session.get_one(Series, series_id, populate_existing=True)
        assert refused and series.ended_at is None and series.skipped == []
