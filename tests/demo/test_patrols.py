"""The duties of the demo: each crew's in its language, at hours of people, with a day that waits to be closed out."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sqlalchemy import func, select

from hampa.closeouts.models import CloseOut
from hampa.demo.actions.crews import IDS
from hampa.demo.actions.duties import make_duties
from hampa.duties.models import Booking, Schedule
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale import dates
from tests.factories.crews import make_crew
from tests.factories.people import make_person


def test_each_crew_has_duties_in_its_language_and_a_day_to_close_out(db_session, page, owner, companion):
    make_crew(owner, companion, id=IDS[0])
    make_crew(companion, make_person(), id=IDS[1], name="Tempelhof", timezone="Europe/Berlin")
    for now in (datetime(2026, 11, 29, 9, tzinfo=UTC), datetime(2026, 12, 9, tzinfo=UTC)):
        with clock.frozen(now):
            make_duties()
            booked = db.session.scalar(select(func.count()).select_from(Booking))
            make_duties()
            assert db.session.scalar(select(func.count()).select_from(Booking)) == booked
    schedules = list(db.session.scalars(select(Schedule).order_by(Schedule.name)))
    persian = [one for one in schedules if one.crew_id == IDS[0]]
    assert len(persian) == 3 and not any(re.search("[A-Za-z]", one.name + one.instructions) for one in persian)
    starts = [start for one in persian for start in one.shift_rule.next_starts(now, 3)]
    assert {dates.to_local(start, "Asia/Tehran").hour for start in starts} == {6, 18}
    summer, _marshal, winter = (one for one in schedules if one.crew_id == IDS[1])
    assert (summer.name, summer.rule) == ("Summer Patrol", "0 0,2 * 11-12,1-4 6,0,1")
    assert (winter.name, winter.rule) == ("Winter Patrol", "0 1,3 * 5-10 6,0,1")
    assert summer.duration_min == winter.duration_min == 120
    assert [str(summer.start_date), str(summer.end_date)] == ["2026-11-01", "2027-04-30"]
    assert [str(winter.start_date), str(winter.end_date)] == ["2027-05-01", "2027-10-31"]
    for one, hours in ((summer, {11, 13}), (winter, {11, 13})):
        local = (dates.to_local(start, "Australia/Sydney").hour for start in one.shift_rule.next_starts(now, 6))
        assert set(local) == hours
    closeouts = list(db.session.scalars(select(CloseOut).where(CloseOut.crew_id == IDS[0]).order_by(CloseOut.day)))
    assert [str(one.day) for one in closeouts] == ["2026-11-27", "2026-12-08"]
    with clock.frozen(now):
        path = f"/duties/close-outs/{closeouts[-1].id}"
        assert path in page.as_(owner).get("/duties/close-outs", 200).text
        page.as_(owner).get(path, 200).form(path).fill(rest_came="y", incidents="no").submit(status=303)
