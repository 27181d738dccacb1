"""Files with routes in any format that is read: GPX, TCX and FIT, told apart by what is in them, never by a name."""

import io
from typing import IO, cast

from hampa.platform.geo import fit
from hampa.platform.geo.gpx import GPXReader
from hampa.platform.geo.lines import Recording, UnreadableRoute
from hampa.platform.geo.tcx import TCXReader
from hampa.platform.geo.xml_stream import read_xml

PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf")
"""What archives begin with: sites hand FIT files out packed."""
XML_FORMATS = {"gpx": GPXReader, "trainingcenterdatabase": TCXReader}


def read(source: IO[bytes]) -> Recording:
    """Return the lines and waypoints of a file. Raise UnreadableRoute if it has no route, or none that can be read."""
    file = source if isinstance(source, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, source))
    first = file.peek(16)
    if fit.is_fit(first):
        return fit.read(file)
    if first.startswith(PACKED):
        raise UnreadableRoute("packed")
    return read_xml(file, XML_FORMATS)
