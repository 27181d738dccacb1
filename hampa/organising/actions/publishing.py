"""Publishing, changing and cancelling runs. Whoever writes holds the run's lock."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.i18n import gettext as _
from hampa.runs.models.run import Run
from hampa.series.models import Series


def refuse_flood(organiser: Person) -> None:
    """Raises Refused for who has published as many runs within a day as one person may.

    Asked under a lock on the person, so that what another request is about to publish counts too.
    """
    db.session.execute(select(Person.id).where(Person.id == organiser.id).with_for_update(key_share=True))
    since, most = clock.now() - timedelta(days=1), settings().runs_per_person_day
    alone = select(func.count()).where(
        Run.organiser_id == organiser.id, Run.created_at > since, Run.series_id.is_(None)
    )
    series = select(func.count()).where(Series.organiser_id == organiser.id, Series.created_at > since)
    if (db.session.scalar(select(alone.scalar_subquery() + series.scalar_subquery())) or 0) >= most:
        raise Refused(_("That is enough runs for one day. Publish the next one tomorrow."))
