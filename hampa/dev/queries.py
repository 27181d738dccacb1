"""Invented people, runs and cards for the component gallery."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hampa.platform import clock
from hampa.run_lists.queries.rows import Badge, badge_of
from hampa.runs.admission import Action, Admission, AdmissionStatus

LONG_NAME = "Maximiliane-Theodora von Hohenstein zu Sayn-Wittgenstein-Berg"
NAMES = ("سارا احمدی", "Reza Kazemi", "مینا رستمی", "Nils Ørsted", "کاوه نیک‌پور", "Zoë", "نیلوفر صادقی", LONG_NAME)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class SamplePerson:
    """A person with a name."""

    id: UUID
    name: str


@dataclass(frozen=True)
class SampleRun:
    """A run with the attributes of a list's row."""

    title: str
    place: str
    starts_at: datetime
    distance_km: float | None = 8
    capacity: int | None = 15
    taken: int = 4
    waiting: int = 0
    duration_min: int = 60
    my_status: str | None = None
    cancelled: bool = False
    level: str = "all"
    timezone: str = "Asia/Tehran"
    id: UUID = UUID(int=1)
    faces: list[SamplePerson] = field(default_factory=list)
    organiser: SamplePerson = SamplePerson(UUID(int=2), NAMES[0])
    paces: tuple[int, ...] = (300, 405)

    @property
    def badge(self) -> Badge:
        """The state of the run."""
        return badge_of(self)

    @property
    def is_mine(self) -> bool:
        """Whether the viewer goes."""
        return self.my_status == "GOING"

    @property
    def ends_at(self) -> datetime:
        """When the run ends."""
        return self.starts_at + timedelta(minutes=self.duration_min)

    @property
    def is_over(self) -> bool:
        """Whether the run has ended."""
        return self.ends_at <= clock.now()


@dataclass(frozen=True)
class SampleCard:
    """A card with the attributes of a list's row."""

    title: str
    place: str
    owner: SamplePerson
    days: tuple[str, ...]
    time_of_day: str = "dawn"
    pace: int = 330
    distance_km: float = 8
    level: str = "regular"
    id: UUID = UUID(int=3)


def sample_people() -> list[SamplePerson]:
    """Return eight people, one of each colour."""
    return [SamplePerson(UUID(int=number), name) for number, name in enumerate(NAMES)]


def sample_runs() -> list[SampleRun]:
    """Return runs in every state that a row can show."""
    people = sample_people()
    dawn = clock.now().replace(hour=2, minute=30, second=0, microsecond=0) + timedelta(days=1)

    def hours(number: float) -> datetime:
        return dawn + timedelta(hours=number)

    lake, mountain, park = "دریاچهٔ چیتگر، دروازهٔ شمالی", "دربند، پای تله‌کابین", "پارک ملت، درِ اصلی"
    run = SampleRun
    return [
        run("دور بلند چیتگر", lake, dawn, 14, 15, 12, my_status="GOING", duration_min=80, faces=people[:3]),
        run("Easy Friday morning", "Laleh Park, Keshavarz gate", hours(0.25), 6, 6, 3, faces=people[3:6]),
        run("دویدن زنان در کوه", mountain, hours(11), 8, None, 2, faces=people[6:7]),
        run("Sub-3:30 marathon block, week 6", "Azadi track", hours(12), 22, 30, 30, 4, faces=people[1:3]),
        run("تازه‌کارها: سه دقیقه بدو، یک دقیقه راه برو", park, hours(13), 5, 12, 12, 3, my_status="WAITLISTED"),
        run(LONG_NAME * 2, LONG_NAME, hours(14), None, 20, 20, my_status="INTERESTED", faces=people[5:8]),
        run("Called off: hail", "Mellat Park", hours(15), 10, cancelled=True),
    ]


