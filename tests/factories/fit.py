"""Files of devices in the formats FIT and TCX, written by the public descriptions of the formats."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

EPOCH = 631_065_600
"""Seconds from 1970 to the first moment of FIT, 31 December 1989."""
START = 1_796_000_000
ENUM, UINT8, STRING, UINT16, SINT32, UINT32 = 0x00, 0x02, 0x07, 0x84, 0x85, 0x86
RECORD = ((253, 4, UINT32), (0, 4, SINT32), (1, 4, SINT32), (2, 2, UINT16), (3, 1, UINT8))
COURSE_POINT = ((1, 4, UINT32), (2, 4, SINT32), (3, 4, SINT32), (5, 1, ENUM), (6, 20, STRING))
NOWHERE = 0x7FFFFFFF


class Place(NamedTuple):
    """A point of a route."""

    north: float
    east: float
    height: float = 1200.0


def loop(count: int = 200) -> list[Place]:
    """Return a way of `count` steps of 11.1 m to the north and back, over a hill of 40 m."""
    half = count // 2
    out = [Place(35.7 + step / 10_000, 51.4, 1200 + 40 * step / half) for step in range(half)]
    return [*out, *reversed(out)]


def semicircles(degrees: float) -> int:
    """Return degrees in the unit of FIT."""
    return round(degrees * 2**31 / 180)


def crc(data: bytes) -> int:
    """Return the sum of a FIT file: CRC-16, from the lowest bit on."""
    value = 0
    for byte in data:
        value = value >> 8 ^ SUMS[(value ^ byte) & 0xFF]
    return value


def sum_of_byte(byte: int) -> int:
    """Return what a byte alone adds up to, by the polynomial of CRC-16."""
    for _bit in range(8):
        byte = byte >> 1 ^ 0xA001 * (byte & 1)
    return byte


SUMS = [sum_of_byte(byte) for byte in range(256)]


def fit(*messages: bytes, sum_of: int | None = None) -> bytes:
    """Return a FIT file of messages, with its right sum or a given one."""
    body = b"".join(messages)
    head = struct.pack("<2BHI4s", 14, 0x20, 2100, len(body), b".FIT")
    file = head + struct.pack("<H", crc(head)) + body
    return file + struct.pack("<H", crc(file) if sum_of is None else sum_of)


def definition(
    kind: int,
    fields: Sequence[tuple[int, int, int]],
    local: int = 0,
    order: str = "<",
    developer: Sequence[tuple[int, int, int]] = (),
) -> bytes:
    """Return a definition message: the number, size and base type of each field."""
    head = struct.pack(f"{order}BBBHB", 0x40 | 0x20 * bool(developer) | local, 0, order == ">", kind, len(fields))
    more = bytes([len(developer)]) + b"".join(map(bytes, developer)) if developer else b""
    return head + b"".join(map(bytes, fields)) + more


def record(place: Place | None, step: int = 0, local: int = 0, order: str = "<") -> bytes:
    """Return a point of `RECORD`, without a position where the place is None."""
    north, east = (semicircles(place.north), semicircles(place.east)) if place else (NOWHERE, NOWHERE)
    altitude = round((place.height + 500) * 5) if place else 0xFFFF
    return bytes([local]) + struct.pack(f"{order}IiiHB", START - EPOCH + 4 * step, north, east, altitude, 150)


def course_point(place: Place, kind: int, name: str, local: int = 1) -> bytes:
    """Return a course point of `COURSE_POINT`."""
    written = name.encode()[:19]
    where = (semicircles(place.north), semicircles(place.east))
    return bytes([local]) + struct.pack("<IiiB20s", START - EPOCH, *where, kind, written)


FILE_ID = definition(0, ((0, 1, ENUM), (1, 2, UINT16))) + b"\0\4\1\0"
LAP = definition(19, ((254, 2, UINT16), (9, 4, UINT32)), local=2) + b"\2\0\0\0\0\0\0"


def fit_activity(places: Iterable[Place | None], order: str = "<") -> bytes:
    """Return an activity as watches write it: an id, points with a pulse, a lap."""
    return fit(
        FILE_ID,
        definition(20, RECORD, order=order),
        *(record(place, step, order=order) for step, place in enumerate(places)),
        LAP,
    )


def fit_course(places: Iterable[Place], points: Iterable[tuple[Place, int, str]]) -> bytes:
    """Return a course as planners write it, with course points: a place, a type of the protocol, a name."""
    return fit(
        FILE_ID,
        definition(32, COURSE_POINT, local=1),
        *(course_point(*point) for point in points),
        definition(20, RECORD),
        *(record(place, step) for step, place in enumerate(places)),
    )


def tcx(laps: Iterable[Iterable[Place | None]], points: Iterable[tuple[Place, str, str]] | None = None) -> bytes:
    """Return a TCX activity with a track for each lap, or with course points a course."""
    tracks = "".join(f"<Lap><Track>{''.join(map(_trackpoint, lap))}</Track></Lap>" for lap in laps)
    if points is None:
        inner = f'<Activities><Activity Sport="Running"><Id>2026-11-28T06:00:00Z</Id>{tracks}</Activity></Activities>'
    else:
        written = "".join(
            f"<CoursePoint><Name>{name}</Name><Time>2026-11-28T06:00:00Z</Time>{_position(place)}"
            f"<PointType>{kind}</PointType></CoursePoint>"
            for place, kind, name in points
        )
        inner = f"<Courses><Course><Name>Lake</Name>{tracks.replace('<Lap>', '').replace('</Lap>', '')}{written}</Course></Courses>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<TrainingCenterDatabase '
        f'xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2">{inner}</TrainingCenterDatabase>'
    ).encode()


def _position(place: Place) -> str:
    return (
        f"<Position><LatitudeDegrees>{place.north:.6f}</LatitudeDegrees>"
        f"<LongitudeDegrees>{place.east:.6f}</LongitudeDegrees></Position>"
    )


def _trackpoint(place: Place | None) -> str:
    height = f"<AltitudeMeters>{place.height}</AltitudeMeters>" if place else ""
    return f"<Trackpoint><Time>2026-11-28T06:00:00Z</Time>{_position(place) if place else ''}{height}</Trackpoint>"
