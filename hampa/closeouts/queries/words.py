"""What notifications say of close-outs."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from hampa.closeouts.models import CloseOut
from hampa.crews.models import Crew
from hampa.duties.queries.occasions import owner_name
from hampa.notifications.models import Reference, Words
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.series.models import Series


def _load(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    query = (
        select(CloseOut.id, owner_name().label("crew"), CloseOut.since, CloseOut.timezone, CloseOut.thanks)
        .outerjoin(Crew, Crew.id == CloseOut.crew_id)
        .outerjoin(Series, Series.id == CloseOut.series_id)
        .where(CloseOut.id.in_({one.subject_id for one in references}))
    )
    words = {
        row.id: {"crew": row.crew, "starts_at": row.since.isoformat(), "timezone": row.timezone, "text": row.thanks}
        for row in db.session.execute(query)
    }
    return {one.id: words[one.subject_id] for one in references if one.subject_id in words}


OCCASION = Words(_load, gone={"crew": _l("A crew that is gone"), "starts_at": "", "timezone": "", "text": ""})
