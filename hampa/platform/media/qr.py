"""QR codes (ISO/IEC 18004)."""

import io
from functools import lru_cache

import segno
from markupsafe import Markup

ANY_MASK = 0
MOST_KEPT = 500
"""Codes that the process keeps, at some 3 kB each."""


@lru_cache(maxsize=MOST_KEPT)
def svg(text: str, *, on_screen: bool = False) -> Markup:
    """Return the code of a text as SVG, black on white, without a size; it can be read after a loss of 15 %.

    Of the eight masks, each of which readers know, the most even one is tried out for paper, which takes five times as
    long. A screen is even without it.
    """
    file = io.BytesIO()
    mask = ANY_MASK if on_screen else None
    segno.make(text, error="m", mask=mask, micro=False, boost_error=False).save(
        file, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=4, dark="#000", light="#fff",
        svgclass="qr", lineclass=None, nl=False,
    )  # fmt: skip
    return Markup(file.getvalue().decode())  # noqa: S704 - segno writes numbers and our own colours
