"""Share posters: the pictures that messengers and networks show with the link to a page, one in each language.

A poster is a file named by what it says, so that a change needs no bookkeeping: the next request finds no file, gets
the site's picture once more, and the worker draws. A feature registers what its posters say with `register_poster`.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import enqueue, job
from hampa.platform.locale import i18n
from hampa.platform.media import storage

DRAWING = 2
"""The version of the drawing: count it up when `poster` draws something else of the same words."""


@dataclass(frozen=True)
class Poster:
    """The words of a poster; `direction` is the direction of the reader's language.

    `large` is what is seen from afar, `over` stands above it, `line` at the foot.
    """

    direction: str
    brand: str
    over: str
    large: str
    title: str
    place: str
    line: str


class Shared(Protocol):
    """A row that has a poster."""

    id: uuid.UUID


Row = TypeVar("Row", bound=Shared)


@dataclass(frozen=True, kw_only=True)
class PosterKind(Generic[Row]):
    """What the posters of a feature say; the files of a row are below `folder`/<its id>.

    `load` returns the row of an id as a visitor may see it and raises `NotFound`. `facts` are all values on which
    the words depend. `words` writes them in the current language, in the time zone `timezone`.
    """

    folder: str
    load: Callable[[uuid.UUID], Row]
    facts: Callable[[Row], tuple[Any, ...]]
    words: Callable[[Row], Poster]
    timezone: Callable[[Row], str]

    def folder_of(self, row: Row) -> str:
        """Return the folder of the posters of a row."""
        return f"{self.folder}/{row.id}/share"

    def file_of(self, row: Row, locale: str) -> str:
        """Return the name of the file of a row's poster; another one once a fact has changed."""
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
    """Let the job know of a kind of posters."""
    _kinds[kind.folder] = kind
    return kind


@job("media.draw_poster")
def draw_poster(kind: str, row_id: uuid.UUID, locale: str) -> None:
    """Draw the poster of a row as it is now, and delete the poster of what it was before."""
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
    poster_image.keep(name, words)
