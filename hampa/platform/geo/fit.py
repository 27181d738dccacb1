"""FIT files, by the public description of the protocol (developer.garmin.com/fit/protocol): activities and courses.

Only the messages `record` and `course_point` are decoded, and of them only the fields of a position; everything else is
skipped by its length, so that a file takes time and memory by its size alone (adr/0008). A file that ends early or
whose sum is wrong is refused: half a route would pass for a whole one.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from math import nan
from typing import IO, Any

from hampa.platform.geo.lines import Recording, RecordingBuilder, UnreadableRoute
from hampa.platform.geo.waypoints import make_waypoint

MAGIC = b".FIT"
MOST_BYTES = 8_000_000
MOST_MESSAGES = 1_000_000
"""The limit of messages in a file: one takes time even if it has no bytes but its header."""
MOST_FILES = 64
"""The limit of files that are chained in one."""
RECORD, COURSE_POINT = 20, 32
DEGREES = 180 / 2**31
"""Degrees in a semicircle, the protocol's unit of positions."""
EPOCH = 631_065_600
"""Seconds from 1970 to the protocol's first moment, 31 December 1989, 00:00 UTC."""
NO_SINT32, NO_UINT32, NO_UINT16 = 0x7FFFFFFF, 0xFFFFFFFF, 0xFFFF
ENUM, STRING, UINT16, SINT32, UINT32 = (0x00, 0x0D), (0x07,), (0x84,), (0x85,), (0x86,)
CODES = {UINT16: ("H", 2), SINT32: ("i", 4), UINT32: ("I", 4), ENUM: ("B", 1)}
FIELDS: dict[int, dict[int, tuple[str, tuple[int, ...]]]] = {
    RECORD: {
        253: ("time", UINT32),
        0: ("north", SINT32),
        1: ("east", SINT32),
        2: ("altitude", UINT16),
        78: ("enhanced_altitude", UINT32),
    },
    COURSE_POINT: {2: ("north", SINT32), 3: ("east", SINT32), 5: ("type", ENUM), 6: ("name", STRING)},
}
"""The fields that are read of a message, by their numbers: a name, and the base types that they may have."""
COURSE_POINTS = {
    1: "view",
    3: "water",
    4: "food",
    5: "care",
    9: "first_aid",
    28: "food",
    32: "food",
    33: "water",
    37: "meeting",
    38: "view",
    39: "toilets",
    42: "care",
    46: "care",
    47: "care",
    52: "care",
}
"""Kinds of waypoints by the protocol's types of course points."""
TURNS = {6, 7, 8, *range(16, 26)}
"""Types that are hints for the way, and no places."""


def is_fit(first: bytes) -> bool:
    """Return whether a file that begins so is a FIT file."""
    return first[8:12] == MAGIC


def read(source: IO[bytes]) -> Recording:
    """Return the line and the course points of a file, or of files that are chained. Raise UnreadableRoute."""
    data = source.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise UnreadableRoute("too_many")
    built = RecordingBuilder()
    start, files = 0, 0
    while start < len(data):
        files += 1
        if files > MOST_FILES:
            raise UnreadableRoute("harmful")
        if files > 1 and not any(data[start:]):
            break  # some devices fill the last block with zeros
        start = _read_file(data, start, built)
        built.end_line(goes_on=True)
    return built.recording()


@dataclass(frozen=True)
class _Message:
    """How the messages of a local type are read: their length, and the wanted fields with their places in the tuple."""

    kind: int
    layout: struct.Struct
    places: dict[str, int]


def _read_file(data: bytes, start: int, built: RecordingBuilder) -> int:
    """Read one file of a chain, and return where it ends."""
    try:
        header_size, size, magic = struct.unpack_from("<B3xI4s", data, start)
    except struct.error as error:
        raise UnreadableRoute("broken") from error
    body = start + header_size
    end = body + size
    if magic != MAGIC or header_size not in (12, 14) or end + 2 > len(data):
        raise UnreadableRoute("broken")
    if _crc(data[start:end]) != int.from_bytes(data[end : end + 2], "little"):
        raise UnreadableRoute("broken")
    try:
        _read_messages(data[:end], body, built)
    except (struct.error, IndexError) as error:  # a message goes on past the end
        raise UnreadableRoute("broken") from error
    return end + 2


