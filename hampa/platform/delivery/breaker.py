"""The circuit breaker of gateways, in PostgreSQL, so that all workers know which gateway rests.

A gateway that fails `FAILURES` times in a row, or refuses the account, rests: nothing is handed to it. When the rest is
over, one message is handed over as a probe. If it is answered, the gateway works again; if not, the next rest is twice as
long, up to `LONGEST_REST`. A gateway that takes no more for the moment rests for as long as it wants, without any guilt.

A row is written when a gateway fails, and when it works again, not for each message.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, literal, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform import clock
from hampa.platform.db import Changing, Record, db
from hampa.platform.delivery.base import Fault, Outcome
from hampa.platform.jobs.leases import db_now, db_now_plus, in_seconds

FAILURES = 5
"""The failures in a row after which a gateway rests."""
FIRST_REST, LONGEST_REST = timedelta(seconds=10), timedelta(seconds=60)
"""The longest is well below the two minutes within which messages leave after a recovery."""
LIMITED_REST = timedelta(seconds=5)
"""The rest when a gateway takes no more, and does not say for how long."""
PROBE_LEASE = timedelta(seconds=30)
SAME_OUTAGE = timedelta(minutes=10)
"""A gateway that fails again so soon after it worked is in the same outage, of which operators are told once."""


class GatewayState(Record, Changing, db.Model):
    """The state of a gateway that has failed.

    `failures` in a row; it rests until `rests_until`, after which one worker probes it until `probe_until`. `opened_at`
    is when the outage began, `closed_at` when it last worked again, `reason` its last error.
    """

    __tablename__ = "gateway_states"

    name: Mapped[str] = mapped_column(unique=True)
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    failed_at: Mapped[datetime | None]
    rests_until: Mapped[datetime | None]
    rest_seconds: Mapped[int | None]
    probe_until: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    reason: Mapped[str | None]

    @property
    def is_open(self) -> bool:
        """Return whether the gateway rests, or has to be probed."""
        return self.rests_until is not None


@dataclass(frozen=True)
class Trouble:
    """What a sender knows of a gateway that is not well: since when, and whether it may be probed now."""

    id: uuid.UUID
    rests_until: datetime | None
    can_probe: bool


def troubles() -> Mapping[str, Trouble]:
    """Return the gateways that have failed and not worked since, by their names; those that rest have `rests_until`."""
    states = GatewayState
    free = or_(states.probe_until.is_(None), states.probe_until <= db_now())
    columns = select(states.name, states.id, states.rests_until, (states.rests_until <= db_now()) & free)
    rows = db.session.execute(columns.where(or_(states.failures > 0, states.rests_until.is_not(None))))
    return {name: Trouble(id_, rests_until, bool(can_probe)) for name, id_, rests_until, can_probe in rows}


def begin_probe(name: str) -> bool:
    """Return whether the caller may hand one message to a gateway whose rest is over; one caller may at a time."""
    states = GatewayState
    free = or_(states.probe_until.is_(None), states.probe_until <= db_now())
    begun = _change(
        update(states)
        .where(states.name == name, states.rests_until <= db_now(), free)
        .values(probe_until=db_now_plus(PROBE_LEASE))
    )
    return begun > 0


def end_probe(name: str) -> None:
    """Let others probe a gateway, since the caller had nothing to hand over."""
    _change(update(GatewayState).where(GatewayState.name == name).values(probe_until=None))


def record_outcomes(outcomes: Sequence[tuple[str, Outcome]], known: Mapping[str, Trouble]) -> None:
    """Record what a sender has heard of gateways, by their names; `known` is what it knew of them before."""
    for name in dict.fromkeys(name for name, _outcome in outcomes):
        found = [outcome for of_name, outcome in outcomes if of_name == name]
        bad = [outcome for outcome in found if outcome.cause is not Fault.MESSAGE]
        if not bad and name in known:
            _record_success(name)
        elif bad:
            _record_failures(name, bad, answered=len(bad) < len(found))


def _record_success(name: str) -> None:
    _change(
        update(GatewayState)
        .where(GatewayState.name == name)
        .values(failures=0, rests_until=None, rest_seconds=None, probe_until=None, closed_at=clock.now())
    )


def _record_failures(name: str, bad: Sequence[Outcome], *, answered: bool) -> None:
    """Count failures, and let the gateway rest if they are enough; `answered` if it worked in between."""
    states, now = GatewayState, clock.now()
    last = bad[-1]
    guilty = [outcome for outcome in bad if outcome.cause is not Fault.LIMIT]
    count = len(guilty)
    before: Any = literal(0) if answered else states.failures
    failures = before + count
    if any(outcome.cause is Fault.ACCOUNT for outcome in bad):
        opens: Any = literal(True)
        first = LONGEST_REST.seconds
    elif guilty:
        opens = failures >= FAILURES
        first = FIRST_REST.seconds
    else:
        opens = literal(True)
        wanted = max(outcome.retry_after or 0 for outcome in bad)
        first = int(min(max(wanted, LIMITED_REST.seconds), LONGEST_REST.seconds))
    # A failure of what was handed over before the rest began says nothing new.
    rests = states.rests_until > db_now()
    was_probe = states.rests_until <= db_now()
    longer = func.least(func.coalesce(states.rest_seconds, first) * 2, LONGEST_REST.seconds)
    rest: Any = case((was_probe, longer), else_=first) if guilty else literal(first)
    new_outage = or_(states.closed_at.is_(None), states.closed_at < now - SAME_OUTAGE)
    begins = opens & states.rests_until.is_(None)
    changes = {
        "failures": failures,
        "failed_at": now if guilty else states.failed_at,
        "reason": last.error,
        "updated_at": now,
        "rest_seconds": case((rests, states.rest_seconds), (was_probe | opens, rest), else_=null()),
        "rests_until": case((rests, states.rests_until), (was_probe | opens, in_seconds(rest)), else_=null()),
        "probe_until": case((rests, states.probe_until), else_=null()),
        "version": states.version + 1,
    }
    if guilty:
        changes["opened_at"] = case((begins & or_(states.opened_at.is_(None), new_outage), now), else_=states.opened_at)
    db.session.execute(insert(states).values(name=name).on_conflict_do_nothing(index_elements=[states.name]))
    _change(update(states).where(states.name == name).values(changes))


def _change(statement: Any) -> int:
    options = {"synchronize_session": False, "preserve_rowcount": True}
    return int(db.session.execute(statement, execution_options=options).rowcount)  # type: ignore[attr-defined]


def gateway_states() -> Sequence[GatewayState]:
    """Return what is recorded of gateways, by name."""
    return db.session.scalars(select(GatewayState).order_by(GatewayState.name)).all()


def wake(name: str) -> None:
    """Let a gateway be probed now, whatever its rest."""
    _change(
        update(GatewayState)
        .where(GatewayState.name == name, GatewayState.rests_until.is_not(None))
        .values(rests_until=db_now(), probe_until=None)
    )
