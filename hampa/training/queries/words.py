"""The names of plans, as notifications show them."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from hampa.notifications.models import Reference, Words
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.training.models.plans import TrainingPlan
from hampa.training.queries.plans import is_known_to


def _plans(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return the names of plans to those who may still know of them."""
    query = (
        select(TrainingPlan.id, Person.id, TrainingPlan.name)
        .join(Person, is_known_to(Person.id))
        .where(TrainingPlan.id.in_({one.subject_id for one in references}))
        .where(Person.id.in_({one.person_id for one in references}))
    )
    names = {(row[0], row[1]): row[2] for row in db.session.execute(query)}
    asked = {one.id: (one.subject_id, one.person_id) for one in references}
    return {one: {"plan": names[pair]} for one, pair in asked.items() if pair in names}


PLAN = Words(_plans, gone={"plan": _l("A plan that is gone")})
