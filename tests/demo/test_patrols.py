"""The duties of the demo: a patrol for each season."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select

from hampa.demo.actions.crews import IDS
from hampa.demo.actions.duties import make_duties
from hampa.duties.models import Booking, Schedule
from hampa.platform import clock
from hampa.platform.db import db
from tests.factories.crews import make_crew


def test_its_first_crew_has_a_patrol_for_each_season(db_session, owner, companion):
    make_crew(owner, companion, id=IDS[0])
    for now in (datetime(2026, 11, 29, 9, tzinfo=UTC), datetime(2026, 12, 9, tzinfo=UTC)):
        with clock.frozen(now):
            make_duties()
        summer, winter = db.session.scalars(select(Schedule).order_by(Schedule.name))
        assert (summer.name, summer.rule) == ("Summer Patrol", "0 0,2 * 11-12,1-4 6,0,1")
        assert (winter.name, winter.rule) == ("Winter Patrol", "0 1,3 * 5-10 6,0,1")
        assert summer.duration_min == winter.duration_min == 120
        assert [str(summer.start_date), str(summer.end_date)] == ["2026-11-01", "2027-04-30"]
        assert [str(winter.start_date), str(winter.end_date)] == ["2027-05-01", "2027-10-31"]
        assert db.session.scalar(select(func.count()).select_from(Booking)) == 4
