"""The data of notifications about runs, and their words."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, and_, cast, func, select, tuple_

from hampa.notifications.models import Notification, Reference, Words
from hampa.people.models import Person
from hampa.people.queries import hidden_pairs
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run

SNAPSHOT_FIELDS = ("starts_at", "timezone", "code")
"""The keys of `run_snapshot`, which most notifications about a run have."""
MOST_GATHERED = 1_000
"""Of so many people at most one SMS tells."""


def run_snapshot(run: Any) -> dict[str, Any]:
    """Return what notifications store of a run: `starts_at` in ISO 8601, `code` for the short link."""
    return {"starts_at": run.starts_at.isoformat(), "timezone": run.timezone, "code": run.short_code}


def words_of_run(run: Any) -> dict[str, Any]:
    """Return a run, or a row of its columns, as the words of notifications show it; `reason` is why it is cancelled."""
    return {**run_snapshot(run), "title": run.title, "place": run.place, "reason": run.cancel_reason}


def _words_of_runs(run_ids: Mapping[uuid.UUID, uuid.UUID | None]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return the words of runs by the keys of their ids."""
    columns = Run.id, Run.title, Run.starts_at, Run.timezone, Run.place, Run.short_code, Run.cancel_reason
    rows = db.session.execute(select(*columns).where(Run.id.in_({run_id for run_id in run_ids.values() if run_id})))
    words = {row.id: words_of_run(row) for row in rows}
    return {key: words[run_id] for key, run_id in run_ids.items() if run_id in words}


def _run_of_subject(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    return _words_of_runs({one.id: one.subject_id for one in references})


def _first_run(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    return _words_of_runs({one.id: one.id_in("run") for one in references})


_NO_RUN = {"title": _l("A deleted run"), "place": "", "reason": ""}
RUN = Words(_run_of_subject, gone=_NO_RUN)
"""The words of the run that is a notification's subject: `title`, `place`, `starts_at`, `timezone`, `code`, `reason`."""
FIRST_RUN = Words(_first_run, gone=_NO_RUN)
"""The same of the run whose id is in `data`."""


def _joined_together(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return the last who joined (`name`) and how many `others`, since an SMS was first written.

    People who have left the run or the site since, or are hidden from the organiser, are left out; without anybody
    left the SMS is not true any more. Only SMS tell of several people.
    """
    since = {one.id: datetime.fromisoformat(one.data["since"]) for one in references if one.by_sms}
    by_sms = [one for one in references if one.id in since]
    found: dict[uuid.UUID, Mapping[str, Any]] = {one.id: {} for one in references if one.id not in since}
    if not by_sms:
        return found
    columns = Notification.person_id, Notification.subject_id, Notification.type, Notification.created_at
    about = [(one.person_id, one.subject_id) for one in by_sms]
    rows = db.session.execute(
        select(*columns, Person.id.label("joiner_id"), Person.name)
        .join(Person, Person.id == Notification.actor_id)
        .join(
            Participation,
            and_(
                Participation.run_id == Notification.subject_id,
                Participation.person_id == Notification.actor_id,
                Participation.status == Notification.data["status"].astext,
            ),
        )
        .where(
            tuple_(Notification.person_id, Notification.subject_id).in_(about),
            Notification.created_at >= min(since.values()),
            Person.state == "active",
        )
        .order_by(Notification.created_at.desc())
        .limit(MOST_GATHERED)
    ).all()
    hidden = hidden_pairs({row.joiner_id for row in rows}, {row.person_id for row in rows})
    for one in by_sms:
        names = [
            row.name
            for row in rows
            if (row.person_id, row.subject_id, row.type) == (one.person_id, one.subject_id, one.kind)
            and row.created_at >= since[one.id]
            and frozenset((row.joiner_id, row.person_id)) not in hidden
        ]
        if names:
            found[one.id] = {"name": names[0], "others": len(names) - 1}
    return found


JOINED = Words(_joined_together, gone={"others": 0})
"""All who joined a run, or asked to, since the first of whom an SMS tells: `name` and `others`."""


def personal_link_ids(run: Run) -> Select[Any]:
    """Return a SELECT of each participant and the data of their one-tap link, for `notify` (`personal_sms_data`)."""
    data = func.jsonb_build_object("link", Participation.id).label("data")
    return select(Participation.person_id, data).where(Participation.run_id == run.id)


def personal_link_ids_of_first(runs: Sequence[Run]) -> Select[Any]:
    """Return the same for the participants of any of the runs; only those of the first run get a link, which is to it."""
    link = func.max(cast(Participation.id, Text)).filter(Participation.run_id == runs[0].id)
    data = func.jsonb_strip_nulls(func.jsonb_build_object("link", link)).label("data")
    in_any = Participation.run_id.in_([run.id for run in runs])
    return select(Participation.person_id, data).where(in_any).group_by(Participation.person_id)
