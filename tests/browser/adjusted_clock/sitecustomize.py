"""A clock that is set by hand, for each Python that starts with this folder on its path.

It is so many seconds ahead as the file says that HAMPA_TEST_CLOCK names, which may change while programs run: web and
worker, all in processes of their own, then live at a later hour at once. The database's clock, which workers keep to,
is taken to be ahead likewise.
"""

import datetime
import os
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[3]))

from hampa.platform import clock

AHEAD = Path(os.environ["HAMPA_TEST_CLOCK"])
keep_to = clock.keep_to


def ahead() -> datetime.timedelta:
    return datetime.timedelta(seconds=float(AHEAD.read_text()))


class Adjusted(datetime.datetime):
    """What clocks say there."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
        return datetime.datetime.now(tz) + ahead()


clock.datetime = Adjusted  # type: ignore[misc]
clock.keep_to = lambda moment, doubt=datetime.timedelta(): keep_to(moment + ahead(), doubt)
