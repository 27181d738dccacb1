"""The blueprint of the pages for operators, and the places of its own in their shell."""

from flask import Blueprint

from hampa.moderation import queries as moderation
from hampa.platform.jobs.operating import failed_jobs
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web import slots
from hampa.platform.web.operator_places import PLACES, OperatorPlace, Waiting, operator_links

blueprint = Blueprint("admin", __name__)
slots.share(blueprint, operator_links=operator_links)


_REPORTS = Waiting(_l("Reports"), moderation.open_reports, "admin.moderation", "alert")
_APPEALS = Waiting(_l("Appeals"), moderation.open_appeals, "admin.appeals", "messages")
_FAILED_JOBS = Waiting(_l("Failed jobs"), lambda _operator_id: failed_jobs(), "admin.failed_jobs", "stop")


def places() -> list[OperatorPlace]:
    """Return the places of administration itself."""
    return [
        OperatorPlace("community", 10, _l("People"), "admin.find_people", "people"),
        OperatorPlace("community", 20, _l("Reports"), "admin.moderation", "alert", (_REPORTS,)),
        OperatorPlace("community", 30, _l("Appeals"), "admin.appeals", "messages", (_APPEALS,)),
        OperatorPlace("sending", 20, _l("Messages sent"), "admin.messages", "mail"),
        OperatorPlace("sending", 30, _l("Queues"), "admin.queues", "waiting"),
        OperatorPlace("site", 10, _l("Numbers"), "admin.numbers", "terrain"),
        OperatorPlace("site", 20, _l("Audit log"), "admin.audit", "clock"),
        OperatorPlace("site", 30, _l("Failed jobs"), "admin.failed_jobs", "stop", (_FAILED_JOBS,)),
        OperatorPlace("site", 40, _l("Workers"), "admin.rq_dashboard_start", "computer"),
    ]


slots.contribute(blueprint, PLACES, places)
