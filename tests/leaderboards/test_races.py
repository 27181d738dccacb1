"""Workers that follow changes while others make the board anew: the last to write has read last."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from hampa.leaderboards.actions.following import follow_changes, rebuild_board, rebuild_scope
from hampa.leaderboards.jobs import follow, rebuild_what_is_missing
from hampa.leaderboards.models.registry import ALL, scope_kind
from hampa.leaderboards.models.standings import BoardChange
from hampa.leaderboards.queries.periods import period_of
from hampa.leaderboards.queries.scores import metrics_of, name_of
from hampa.platform import rankings
from hampa.platform.db import db
from hampa.training.models.activities import Activity
from tests.factories.leaderboards import make_standing
from tests.factories.people import make_person
from tests.factories.training import make_activity
from tests.races import at_once


def test_eight_workers_leave_the_board_that_postgresql_makes(real_database: Flask):
    with real_database.app_context():
        people = [make_person(name=f"Runner {number}") for number in range(8)]
        for person in people:
            make_standing(person)
        runs = [make_activity(person, visibility="everyone").id for person in people]
        db.session.commit()
        kind = scope_kind("everyone")
        scope = kind.find(None)
        rebuild_scope(kind, scope)
        db.session.commit()

    def change(seed: int) -> None:
        dice = random.Random(seed)
        for _step in range(12):
            values = {"distance_m": dice.randrange(1, 50) * 100, "visibility": dice.choice(["everyone", "me"])}
            db.session.execute(update(Activity).where(Activity.id == dice.choice(runs)).values(**values))
            db.session.commit()
            follow_changes()
            db.session.commit()

    def make_anew() -> None:
        for _step in range(6):
            rebuild_scope(kind, scope)
            db.session.commit()

    assert (
        at_once(real_database, [*(lambda seed=seed: change(seed) for seed in range(6)), make_anew, make_anew])
        == ["done"] * 8
    )
    with real_database.app_context():
        assert follow("normal", lambda: False) >= 0 and not db.session.scalars(select(BoardChange)).all()
        for metric in metrics_of(scope):
            period = period_of(scope, ALL)
            followed = rankings.scores_of(name_of(scope, metric, period))
            rebuild_board(kind, scope, metric, period)
            assert followed == rankings.scores_of(name_of(scope, metric, period)), metric.name
        assert followed is not None


def test_changes_wait_while_redis_is_away_and_lost_boards_are_made_anew(db_session, monkeypatch):
    person = make_person(name="Runner")
    make_standing(person)
    kind = scope_kind("everyone")
    scope = kind.find(None)
    rebuild_scope(kind, scope)
    make_activity(person, timedelta(hours=2), visibility="everyone", distance_m=5_000)
    db.session.commit()

    def away(*_args: object, **_values: object) -> None:
        raise rankings.RankingsAway

    with monkeypatch.context() as patch:
        patch.setattr(rankings, "are_known", away)
        assert follow("normal", lambda: False) == 0
        rebuild_what_is_missing()
    assert db.session.scalars(select(BoardChange)).all()
    assert follow("normal", lambda: False) > 0
    metric = next(one for one in metrics_of(scope) if one.name == "distance")
    name = name_of(scope, metric, period_of(scope, ALL))
    assert rankings.scores_of(name) == {str(person.id): 5_000}
    rankings.forget(name)
    rebuild_what_is_missing()
    assert rankings.scores_of(name) == {str(person.id): 5_000}


def test_a_ranking_without_members_is_known(app: Flask):
    with app.app_context():
        rankings.forget("empty")
        assert rankings.look("empty") is None and rankings.scores_of("empty") is None
        rankings.update("empty", {"a": 5})
        assert rankings.look("empty") is None  # half a board would be a wrong one
        rankings.replace("empty", [], seconds=60)
        found = rankings.look("empty", "a", size=5)
        assert found is not None and (found.total, found.page, found.own) == (0, [], None)
        rankings.update("empty", {"a": 5, "b": 0, "c": 5, "d": 9})
        found = rankings.look("empty", "a", size=5, gone=["d", "nobody"])
        assert [(row.member, row.rank) for row in found.page] == [("c", 1), ("a", 1)]
        assert rankings.scores_of("empty") == {"a": 5, "c": 5, "d": 9}
        rankings.forget("empty")


@pytest.mark.parametrize("arguments", [(), ("--kind", "nothing")])
def test_the_command_makes_boards_anew(app: Flask, db_session, arguments):
    person = make_person(name="Runner")
    make_standing(person)
    make_activity(person, visibility="everyone", distance_m=3_000)
    db.session.commit()
    result = app.test_cli_runner().invoke(args=["leaderboards", "rebuild", *arguments])
    if arguments:
        assert result.exit_code == 1 and "There are no boards of nothing" in result.output
        return
    assert result.exit_code == 0 and "boards anew" in result.output
    scope = scope_kind("everyone").find(None)
    metric = next(one for one in metrics_of(scope) if one.name == "distance")
    assert rankings.scores_of(name_of(scope, metric, period_of(scope, ALL))) == {str(person.id): 3_000}
