"""The component gallery: everything that pages are made of, in all its states, with invented people and runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response
from werkzeug.datastructures import MultiDict

from hampa.platform import clock
from hampa.platform.locale import dates
from hampa.platform.web import assets, pages
from hampa.platform.web.fields import (
    BooleanField,
    CodeField,
    DateField,
    FloatField,
    PaceField,
    PhoneField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from hampa.platform.web.forms import OnceForm
from hampa.platform.web.permissions import public
from hampa.runs.admission import Badge, badge_of

blueprint = Blueprint("gallery", __name__)

LONG_NAME = "Maximiliane-Theodora von Hohenstein zu Sayn-Wittgenstein-Berg"
NAMES = ("سارا احمدی", "Reza Kazemi", "مینا رستمی", "Nils Ørsted", "کاوه نیک‌پور", "Zoë", "نیلوفر صادقی", LONG_NAME)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Sample:
    """Somebody with a name."""

    id: UUID
    name: str


@dataclass(frozen=True)
class SampleRun:
    """A run as the rows of a list have it."""

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
    faces: list[Sample] = field(default_factory=list)
    organiser: Sample = Sample(UUID(int=2), NAMES[0])
    paces: tuple[int, ...] = (300, 405)

    @property
    def badge(self) -> Badge:
        """The state of the run, as its row shows it."""
        return badge_of(self)

    @property
    def has_place(self) -> bool:
        """Whether the viewer goes."""
        return self.my_status == "GOING"


@dataclass(frozen=True)
class SampleCard:
    """A card as the lists have it."""

    title: str
    place: str
    owner: Sample
    days: tuple[str, ...]
    time_of_day: str = "dawn"
    pace: int = 330
    distance_km: float = 8
    level: str = "regular"
    id: UUID = UUID(int=3)


class SampleForm(OnceForm):
    """One field of each kind; in the gallery its words stand in English only."""

    near = StringField("Near", max=80, required=False)
    title = StringField("Title", min=3, max=80)
    about = TextAreaField("What to know", max=500, required=False)
    phone = PhoneField("Your mobile number")
    code = CodeField("The six digits")
    starts_on = DateField("Day")
    starts_at = TimeField("Time")
    distance_km = FloatField("Distance", min=1, max=200)
    pace = PaceField("Pace", min=150, max=900)
    terrain = SelectField("Ground", [("road", "Road"), ("trail", "Trail"), ("track", "Track")], default="road")
    level = SelectField(
        "Level", [("all", "All levels"), ("beginner", "Beginner"), ("regular", "Regular")], default="all"
    )
    days = SelectMultipleField("Days", lambda: [(code, dates.weekday_name(code)) for code in dates.week()])
    tell = BooleanField("Tell me by SMS when something changes")


def people() -> list[Sample]:
    """Eight people, one of each colour."""
    return [Sample(UUID(int=number), name) for number, name in enumerate(NAMES)]


def runs() -> list[SampleRun]:
    """Runs in every state that a row can show."""
    dawn = clock.now().replace(hour=2, minute=30, second=0, microsecond=0) + timedelta(days=1)
    who = people()
    return [
        SampleRun(
            "دور بلند چیتگر",
            "دریاچهٔ چیتگر، دروازهٔ شمالی",
            dawn,
            14,
            15,
            12,
            my_status="GOING",
            duration_min=80,
            faces=who[:3],
        ),
        SampleRun(
            "Easy Friday morning", "Laleh Park, Keshavarz gate", dawn + timedelta(minutes=15), 6, 6, 3, faces=who[3:6]
        ),
        SampleRun("دویدن زنان در کوه", "دربند، پای تله‌کابین", dawn + timedelta(hours=11), 8, None, 2, faces=who[6:7]),
        SampleRun(
            "Sub-3:30 marathon block, week 6", "Azadi track", dawn + timedelta(hours=12), 22, 30, 30, 4, faces=who[1:3]
        ),
        SampleRun(
            "تازه‌کارها: سه دقیقه بدو، یک دقیقه راه برو",
            "پارک ملت، درِ اصلی",
            dawn + timedelta(hours=13),
            5,
            12,
            12,
            3,
            my_status="WAITLISTED",
        ),
        SampleRun(
            LONG_NAME * 2, LONG_NAME, dawn + timedelta(hours=14), None, 20, 20, my_status="INTERESTED", faces=who[5:8]
        ),
        SampleRun("Called off: hail", "Mellat Park", dawn + timedelta(hours=15), 10, cancelled=True),
    ]


def cards() -> list[SampleCard]:
    """Cards at different hours, one with words too long for it."""
    who = people()
    return [
        SampleCard("یکشنبه و سه‌شنبه دور پارک", "پارک لاله", who[2], ("sun", "tue", "thu")),
        SampleCard("Evening laps, tea after", "Mellat Park", who[1], ("sat", "mon"), "evening", 405, 5, "beginner"),
        SampleCard("کوه، جمعه‌ها", "دربند", who[6], ("fri",), "morning", 430, 12.5, "advanced"),
        SampleCard(LONG_NAME, LONG_NAME, who[7], WEEK, "afternoon", 285, 21.1, "advanced"),
    ]


@blueprint.get("/dev/ui")
@public
def show() -> Response:
    """Every component in all its states."""
    wrong: MultiDict[str, Any] = MultiDict(
        {"title": "a", "phone": "12", "code": "12a", "starts_on": "1403/13/40", "pace": "0:30", "terrain": "sea"}
    )
    refused = SampleForm(formdata=wrong, prefix="")
    refused.validate()
    form = SampleForm(formdata=None, days=["tue", "thu"], starts_on=clock.now().date(), tell=True)
    return pages.render(
        "dev/ui.html",
        form=form,
        refused=refused,
        people=people(),
        runs=runs(),
        cards=cards(),
        now=clock.now(),
        icons=sorted(path.stem for path in assets.STATIC.glob("img/icons/*.svg")),
        three=3,
        pace=340,
    )
