"""The picture by which a run is shared, in each language: under which name it is kept, and what it says."""

from __future__ import annotations

from hampa.platform import dates, measures
from hampa.platform.i18n import direction, gettext as _
from hampa.platform.sharing import Poster, name_of
from hampa.runs.models.run import Run

DRAWING = 2
"""To be counted up when the drawing itself changes."""


def folder_of(run: Run) -> str:
    """Where the pictures of a run are."""
    return f"runs/{run.id}/share"


def file_of(run: Run, locale: str) -> str:
    """The name of a picture that says what the run is now; another one once anything on it has changed."""
    when = (run.starts_at.isoformat(), run.timezone, run.cancelled_at is not None)
    said = (DRAWING, run.title, run.place, run.distance_km, run.organiser.name, *when)
    return name_of(folder_of(run), locale, *said)


def poster_of(run: Run) -> Poster:
    """What the picture says, in the language that is spoken right here."""
    name = _("with %(name)s", name=run.organiser.name)
    distance = f"{measures.distance(run.distance_km)} · " if run.distance_km else ""
    return Poster(
        direction=direction(),
        brand=_("Hampa"),
        over=dates.long_date(run.starts_at, run.timezone),
        large=_("Cancelled") if run.cancelled_at else dates.clock(run.starts_at, run.timezone),
        title=run.title,
        place=run.place,
        line=f"{distance}{name}",
    )
