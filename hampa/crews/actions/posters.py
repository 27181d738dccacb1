"""The share posters of crews."""

import uuid
from typing import Any

from hampa.crews.models import Crew
from hampa.crews.queries.crews import open_crew_by_id
from hampa.platform.locale.i18n import direction, gettext as _, ngettext
from hampa.platform.media.posters import Poster, PosterKind, register_poster

LONGEST_LINE = 60


def poster_of(crew: Crew) -> Poster:
    """Return the words of a crew's poster in the current language."""
    return Poster(
        direction=direction(),
        brand=_("Hampa"),
        over=_("Run with us"),
        large=crew.name,
        title=_first_line(crew.description),
        place=_first_line(crew.guide),
        line=ngettext("%(num)d member", "%(num)d members", crew.members),
    )


def _first_line(text: str) -> str:
    line = text.strip().partition("\n")[0].strip()
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE].rstrip()}…"


def _facts(crew: Crew) -> tuple[Any, ...]:
    return crew.name, _first_line(crew.description), _first_line(crew.guide), crew.members


def _load(crew_id: uuid.UUID) -> Crew:
    return open_crew_by_id(crew_id)


posters = register_poster(
    PosterKind(folder="crews", load=_load, facts=_facts, words=poster_of, timezone=lambda crew: crew.timezone)
)
