"""The names of plans, as notifications show them."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from hampa.notifications.models import Reference, Words
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.training.models.plans import TrainingPlan


def _plans(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    query = select(TrainingPlan.id, TrainingPlan.name).where(
        TrainingPlan.id.in_({one.subject_id for one in references})
    )
    names = {row.id: row.name for row in db.session.execute(query)}
    return {one.id: {"plan": names[one.subject_id]} for one in references if one.subject_id in names}


PLAN = Words(_plans, gone={"plan": _l("A plan that is gone")})
