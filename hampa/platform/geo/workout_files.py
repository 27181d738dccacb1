"""Files of watches and phones with an activity: GPX, TCX and FIT, also packed by gzip, told apart by what is in them.

Of the Training Center Database and of GPX the elements are read by our own readers on Expat, which refuse document types
and need no memory for a tree; of FIT the messages by fitdecode, which checks the file's sum.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from datetime import datetime
from math import isfinite, nan
from typing import Any

from hampa.platform.geo import fit
from hampa.platform.geo.lines import UnreadableRoute
from hampa.platform.geo.route_files import PACKED
from hampa.platform.geo.workouts import MOST_WORKOUTS, Workout, WorkoutsBuilder, joined
from hampa.platform.geo.xml_stream import ElementReader, number, read_xml, seconds

MOST_BYTES = 32_000_000
"""The limit of an unpacked file."""
GZIP = b"\x1f\x8b"
MOST_MESSAGES = 500_000
MOST_FIELDS = 8_000_000
"""The limits of messages in a FIT file, and of fields in all of them: each takes time, if it has no more than a byte."""
LONGEST_NUMBER = 40
DEGREES = 180 / 2**31
"""Degrees in a semicircle, FIT's unit of positions."""
TCX_TEXTS = ("LatitudeDegrees", "LongitudeDegrees", "AltitudeMeters", "DistanceMeters", "Time", "Value")
GPX_TEXTS = {"ele": "ele", "time": "time", "hr": "hr", "heartrate": "hr"}
"""Elements of a point, and what they are: programs write the pulse into extensions of several names."""


def read(data: bytes) -> list[Workout]:
    """Return the activities of a file, one or more. Raise UnreadableRoute, whose reason is one of `REASONS`."""
    if data.startswith(GZIP):
        data = _unzipped(data)
    if len(data) > MOST_BYTES:
        raise UnreadableRoute("too_large")
    if fit.is_fit(data[:16]):
        return list(_read_fit(data))
    if data.startswith(PACKED):
        raise UnreadableRoute("packed")
    return read_xml(io.BytesIO(data), {"gpx": _GPXReader, "trainingcenterdatabase": _TCXReader})


def _unzipped(data: bytes) -> bytes:
    """Return what a gzip file holds. Raise UnreadableRoute if it is too much, or broken."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableRoute("broken") from error
    if len(content) > MOST_BYTES:
        raise UnreadableRoute("too_large")
    return content


class _WorkoutReader(ElementReader[list[Workout]]):
    """The reader of activities in an XML format: collects the texts of a point."""

    def __init__(self) -> None:
        super().__init__()
        self.built = WorkoutsBuilder()
        self.said: dict[str, str] | None = None

    def value(self, name: str) -> float:
        """Return a number that the point says; nan if it says none."""
        said = self.said or {}
        return number(said[name][:LONGEST_NUMBER]) if name in said else nan

    def moment(self, name: str) -> float:
        """Return the time that the point says; nan if it says none."""
        return seconds((self.said or {}).get(name, "")[:LONGEST_NUMBER])

    def result(self) -> list[Workout]:
        """Return the activities."""
        return self.built.result()


class _GPXReader(_WorkoutReader):
    """The tracks of a GPX file; its routes and waypoints are no activity."""

    def __init__(self) -> None:
        super().__init__()
        self._in_track = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Read the beginning of an element."""
        if name == "trkpt":
            self.said = {"lat": attributes.get("lat", ""), "lon": attributes.get("lon", "")}
        elif name == "trkseg":
            self.built.begin_part()
        elif name == "trk":
            self._in_track = True
            self.built.begin()
        elif (name in GPX_TEXTS and self.said is not None) or (name == "type" and self._in_track and self.said is None):
            self.text = ""

    def end(self, name: str) -> None:
        """Read the end of an element."""
        if self.text is not None:
            if name == "type":
                self.built.name_sport(self.text.strip().lower())
            elif self.said is not None:
                self.said.setdefault(GPX_TEXTS[name], self.text)
        elif name == "trk":
            self._in_track = False
        elif name == "trkpt" and self.said is not None:
            place = self.value("lat"), self.value("lon")
            self.built.add(self.moment("time"), *place, height=self.value("ele"), heart=self.value("hr"))
            self.said = None

    def result(self) -> list[Workout]:
        """Return the activities: the tracks of one outing are parts of one."""
        return joined(super().result())


