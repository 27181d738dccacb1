"""QR codes (ISO/IEC 18004)."""

import re
from functools import lru_cache

import segno
from markupsafe import Markup

ANY_MASK = 0
DARK = re.compile("1+")
BORDER = 4
_DIGITS = b"01" + bytes(range(2, 256))
"""What makes digits of a number of modules, which are bytes of 0 and 1."""
MOST_KEPT = 500
"""Codes that the process keeps, at some 3 kB each."""
MOST_KEPT_MODULES = 4_000
"""Codes whose modules it keeps, at some 300 bytes each: a pass is shown again and again, and to find them takes longest."""


@lru_cache(maxsize=MOST_KEPT)
def svg(text: str, *, on_screen: bool = False) -> Markup:
    """Return the code of a text as SVG, black on white, without a size; it can be read after a loss of 15 %.

    Of the eight masks, each of which readers know, the most even one is tried out for paper, which takes five times as
    long. A screen is even without it.
    """
    width, rows = _modules(text, ANY_MASK if on_screen else None)
    paths = []
    for y, row in enumerate(rows):
        for dark in DARK.finditer(f"{row:0{width}b}"):
            x, end = dark.span()
            paths.append(f"M{x + BORDER} {y + BORDER}.5h{end - x}")
    size = width + 2 * BORDER
    return Markup(  # noqa: S704 - numbers and our own colours
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" class="qr">'
        f'<path fill="#fff" d="M0 0h{size}v{size}h-{size}z"/><path stroke="#000" d="{"".join(paths)}"/></svg>'
    )


@lru_cache(maxsize=MOST_KEPT_MODULES)
def _modules(text: str, mask: int | None) -> tuple[int, tuple[int, ...]]:
    """Return the width of a code, and its rows as numbers, whose bits are the dark modules."""
    code = segno.make(text, error="m", mask=mask, micro=False, boost_error=False)
    rows = tuple(int(bytes(row).translate(_DIGITS), 2) for row in code.matrix)
    return len(rows), rows
