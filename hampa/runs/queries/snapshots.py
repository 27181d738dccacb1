"""The data of notifications about runs, and their words."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, Text, Uuid, cast, column, func, or_, select

from hampa.notifications.models import Reference, Words
from hampa.people.queries import hidden_from
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.statements import planned_once
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.runs import is_visible_to_id

SNAPSHOT_FIELDS = ("starts_at", "timezone", "code")
"""The keys of `run_snapshot`, which most notifications about a run have."""


def run_snapshot(run: Any) -> dict[str, Any]:
    """Return what notifications store of a run: `starts_at` in ISO 8601, `code` for the short link."""
    return {"starts_at": run.starts_at.isoformat(), "timezone": run.timezone, "code": run.short_code}


def words_of_run(run: Any) -> dict[str, Any]:
    """Return a run, or a row of its columns, as the words of notifications show it; `reason` is why it is cancelled."""
    return {**run_snapshot(run), "title": run.title, "place": run.place, "reason": run.cancel_reason}


def _words_of_runs(runs: Sequence[tuple[Reference, uuid.UUID | None]]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return the words of the runs of references by the ids of these, of runs that the reader may (still) see."""
    asked = {(run_id, one.person_id) for one, run_id in runs if run_id}
    rows = _seen_by_each([run_id for run_id, _ in asked], [reader_id for _, reader_id in asked]) if asked else ()
    words = {(row.id, row.reader_id): words_of_run(row) for row in rows}
    found = {one.id: words.get((run_id, one.person_id)) for one, run_id in runs if run_id}
    return {key: each for key, each in found.items() if each is not None}


@planned_once
def _seen_by_each(run_ids: list[uuid.UUID], reader_ids: list[uuid.UUID | None]) -> Any:
    """Return a SELECT of runs, each for the reader in the same place, if they may see it; for no reader it is seen."""
    columns = Run.id, Run.title, Run.starts_at, Run.timezone, Run.place, Run.short_code, Run.cancel_reason
    pairs = (
        func.unnest(run_ids, reader_ids)
        .table_valued(column("run_id", Uuid), column("reader_id", Uuid), name="asked")
        .render_derived()
    )
    hidden = func.array(hidden_from(pairs.c.reader_id).scalar_subquery())
    may_see = or_(pairs.c.reader_id.is_(None), is_visible_to_id(pairs.c.reader_id, hidden))
    return select(*columns, pairs.c.reader_id).join(pairs, pairs.c.run_id == Run.id).where(may_see)


def _run_of_subject(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    return _words_of_runs([(one, one.subject_id) for one in references])


def _first_run(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    return _words_of_runs([(one, one.id_in("run")) for one in references])


_NO_RUN = {"title": _l("A deleted run"), "place": "", "reason": ""}
RUN = Words(_run_of_subject, gone=_NO_RUN)
"""The words of the run that is a notification's subject: `title`, `place`, `starts_at`, `timezone`, `code`, `reason`."""
FIRST_RUN = Words(_first_run, gone=_NO_RUN)
"""The same of the run whose id is in `data`."""


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
