"""The training of the demo: half a year of it, and a plan, added to once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from hampa.coach_summaries.models import CoachSummary
from hampa.coaching.models.athletes import Athlete
from hampa.demo import data
from hampa.demo.actions.coaching import make_coaching
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


def test_a_coach_has_athletes_with_a_plan_notes_a_file_and_a_summary_once(db_session, owner, companion, page):
    make_crew(owner, companion, id=IDS[0])
    with clock.frozen(NOW):
        make_coaching()
        make_coaching()
        [summary] = db.session.scalars(select(CoachSummary)).all()
        assert summary.locale == "fa" and summary.is_shared and len(summary.sentences) > 6
        assert len(db.session.scalars(select(Athlete)).all()) == 2
        shown = page.as_(owner).get(f"/coaching/athletes/{summary.owner_id}")
        assert data.COACHING[0].line in shown.words and data.COACHING[0].file in shown.words
        theirs = page.as_(companion).get(f"/summaries/athlete/{summary.owner_id}").words
        assert data.COACHING[0].line in theirs and data.COACHING[0].private.split(".")[0] not in theirs
