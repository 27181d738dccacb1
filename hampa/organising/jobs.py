"""Background work for invitations and for short links of maps."""

import logging
import uuid
from datetime import timedelta

from hampa.organising.actions import invitations, map_links
from hampa.platform.db import db
from hampa.platform.geo.short_links import LinkClosed, LinkOpener, LinkUnreachable
from hampa.platform.jobs import job

opener = LinkOpener()
log = logging.getLogger(__name__)


@job("organising.forget_invitations", every=timedelta(days=1))
def forget_expired_invitations() -> None:
    """Delete the invitations whose time has passed, with the phone numbers in them."""
    invitations.forget_expired()
    db.session.commit()


@job("organising.open_map_link")
def open_map_link(
    run_id: uuid.UUID, link: str, by: uuid.UUID, *, pin: list[float], whole_series: bool, tries: int
) -> None:
    """Open a short link, then put the pin there or tell the organiser how to go on; no transaction is open meanwhile."""
    try:
        point = opener.point_behind(link)
    except LinkUnreachable as reason:
        log.info("a map link could not be opened: %s", reason)
        again = map_links.try_again(run_id, link, by, pin=pin, whole_series=whole_series, tries=tries)
        if not again:
            map_links.tell_failed(run_id, link, by)
    except LinkClosed as reason:
        log.info("a map link says no place: %s", reason)
        map_links.tell_failed(run_id, link, by)
    else:
        map_links.set_pin(run_id, point, by, pin=pin, whole_series=whole_series)
    db.session.commit()
