"""The training of the demo: half a year of it, and a plan, added to once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from hampa.demo.actions.crews import IDS
from hampa.demo.actions.training import DAYS, make_training
from hampa.platform import clock
from hampa.platform.db import db
from hampa.training.models.activities import Activity
from hampa.training.models.plans import Milestone, PlanMember
from tests.factories.crews import make_crew

NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)


def counts() -> list[int]:
    return [db.session.scalar(select(func.count()).select_from(one)) or 0 for one in (Activity, PlanMember, Milestone)]


def test_members_of_its_first_crew_train_for_half_a_year(db_session, owner, companion):
    make_crew(owner, companion, id=IDS[0])
    with clock.frozen(NOW):
        make_training()
        activities, members, milestones = counts()
        assert activities > DAYS / 2 and (members, milestones) == (2, 3)
        first = db.session.scalars(select(Activity).order_by(Activity.started_at).limit(1)).one()
        assert first.started_at > NOW - timedelta(days=DAYS + 1)
        make_training()
        assert counts() == [activities, members, milestones]
    with clock.frozen(NOW + timedelta(days=14)):
        make_training()
        assert activities < counts()[0] < activities + 28
        latest = db.session.scalar(select(func.max(Activity.ended_at)))
        assert latest < clock.now()