def sample_cards() -> list[SampleCard]:
    """Return cards at different times of day, one with words that are too long for it."""
    people = sample_people()
    return [
        SampleCard("یکشنبه و سه‌شنبه دور پارک", "پارک لاله", people[2], ("sun", "tue", "thu")),
        SampleCard("Evening laps, tea after", "Mellat Park", people[1], ("sat", "mon"), "evening", 405, 5, "beginner"),
        SampleCard("کوه، جمعه‌ها", "دربند", people[6], ("fri",), "morning", 430, 12.5, "advanced"),
        SampleCard(LONG_NAME, LONG_NAME, people[7], WEEK, "afternoon", 285, 21.1, "advanced"),
    ]


@dataclass(frozen=True)
class SampleViewer:
    """Somebody who looks at a page."""

    id: UUID = UUID(int=4)


@dataclass(frozen=True)
class BarRun(SampleRun):
    """A run with the attributes of the bar of its page."""

    coming: int = 4
    requested: int = 0
    company: str = "anyone"
    cancelled_at: datetime | None = None
    joining_closes_at: datetime | None = None

    @property
    def meets_at(self) -> datetime:
        """When the runners meet."""
        return self.starts_at

    @property
    def zone(self) -> str:
        """The time zone of the meeting point."""
        return self.timezone


@dataclass(frozen=True)
class SampleBar:
    """What the bar of a run's page is made of."""

    run: BarRun
    admission: Admission
    signed_in: bool = True
    organises: bool = False
    arrived: bool = False


def sample_bars() -> list[SampleBar]:
    """Return what makes the bar of a run's page in every state."""
    now = clock.now()
    run = BarRun("Dawn loop", "North gate", now + timedelta(days=2), coming=12, taken=12)
    full = BarRun("Dawn loop", "North gate", now + timedelta(days=2), coming=15, taken=15, waiting=14)
    closed = BarRun("Dawn loop", "North gate", now + timedelta(days=2), joining_closes_at=now)

    def admitted(status: AdmissionStatus, own: str | None, *actions: Action, **more: Any) -> Admission:
        return Admission(status, own, actions=actions, **more)

    return [
        SampleBar(run, admitted("open", None, "join", "interest"), signed_in=False),
        SampleBar(run, admitted("open", None, "join", "interest")),
        SampleBar(run, admitted("open", "INTERESTED", "join", "leave")),
        SampleBar(run, admitted("open", "GOING", "leave")),
        SampleBar(run, admitted("open", "GOING", "leave"), arrived=True),
        SampleBar(full, admitted("waitlist", None, "wait", "interest", ahead=14), signed_in=False),
        SampleBar(full, admitted("waitlist", None, "wait", "interest", ahead=14)),
        SampleBar(full, admitted("waitlist", "INTERESTED", "wait", "leave", ahead=14)),
        SampleBar(full, admitted("waitlist", "WAITLISTED", "leave", ahead=14)),
        SampleBar(full, admitted("waitlist", "OFFERED", "take", "pass", offer_ends_at=now + timedelta(minutes=100))),
        SampleBar(run, admitted("approval", None, "ask", "interest")),
        SampleBar(run, admitted("approval", "REQUESTED", "leave")),
        SampleBar(run, admitted("open", None, barred_reason="This run is for women.", asks_gender=True)),
        SampleBar(full, admitted("waitlist", None, barred_reason="This run is for women.", asks_gender=True)),
        SampleBar(run, admitted("open", None, barred_reason="The organiser said no to you.")),
        SampleBar(run, admitted("approval", None, "ask", removed_reason="The organiser took you off the list.")),
        SampleBar(closed, admitted("closed", None, "interest")),
        SampleBar(run, admitted("started", None)),
        SampleBar(run, admitted("over", None)),
        SampleBar(run, admitted("cancelled", None)),
        SampleBar(run, admitted("open", None, "join", "interest"), organises=True),
        SampleBar(run, admitted("open", "GOING", "leave"), organises=True),
    ]
