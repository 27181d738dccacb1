"""Drawing the picture by which a run is shared."""

from __future__ import annotations

import logging
import uuid

from hampa.platform import i18n, storage
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.queue import job
from hampa.runs import sharing
from hampa.runs.queries.runs import run_for

log = logging.getLogger(__name__)


@job("runs.draw_poster")
def draw_poster(run_id: uuid.UUID, locale: str) -> None:
    """Draw the picture of a run as it is now, and delete the one of what it was before."""
    from hampa.runs import poster  # Pillow is for the worker alone

    try:
        run = run_for(None, run_id)
    except NotFound:
        return
    name, folder = sharing.file_of(run, locale), sharing.folder_of(run)
    with i18n.speaking(locale, run.timezone):
        said = sharing.poster_of(run)
    db.session.rollback()  # no connection is held while it is drawn
    if not poster.can_shape():
        log.warning("Pillow finds no libraqm or libfribidi, without which Persian can't be drawn")
        return
    if not storage.exists(name):
        storage.put(name, poster.drawn(said))
    for other, _written_at in storage.listed(folder):
        if other.startswith(f"{locale}-") and f"{folder}/{other}" != name:
            storage.delete_now(f"{folder}/{other}")