def _read_messages(data: bytes, at: int, built: RecordingBuilder) -> None:
    """Read all messages from `at` to the end of the data."""
    messages: dict[int, _Message] = {}
    clock = count = 0
    while at < len(data):
        count += 1
        if count > MOST_MESSAGES:
            raise UnreadableRoute("harmful")
        header = data[at]
        at += 1
        compressed = header & 0x80
        if not compressed and header & 0x40:
            messages[header & 0x0F], at = _read_definition(data, at, bool(header & 0x20))
            continue
        message = messages.get(header >> 5 & 0x03 if compressed else header & 0x0F)
        if message is None:
            raise UnreadableRoute("broken")
        if compressed:  # five bits of the time, which go on from the last one
            clock += (header & 0x1F) - clock & 0x1F
        if message.kind in FIELDS:
            values = message.layout.unpack_from(data, at)
            fields = {name: values[place] for name, place in message.places.items()}
            if message.kind == RECORD:
                clock = _known(fields, "time", NO_UINT32) or clock
                _add_record(fields, clock, built)
            else:
                _add_course_point(fields, built)
        at += message.layout.size
        if at > len(data):
            raise UnreadableRoute("broken")


def _read_definition(data: bytes, at: int, has_developer_fields: bool) -> tuple[_Message, int]:
    """Return how messages are read, and where their definition ends."""
    order = ">" if data[at + 1] else "<"
    kind, count = struct.unpack_from(f"{order}HB", data, at + 2)
    at += 5
    wanted = FIELDS.get(kind, {})
    parts = [order]
    places: dict[str, int] = {}
    for number, size, base_type in struct.iter_unpack("3B", _exactly(data, at, 3 * count)):
        name, types = wanted.get(number, ("", ()))
        code = f"{size}s" if types == STRING else CODES[types][0] if types and size == CODES[types][1] else ""
        if code and base_type in types and name not in places:
            places[name] = len(places)
            parts.append(code)
        else:
            parts.append(f"{size}x")
    at += 3 * count
    if has_developer_fields:
        count = data[at]
        at += 1
        parts += (f"{size}x" for _number, size, _index in struct.iter_unpack("3B", _exactly(data, at, 3 * count)))
        at += 3 * count
    return _Message(kind, struct.Struct("".join(parts)), places), at


def _exactly(data: bytes, at: int, size: int) -> bytes:
    """Return `size` bytes. Raise IndexError if there are fewer."""
    if at + size > len(data):
        raise IndexError
    return data[at : at + size]


def _add_record(fields: dict[str, Any], clock: int, built: RecordingBuilder) -> None:
    """Add a recorded point; one without a position was recorded indoors or without a signal, and is not counted."""
    north, east = _known(fields, "north", NO_SINT32), _known(fields, "east", NO_SINT32)
    if north is None or east is None:
        built.nowhere += 1
        return
    if not built.add_point(north * DEGREES, east * DEGREES):
        return
    height = _known(fields, "enhanced_altitude", NO_UINT32)
    height = _known(fields, "altitude", NO_UINT16) if height is None else height
    built.set_height(nan if height is None else height / 5 - 500)
    built.set_time(clock + EPOCH if clock else nan)


def _add_course_point(fields: dict[str, Any], built: RecordingBuilder) -> None:
    """Add a waypoint, unless it is a hint for the way."""
    kind = fields.get("type", 0)
    if kind in TURNS:
        return
    north, east = _known(fields, "north", NO_SINT32), _known(fields, "east", NO_SINT32)
    place = (nan, nan) if north is None or east is None else (north * DEGREES, east * DEGREES)
    name = fields.get("name", b"").partition(b"\0")[0].decode("utf-8", "ignore")
    built.add_waypoint(make_waypoint(*place, name, COURSE_POINTS.get(kind, "")))


def _known(fields: dict[str, Any], name: str, unknown: int) -> int | None:
    """Return the value of a field, None if the message does not have it or says that it is unknown."""
    value: int | None = fields.get(name)
    return None if value == unknown else value


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
        table.append(value)
    return table


CRC_TABLE = _crc_table()


def _crc(data: bytes) -> int:
    """Return the protocol's sum of 16 bits (CRC-16/ARC)."""
    value, table = 0, CRC_TABLE
    for byte in data:
        value = value >> 8 ^ table[(value ^ byte) & 0xFF]
    return value
