"""Export and erasure of a person's calendar feed."""

from collections.abc import Iterable
from typing import Any

from hampa.calendars.models import CalendarFeed
from hampa.calendars.queries import export_calendar
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.ui import canonical

privacy_registry.holds(CalendarFeed.person_id, noun="calendar", fate="delete")


@privacy_registry.exports("calendar", _l("Whether a calendar program reads your runs"))
def export_feed(person: Person) -> Iterable[dict[str, Any]]:
    """Return when the address of the feed was made, and its alarm; the address itself is stored nowhere."""
    return privacy_registry.rows_of(person, CalendarFeed.person_id, "created_at updated_at alarm")


@privacy_registry.exports_document("runs.ics", _l("All your runs, for a calendar program"))
def export_runs(person: Person) -> Iterable[bytes]:
    """Yield a calendar of all runs that the person organises or takes part in, however long ago."""
    return export_calendar(person, lambda run: canonical(f"/runs/{run.id}"))
