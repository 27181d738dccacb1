"""The share posters of runs."""

from typing import Any

from hampa.platform.locale import dates, measures
from hampa.platform.locale.i18n import direction, gettext as _
from hampa.platform.media.posters import Poster, PosterKind, register_poster
from hampa.runs.models.run import Run
from hampa.runs.queries.runs import loaded_run


def poster_of(run: Run) -> Poster:
    """Return the texts of a run's poster in the current language."""
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
        route=run.route_sketch,
    )


def _facts(run: Run) -> tuple[Any, ...]:
    when = (run.starts_at.isoformat(), run.timezone, run.cancelled_at is not None)
    return run.title, run.place, run.distance_km, run.organiser.name, run.route_sketch, *when


posters = register_poster(
    PosterKind(folder="runs", load=loaded_run, facts=_facts, words=poster_of, timezone=lambda run: run.timezone)
)
