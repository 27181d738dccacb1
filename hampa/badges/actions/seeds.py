"""The first set of badges of a site, which rewards showing up more than speed."""

import uuid
from typing import Any, NamedTuple

from sqlalchemy.dialects.postgresql import insert

from hampa.badges.models import Badge, Criteria
from hampa.platform import clock, ids
from hampa.platform.db import db


class Seed(NamedTuple):
    """A badge of the first set."""

    name: str
    drawing: str
    metric: str
    window: str
    threshold: int
    english: tuple[str, str]
    persian: tuple[str, str]


FIRST_SET = (
    Seed(
        *("first-run", "dawn", "attendance", "all", 1),
        ("First run together", "You came. That is the hardest one."),
        ("اولین قرار", "آمدی. سخت‌ترینش همین بود."),
    ),
    Seed(
        *("ten-runs", "lanes", "attendance", "all", 10),
        ("Side by side", "Ten runs with others."),
        ("پا به پا", "ده قرار با بقیه."),
    ),
    Seed(
        *("fifty-runs", "road", "attendance", "all", 50),
        ("Always there", "Fifty runs with others."),
        ("همیشه هستی", "پنجاه قرار با بقیه."),
    ),
    Seed(
        *("four-weeks", "calendar", "streak", "all", 4),
        ("A month of weeks", "Four weeks in a row, each with something in it."),
        ("چهار هفته پشت هم", "چهار هفتهٔ پیاپی، هر هفته دست‌کم یک بار."),
    ),
    Seed(
        *("twelve-weeks", "flame", "streak", "all", 12),
        ("A season", "Twelve weeks in a row."),
        ("یک فصل", "دوازده هفتهٔ پیاپی."),
    ),
    Seed(
        *("a-year", "star", "streak", "all", 52),
        ("A whole year", "Fifty-two weeks in a row."),
        ("یک سال تمام", "پنجاه و دو هفتهٔ پیاپی."),
    ),
    Seed(
        *("twelve-in-a-month", "flag", "count", "month", 12),
        ("A full month", "Twelve activities in one month."),
        ("ماه پربار", "دوازده فعالیت در یک ماه."),
    ),
    Seed(
        *("ten-hours", "road", "hours", "all", 10),
        ("Ten hours", "Ten hours on the move."),
        ("ده ساعت", "ده ساعت در حرکت."),
    ),
    Seed(
        *("hundred-hours", "mountain", "hours", "all", 100),
        ("A hundred hours", "A hundred hours on the move."),
        ("صد ساعت", "صد ساعت در حرکت."),
    ),
    Seed(
        *("first-duty", "whistle", "duties", "all", 1),
        ("First duty", "You stood there so that others could run."),
        ("اولین وظیفه", "ایستادی تا بقیه بدوند."),
    ),
    Seed(*("ten-duties", "hands", "duties", "all", 10), ("Backbone", "Ten duties done."), ("ستون گروه", "ده وظیفه.")),
    Seed(
        *("first-welcome", "door", "welcomes", "all", 1),
        ("Open door", "Somebody's first run was one of yours."),
        ("در باز", "اولین قرار یک نفر، قرار تو بود."),
    ),
    Seed(
        *("ten-welcomes", "heart", "welcomes", "all", 10),
        ("They stay because of you", "Ten people came to their first run, and it was yours."),
        ("به خاطر تو می‌مانند", "ده نفر اولین بار به قرار تو آمدند."),
    ),
)


def ensure_first_set() -> list[uuid.UUID]:
    """Make those of the first set that are missing, and return their ids; what operators changed of the others stays."""
    now = clock.now()
    rows = [_row(seed) | {"created_at": now, "updated_at": now} for seed in FIRST_SET]
    made = insert(Badge).values(rows).on_conflict_do_nothing(index_elements=[Badge.seed])
    return list(db.session.scalars(made.returning(Badge.id)))


def _row(seed: Seed) -> dict[str, Any]:
    criteria = Criteria.model_validate({"metric": seed.metric, "window": seed.window, "threshold": seed.threshold})
    return {
        "id": ids.new_id(),
        "seed": seed.name,
        "drawing": seed.drawing,
        "name_en": seed.english[0],
        "description_en": seed.english[1],
        "name_fa": seed.persian[0],
        "description_fa": seed.persian[1],
        "criteria": criteria.stored(),
    }
