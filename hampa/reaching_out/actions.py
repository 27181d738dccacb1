"""Finding who drifts, recording looks, and the links to help."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from hampa.audit.actions import record_audit
from hampa.audit.models import Subject, register_action, register_thing
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.statements import built_once
from hampa.reaching_out import queries
from hampa.reaching_out.models import MOST_LINKS, Drift, DriftLook, HelpLink

HOUR = timedelta(hours=1)

ADDRESS = {"address": _l("Address")}
register_thing("help_link", _l("Link to help"))
LINK_ADDED = register_action("help.link_added", _l("Added a link to help"), thing="help_link", fields=ADDRESS)
LINK_REMOVED = register_action("help.link_removed", _l("Removed a link to help"), thing="help_link", fields=ADDRESS)


def find_drifts(after: uuid.UUID | None, size: int) -> uuid.UUID | None:
    """Look anew at the check-ins of some who agreed to it, and return the last of these consents; None at the end.

    Three statements for any number of people.
    """
    now = clock.now()
    consents = queries.consents(after, size)
    if not consents:
        return None
    pairs = [(row.person_id, row.crew_id) for row in consents]
    answers = queries.latest_answers(pairs)
    rows: list[dict[str, Any]] = []
    for row in consents:
        today = now.astimezone(ZoneInfo(row.timezone)).date()
        found = queries.drift_of(answers.get((row.person_id, row.crew_id), ()), today, row.frequency, row.asking)
        if found is not None:
            rows.append(
                {
                    "id": ids.new_id(),
                    "crew_id": row.crew_id,
                    "person_id": row.person_id,
                    "reason": found.reason,
                    "since": found.since,
                    "periods": found.periods,
                    "basis": row.asking,
                    "created_at": now,
                }
            )
    kept = [(row["person_id"], row["crew_id"]) for row in rows]
    others = [pair for pair in pairs if pair not in set(kept)]
    if others:
        statement = delete(Drift).where(tuple_(Drift.person_id, Drift.crew_id).in_(others))
        db.session.execute(statement.execution_options(synchronize_session=False))
    if rows:
        values = insert(Drift).values(rows)
        names = ("reason", "since", "periods", "basis", "created_at")
        changes = {name: values.excluded[name] for name in names}
        db.session.execute(values.on_conflict_do_update(index_elements=["crew_id", "person_id"], set_=changes))
    return consents[-1].id


def record_looks(viewer: Person, crew_id: uuid.UUID, rows: Sequence[queries.Drifting]) -> bool:
    """Record that an organiser is shown some members who drift, and tell each of them, once for what is shown.

    Return whether something was recorded: not twice within an hour.
    """
    if not rows:
        return False
    now = clock.now()
    new_ids, people, days = [ids.new_id() for _row in rows], [row.id for row in rows], [row.since for row in rows]
    recorded = _record_looks(crew_id, viewer.id, new_ids, people, days, now, now - HOUR).all()
    for since in sorted({row.since for row in recorded}):
        notify(
            [row.person_id for row in recorded if row.since == since],
            "drift_seen",
            actor_id=viewer.id,
            subject_id=crew_id,
            data={},
            event=f"{crew_id}:{viewer.id}:{since.isoformat()}",
        )
    return bool(recorded)


@built_once
def _record_looks(
    crew_id: uuid.UUID,
    viewer_id: uuid.UUID,
    new_ids: list[uuid.UUID],
    people: list[uuid.UUID],
    days: list[date],
    now: datetime,
    hour_ago: datetime,
) -> Any:
    looks = func.unnest(new_ids, people, days).table_valued("id", "person_id", "since").render_derived(name="looks")
    columns: dict[str, Any] = {
        "id": looks.c.id,
        "crew_id": crew_id,
        "viewer_id": viewer_id,
        "person_id": looks.c.person_id,
        "since": looks.c.since,
        "last_at": now,
        "created_at": now,
    }
    return (
        insert(DriftLook.__table__)
        .from_select(list(columns), select(*columns.values()))
        .on_conflict_do_update(
            index_elements=["crew_id", "viewer_id", "person_id", "since"],
            set_={"last_at": now},
            where=DriftLook.last_at <= hour_ago,
        )
        .returning(DriftLook.person_id, DriftLook.since)
    )


def add_help_link(operator: Person, title: str, address: str, note: str, locale: str) -> uuid.UUID:
    """Add a link to help, and return its id. Raise Refused when there are many."""
    # Of two operators at once both may add the last one: the number only keeps the page short.
    if (db.session.scalar(select(func.count()).select_from(HelpLink)) or 0) >= MOST_LINKS:
        raise Refused(_("There are many links already. Remove one first: people who need help read only a few."))
    link = HelpLink(title=title, address=address, note=note, locale=locale)
    db.session.add(link)
    db.session.flush()
    record_audit(operator, LINK_ADDED, Subject(link.id, title), after={"address": address})
    return link.id


def remove_help_link(operator: Person, link_id: uuid.UUID) -> None:
    """Remove a link to help. Raise NotFound."""
    link = db.session.get(HelpLink, link_id)
    if link is None:
        raise NotFound
    record_audit(operator, LINK_REMOVED, Subject(link.id, link.title), {"address": link.address})
    db.session.delete(link)
