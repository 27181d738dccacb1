"""Files that are made to cost much."""

from __future__ import annotations

import io
import tracemalloc

import pytest

from hampa.runs import gpx


@pytest.mark.parametrize("unit", [b"<trkseg/>", b"<rte/>", b"<trkseg></trkseg>"])
def test_a_route_of_nothing_but_empty_lines_takes_no_memory(unit: bytes) -> None:
    source = io.BytesIO(b"<gpx><trk>" + unit * 20_000 + b"</trk></gpx>")
    tracemalloc.start()
    try:
        with pytest.raises(gpx.UnreadableRoute):
            gpx.read(source)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000, "half a million of them fit into a file"
