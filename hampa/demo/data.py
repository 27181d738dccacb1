"""Texts, places and invented people of the demo community, read from `data.toml`.

The numbers +98 912 000 00xx belong to nobody.
"""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple


class SamplePerson(NamedTuple):
    """A demo person; the page of one with a handle is open to everybody."""

    name: str
    locale: str
    gender: str
    city: str
    bio: str
    handle: str | None = None


class Spot(NamedTuple):
    """A place to run, with its name in the language of the runners there and its coordinates (degrees)."""

    name: str
    locale: str
    latitude: float
    longitude: float
    terrain: str
    timezone: str = "Asia/Tehran"


class Outing(NamedTuple):
    """A kind of run, in kilometres, seconds a km and minutes.

    `part` is the part of the day ("morning", "evening", or "" for any), `spot` the start of its place's name, if any.
    """

    title: str
    locale: str
    description: str
    level: str
    distance_km: float
    pace: int
    duration_min: int
    part: str = ""
    spot: str = ""


class Weekly(NamedTuple):
    """A weekly series with its organiser's number and how many people come every time."""

    title: str
    description: str
    organiser: int
    spot: str
    day: str
    hour: tuple[int, int]
    distance_km: Decimal
    duration_min: int
    regulars: int


class SampleIncident(NamedTuple):
    """A report of something that happened some days ago; `pin` is where, in degrees, and `added` a later entry."""

    severity: int
    category: str
    days: int
    place: str
    text: str
    pin: list[float] | None = None
    near_miss: bool = False
    done: str = ""
    added: str = ""


class SampleDuty(NamedTuple):
    """A duty of a crew, with the month and day on which its season begins and ends; without a zone it has the crew's."""

    name: str
    role: str
    rule: str
    begins: list[int]
    ends: list[int]
    minutes: int
    people: int
    instructions: str
    timezone: str = ""


class SampleCrew(NamedTuple):
    """A crew of `size` people, with the numbers of its two leaders, and what is written in it."""

    name: str
    locale: str
    description: str
    guide: str
    agreement: str
    welcome: str
    joining: str
    timezone: str
    first_day: int
    max_members: int
    leaders: list[int]
    size: int
    asking: list[str]
    notices: list[str]
    talk: list[str]
    notes: list[str]
    low_notes: list[str]
    incidents: list[dict[str, Any]]
    duties: list[dict[str, Any]]


class SampleCoaching(NamedTuple):
    """What the first leader of a crew coaches: a member, and somebody without an account, with notes and a file."""

    crew: int
    plan: str
    race: str
    alone: str
    sessions: list[str]
    line: str
    why: str
    milestones: list[str]
    private: str
    shared: str
    file: str
    content: str


class SampleTraining(NamedTuple):
    """What the members of the first crew train for together, their gear, and what they take on."""

    plan: str
    about: str
    steps: list[str]
    notes: list[str]
    file: str
    content: str
    gear: list[str]
    together: str
    together_about: str
    each: str


_DATA = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))

PERSONAS = tuple(SamplePerson(**row) for row in _DATA["personas"])
SPOTS = tuple(Spot(**row) for row in _DATA["spots"])
OUTINGS = tuple(Outing(**row) for row in _DATA["outings"])
WEEKLIES = tuple(
    Weekly(**row | {"hour": tuple(row["hour"]), "distance_km": Decimal(str(row["distance_km"]))})
    for row in _DATA["weeklies"]
)
COACHING = tuple(SampleCoaching(**row) for row in _DATA["coaching"])
TRAINING = SampleTraining(**_DATA["training"])
CREWS = tuple(SampleCrew(**row) for row in _DATA["crews"])
PACE_GROUPS_FA = tuple((name, pace, *(size or [None])) for name, pace, *size in _DATA["pace_groups_fa"])
FIRST_FA, LAST_FA, BIOS_FA = _DATA["first_fa"], _DATA["last_fa"], _DATA["bios_fa"]
FIRST_EN, LAST_EN, BIOS_EN = _DATA["first_en"], _DATA["last_en"], _DATA["bios_en"]
CARD_TITLES_FA, AIMS_FA, NOTES_FA = _DATA["card_titles_fa"], _DATA["aims_fa"], _DATA["notes_fa"]
CARD_TITLES_EN, AIMS_EN, NOTES_EN = _DATA["card_titles_en"], _DATA["aims_en"], _DATA["notes_en"]
MORNING_TITLES = (CARD_TITLES_FA[0], CARD_TITLES_EN[0])
AFTER_FA, QUESTIONS_FA, ANSWERS_FA = _DATA["after_fa"], _DATA["questions_fa"], _DATA["answers_fa"]
AFTER_EN, QUESTIONS_EN, ANSWERS_EN = _DATA["after_en"], _DATA["questions_en"], _DATA["answers_en"]
ASKING_FA, SAID_FA = _DATA["asking_fa"], _DATA["said_fa"]
ASKING_EN, SAID_EN = _DATA["asking_en"], _DATA["said_en"]
TALK_FA, TALK_EN, TALK_OF_RUN_FA, REQUEST_FA = (
    _DATA[name] for name in ("talk_fa", "talk_en", "talk_of_run_fa", "request_fa")
)
