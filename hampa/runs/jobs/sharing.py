"""Drawing the picture by which a run is shared."""

from __future__ import annotations

import uuid

from hampa.platform import i18n
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import job
from hampa.runs import sharing
from hampa.runs.queries.runs import run_for


@job("runs.draw_poster")
def draw_poster(run_id: uuid.UUID, locale: str) -> None:
    """Draw the picture of a run as it is now, and delete the one of what it was before."""
    from hampa.platform import poster  # with Pillow, which is for the worker alone

    try:
        run = run_for(None, run_id)
    except NotFound:
        return
    name = sharing.file_of(run, locale)
    with i18n.speaking(locale, run.timezone):
        said = sharing.poster_of(run)
    db.session.rollback()  # no connection is held while it is drawn
    poster.keep(name, said)
