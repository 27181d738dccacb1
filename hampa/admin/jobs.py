"""Watching gateways and spending, of which operators are told once each time."""

import uuid
from datetime import timedelta

from hampa.admin.actions import keep_day
from hampa.admin.queries import gateways, has_days, site_today, spending
from hampa.notifications.actions.notifying import notify
from hampa.outbox.queries import today
from hampa.people.queries import operators
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import job, renew_lease

SUBJECT = uuid.UUID("6f6c2f0e-0b5c-4a7e-9a57-7f3a2d6f1c11")
"""What stands for the site, which is no row, as the subject of a notification."""

FIRST_COUNTED = 365
"""Days that are counted when none has been."""

RECENT = timedelta(hours=12)
"""Notifications are deleted in the end, and an old outage is no news."""


@job("admin.watch_gateways", every=timedelta(minutes=1))
def tell_operators() -> None:
    """Tell operators of each outage of a gateway, and of each day whose budget is used."""
    everybody = [operator.id for operator in operators()]
    for row in gateways():
        if row.state is not None and row.state.opened_at is not None and row.state.opened_at > clock.now() - RECENT:
            event = f"{row.name}:{row.state.opened_at.isoformat()}"
            notify(everybody, "gateway_rests", subject_id=row.state.id, data={"gateway": row.name}, event=event)
    for spent in spending():
        if spent.budget is not None and spent.is_used:
            notify(
                everybody,
                "budget_used",
                subject_id=SUBJECT,
                data={"amount": f"{spent.budget:f}", "currency": spent.currency},
                event=f"{spent.currency}:{today().date()}",
            )
    db.session.commit()


@job("admin.count_days", every=timedelta(minutes=15), lease=timedelta(minutes=5))
def count_days() -> None:
    """Count this day and the one before; on a site without counts the last year, a transaction each."""
    today = site_today()
    known = 2 if has_days() else FIRST_COUNTED
    for ago in range(known):
        renew_lease()
        keep_day(today - timedelta(days=ago))
        db.session.commit()
