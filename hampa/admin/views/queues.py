"""What waits, how it goes, which gateways rest, and what the day has cost."""

from datetime import timedelta

from flask import Response, flash, url_for

from hampa.admin.queries import gateways, spending
from hampa.admin.views.blueprint import blueprint
from hampa.outbox import queries
from hampa.outbox.actions import operating
from hampa.platform.db import db
from hampa.platform.delivery.gateways import gateway_names
from hampa.platform.errors import NotFound
from hampa.platform.jobs.operating import count_failed, queue_depths
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web import pages
from hampa.platform.web.permissions import operator_only
from hampa.platform.web.session import me

MOST_FAILED = 1_000
PRIORITY_WORDS = {"code": _l("Codes"), "safety": _l("Home safe"), "normal": _l("Notifications"), "bulk": _l("To many")}
QUEUE_WORDS = {"urgent": _l("Urgent jobs"), "normal": _l("Other jobs")}


@blueprint.get("/admin/queues")
@operator_only
def queues() -> Response:
    """Show the queues, the gateways and the spending of the day."""
    return pages.render(
        "admin/queues.html",
        depths=queries.depths(),
        job_depths=queue_depths(),
        failed_jobs=count_failed(MOST_FAILED),
        rates=[(_("Last hour"), queries.rates(timedelta(hours=1))), (_("Last day"), queries.rates(timedelta(days=1)))],
        gateways=gateways(),
        spending=spending(),
        priorities=PRIORITY_WORDS,
        job_queues=QUEUE_WORDS,
    )


@blueprint.post("/admin/queues/<gateway>/again")
@operator_only
def wake_gateway(gateway: str) -> Response:
    """Have a gateway that rests tried with the next message."""
    if gateway not in gateway_names():
        raise NotFound
    operating.wake_gateway(me(), gateway)
    db.session.commit()
    flash(_("It will be tried with the next message."))
    return pages.redirect(url_for("admin.queues"))