class _TCXReader(_WorkoutReader):
    """The activities of a TCX file; its courses have no times of their own, and are none."""

    def __init__(self) -> None:
        super().__init__()
        self._in_activity = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Read the beginning of an element."""
        if name == "Activity":
            self._in_activity = True
            self.built.begin(attributes.get("Sport", "").strip().lower())
        elif name == "Trackpoint" and self._in_activity:
            self.said = {}
        elif name in TCX_TEXTS and self.said is not None:
            self.text = ""

    def end(self, name: str) -> None:
        """Read the end of an element."""
        if name == "Activity":
            self._in_activity = False
        if self.said is None:
            return
        if self.text is not None:
            self.said.setdefault(name, self.text)
        elif name == "Trackpoint":
            self.built.add(
                self.moment("Time"),
                *(self.value("LatitudeDegrees"), self.value("LongitudeDegrees")),
                height=self.value("AltitudeMeters"),
                metres=self.value("DistanceMeters"),
                heart=self.value("Value"),
            )
            self.said = None


def _read_fit(data: bytes) -> Iterator[Workout]:
    """Yield the activity of a FIT file: of several sessions, as of a triathlon, each is one."""
    import fitdecode

    built = WorkoutsBuilder()
    messages = fields = 0
    sessions: list[dict[str, Any]] = []
    try:
        # Its warnings would be printed and kept, one for each mistake in the file.
        strict, quiet = fitdecode.CrcCheck.RAISE, fitdecode.ErrorHandling.IGNORE
        with fitdecode.FitReader(io.BytesIO(data), check_crc=strict, error_handling=quiet) as reader:
            for frame in reader:
                messages += 1
                if messages > MOST_MESSAGES or fields > MOST_FIELDS:
                    raise UnreadableRoute("harmful")
                if frame.frame_type != fitdecode.FIT_FRAME_DATA:
                    continue
                fields += len(frame.fields)
                if frame.global_mesg_num == 20:
                    _add_record(built, frame)
                elif (
                    frame.name == "event" and _text(frame, "event") == "timer" and _text(frame, "event_type") != "start"
                ):
                    built.begin_part()
                elif frame.name == "session":
                    if len(sessions) == MOST_WORKOUTS:
                        raise UnreadableRoute("too_many")
                    sessions.append({one.name: one.value for one in frame.fields})
    except UnreadableRoute:
        raise
    except Exception as error:  # fitdecode raises what struct, codecs and its own tables raise
        raise UnreadableRoute("broken") from error
    found = built.result()
    for one, session in zip(found, sessions, strict=False):
        said = {str(session.get("sport") or ""), str(session.get("sub_sport") or "")}
        one.sport = next((word for word in ("trail", "hiking") if word in said), str(session.get("sport") or ""))
        if len(found) == 1 and len(sessions) == 1:
            one.timer_s = _float(session.get("total_timer_time"))
            one.distance_m = _float(session.get("total_distance"))
            one.climb_m = _float(session.get("total_ascent"))
    yield from found


def _add_record(built: WorkoutsBuilder, frame: Any) -> None:
    said = {one.name: one.value for one in frame.fields}
    moment = said.get("timestamp")
    height = said.get("enhanced_altitude")
    built.add(
        moment.timestamp() if isinstance(moment, datetime) else nan,
        _float(said.get("position_lat")) * DEGREES,
        _float(said.get("position_long")) * DEGREES,
        height=_float(said.get("altitude") if height is None else height),
        metres=_float(said.get("distance")),
        heart=_float(said.get("heart_rate")),
    )


def _text(frame: Any, name: str) -> str:
    return str(frame.get_value(name, fallback=""))


def _float(value: Any) -> float:
    """Return a number that a message says; nan for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return nan
    return float(value) if isfinite(value) else nan
