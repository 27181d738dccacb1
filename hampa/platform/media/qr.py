"""QR codes (ISO/IEC 18004) as drawings."""

from __future__ import annotations

import io

import segno
from markupsafe import Markup


def drawing(text: str) -> Markup:
    """The code of a text as SVG, black on white, that grows with its place; it may lose 15 % and still be read."""
    written = io.BytesIO()
    segno.make(text, error="m", micro=False, boost_error=False).save(
        written, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=4, dark="#000", light="#fff",
        svgclass="qr", lineclass=None, nl=False,
    )  # fmt: skip
    return Markup(written.getvalue().decode())  # noqa: S704 - segno writes numbers and our own colours
