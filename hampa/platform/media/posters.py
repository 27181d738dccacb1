"""Share posters: the pictures that messengers and networks show with the link to a page, one in each language.

The name of a poster's file depends on its words, so that a change needs no bookkeeping: the next request finds no file,
gets the site's picture once more, and the worker draws. A feature registers its posters with `register_poster`.
"""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from hampa.platform import clock
from hampa.platform.db import Record, db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import enqueue, job
from hampa.platform.locale import i18n
from hampa.platform.media import storage

DRAWING = 2
"""The version of the drawing: count it up when `poster_image` draws the same words differently."""


@dataclass(frozen=True)
class Poster:
    """The words of a poster; `direction` is that of the reader's language.

    `large` can be read from afar, `over` stands above it, `line` at the foot. `route` is a sketch of
    `platform.geo.drawing`.
    """

    direction: str
    brand: str
    over: str
    large: str
    title: str
    place: str
    line: str
    route: str | None = None


Row = TypeVar("Row", bound=Record)


@dataclass(frozen=True, kw_only=True)
class PosterKind(Generic[Row]):
    """The posters of a feature; the files of a row are below `folder`/<its id>.

    `load` returns the row of an id as a visitor may see it and raises `NotFound`. `facts` are all values on which
    the words depend. `words` writes them in the current language, in the time zone `timezone`.
    """

    folder: str
    load: Callable[[uuid.UUID], Row]
    facts: Callable[[Row], tuple[Any, ...]]
    words: Callable[[Row], Poster]
    timezone: Callable[[Row], str]

    def folder_of(self, row: Row) -> str:
        """Return the folder of a row's posters."""
        return f"{self.folder}/{row.id}/share"

    def file_of(self, row: Row, locale: str) -> str:
        """Return the name of a row's poster, which changes with each fact."""
        facts = "\x1f".join(map(str, (DRAWING, *self.facts(row))))
        digest = hashlib.sha256(facts.encode()).hexdigest()[:16]
        return f"{self.folder_of(row)}/{locale}-{digest}.png"

    def request(self, row: Row, locale: str) -> bool:
        """Enqueue the drawing of a poster that does not exist, at most once an hour; return whether it was enqueued."""
        name = self.file_of(row, locale)
        if storage.exists(name):
            return False
        hour = int(clock.now().timestamp() // 3600)
        return enqueue("media.draw_poster", key=f"{name}@{hour}", kind=self.folder, row_id=row.id, locale=locale)


_kinds: dict[str, PosterKind[Any]] = {}


def register_poster(kind: PosterKind[Row]) -> PosterKind[Row]:
    """Register a kind of posters for the job."""
    _kinds[kind.folder] = kind
    return kind


@job("media.draw_poster")
def draw_poster(kind: str, row_id: uuid.UUID, locale: str) -> None:
    """Draw the current poster of a row, and delete its earlier one."""
    from hampa.platform.media import poster_image  # imports Pillow, which only the worker needs

    registered = _kinds[kind]
    try:
        row = registered.load(row_id)
    except NotFound:
        return
    name = registered.file_of(row, locale)
    with i18n.use_locale(locale, registered.timezone(row)):
        words = registered.words(row)
    db.session.rollback()  # no connection is held while it is drawn
    poster_image.save_poster(name, words)
