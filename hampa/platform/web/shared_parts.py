"""Parts of pages that many viewers see alike, rendered once and kept in the memory of the process.

A shared part is a template that gets nothing of the viewer: only the values that its view hands it, which the key has
to determine. The view lays the viewer's own layer around it: their state, their bell. The tokens of forms are blanks
that are filled in for each viewer. What some
viewers may not see is either not in the part, or those viewers get a rendering of their own (`key=None`).

The key has the template, the versions of what the part shows (`platform.versions`), the values that tell its renderings
apart, and the language, zone, calendar and units. It is made here and nowhere else.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import chain
from typing import Any

from flask import Flask, current_app
from markupsafe import Markup

from hampa.platform import versions
from hampa.platform.caches import size_of
from hampa.platform.locale import i18n
from hampa.platform.security import crypto
from hampa.platform.shared_cache import SharedCache
from hampa.platform.web import blanks, session

MOST_PARTS = 2_000
MOST_BYTES = 8_000_000
_EXTENSION = "hampa.shared_parts"
_marks: list[str] = []
"""What stands around a row and its key: of the site's secret, so that nobody can write it into a text of theirs."""

Values = Callable[[], dict[str, Any]]
Blocks = dict[str, Markup]


def shared_part(template: str, versioned: Sequence[str], key: tuple[Hashable, ...] | None, values: Values) -> Markup:
    """Return a template rendered with `values()`, kept under the versions named in `versioned` and under `key`.

    `values` is called only when the part is rendered, so that it may ask the database. With the key None, and without
    Redis, which knows the versions, the part is rendered for this request alone.
    """
    return shared_blocks(template, versioned, key, values)[""]


def shared_blocks(template: str, versioned: Sequence[str], key: tuple[Hashable, ...] | None, values: Values) -> Blocks:
    """Return the blocks of a template by name, each rendered like a `shared_part`; one without blocks is the block "".

    So parts that stand apart on a page, with the viewer's own between them, are found by one key.
    """
    current = versions.current_of(versioned) if key is not None else None
    if current is None:
        return _filled(_render(template, values))
    kept: SharedCache[Any, Blocks] = current_app.extensions[_EXTENSION]
    whole_key = (template, current, key, i18n.locale_context(), _mark())
    blocks = kept.get(whole_key)
    if blocks is None:
        blocks = kept[whole_key] = _render(template, values)
    return _filled(blocks)


def _filled(blocks: Blocks) -> Blocks:
    return {name: blanks.fill(block) for name, block in blocks.items()}


def _render(name: str, values: Values) -> Blocks:
    i18n.locale_context()  # is of the viewer, and in the key
    with session.without_viewer():
        template = current_app.jinja_env.get_template(name)
        context = template.new_context(values())
        renderers = template.blocks or {"": template.root_render_func}
        concat = current_app.jinja_env.concat
        return {block: Markup(concat(render(context))) for block, render in renderers.items()}  # noqa: S704 - escaped


def shared_row(key: object, markup: Markup) -> Markup:
    """Return a row of a shared part, in its template, so that `own_rows` can put another in its place."""
    return Markup("{0}{1}{0}{2}{0}").format(_mark(), key, markup)


def own_rows(part: Markup, rows: Iterable[Any], render: Callable[..., Markup], **options: Any) -> Markup:
    """Return a part with the viewer's own rows, by their `id`, in place of those that all others see.

    Every part with a `shared_row` goes through this, also for viewers without rows of their own. `render(row, **options)`
    returns the markup of a row.
    """
    own = {str(row.id): render(row, **options) for row in rows}
    pieces = part.split(_mark())  # what stands before a row, its key, the row, what stands before the next …
    shown = (own.get(key, row) for key, row in zip(pieces[1::3], pieces[2::3], strict=True))
    return Markup("".join([*chain.from_iterable(zip(pieces[::3], shown, strict=False)), pieces[-1]]))  # noqa: S704 - Markup


def init_app(app: Flask) -> None:
    """Make the cache of the app, and give templates the two functions of rows."""
    app.extensions[_EXTENSION] = SharedCache("fragments", MOST_PARTS, MOST_BYTES, _length)
    if not _marks:  # the processes of a site have the same, since they share parts
        with app.app_context():
            _marks.append(crypto.derive_key("rows of shared parts").hex()[:16])
    app.jinja_env.globals.update(shared_row=shared_row, own_rows=own_rows)


def _mark() -> str:
    return _marks[0]


def _length(blocks: Blocks) -> int:
    return sum(map(size_of, blocks.values()))
