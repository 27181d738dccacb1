"""What a person is given of runs: rows, their calendar, their files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Select, select

from hampa.people import ledger
from hampa.people.ledger import Attachment
from hampa.people.models.person import Person
from hampa.platform.i18n import lazy_gettext as _l
from hampa.platform.web.ui import canonical
from hampa.runs import ics
from hampa.runs.models.attendance import Attendance
from hampa.runs.models.comment import Comment
from hampa.runs.models.feed import CalendarFeed
from hampa.runs.models.message import RunMessage
from hampa.runs.models.organiser import RunOrganiser
from hampa.runs.models.participation import Participation
from hampa.runs.models.picture import RunPicture, file_of
from hampa.runs.models.reminder import Reminder
from hampa.runs.models.route import RunRoute
from hampa.runs.models.run import PaceGroup, Run
from hampa.runs.models.series import Series, SeriesMembership
from hampa.runs.queries.feed import all_runs_of, zones_of

RUN = (
    "id created_at updated_at title description starts_at previous_starts_at starts_local timezone duration_min place"
    " latitude longitude distance_km level terrain capacity visibility company join_policy joining_closes_at"
    " meet_minutes_before guests_allowed short_code cancelled_at cancel_reason taken waiting interested requested"
    " series_id occurrence_on"
)
PART = (
    "id created_at updated_at run_id status note guests organiser_note walked_in still_in_at declined_at late_min"
    " left_at card_id"
)
SERIES = "id created_at updated_at rule timezone first_local skipped plan next_on ended_at"
ROUTE = "run_id created_at updated_at cut distance_m climb_m descent_m"


@ledger.exports("runs", _l("Runs that you organise"))
def runs(person: Person) -> Iterable[dict[str, Any]]:
    """With the counts of who comes, and nobody's name."""
    return _mine(select(*ledger.columns(Run, RUN)).where(Run.organiser_id == person.id), Run)


@ledger.exports("organised_with_others", _l("Runs that you organise with others"))
def organised_with_others(person: Person) -> Iterable[dict[str, Any]]:
    """From when on, and what the run is called."""
    query = select(*ledger.columns(RunOrganiser, "run_id created_at agreed_at"), *_of_run()).join(
        Run, Run.id == RunOrganiser.run_id
    )
    return _mine(query.where(RunOrganiser.person_id == person.id), RunOrganiser)


@ledger.exports("series", _l("Series of runs that you organise"))
def series(person: Person) -> Iterable[dict[str, Any]]:
    """`rule` is an RRULE (RFC 5545), `plan` what its runs follow."""
    return _mine(select(*ledger.columns(Series, SERIES)).where(Series.organiser_id == person.id), Series)


@ledger.exports("every_time", _l("Series to which you come every time"))
def every_time(person: Person) -> Iterable[dict[str, Any]]:
    """Since when."""
    query = select(SeriesMembership.series_id, SeriesMembership.created_at)
    return _mine(query.where(SeriesMembership.person_id == person.id), SeriesMembership)


@ledger.exports("participations", _l("Runs that you took part in, how, and whether you were there"))
def participations(person: Person) -> Iterable[dict[str, Any]]:
    """`marked` is an organiser's word, `said` the person's own."""
    query = (
        select(
            *ledger.columns(Participation, PART),
            Participation.added_by_organiser.label("put_in"),
            Participation.display_name.label("called"),
            *_of_run(),
            *ledger.columns(Attendance, "marked marked_at said said_at"),
        )
        .join(Run, Run.id == Participation.run_id)
        .outerjoin(Attendance, Attendance.participation_id == Participation.id)
    )
    return _mine(query.where(Participation.person_id == person.id), Participation)


@ledger.exports("paces_led", _l("Pace groups that you lead"))
def paces_led(person: Person) -> Iterable[dict[str, Any]]:
    """Paces are seconds a kilometre."""
    query = select(*ledger.columns(PaceGroup, "run_id name pace size"))
    return _mine(query.where(PaceGroup.leader_id == person.id), PaceGroup)


@ledger.exports("comments", _l("What you said under runs"))
def comments(person: Person) -> Iterable[dict[str, Any]]:
    """In the order in which it was said."""
    query = select(*ledger.columns(Comment, "id run_id created_at text"))
    return _mine(query.where(Comment.author_id == person.id), Comment)


@ledger.exports("run_messages", _l("What you wrote to all who take part in a run"))
def run_messages(person: Person) -> Iterable[dict[str, Any]]:
    """Drafts too; `people` and `texted` count who had it."""
    query = select(*ledger.columns(RunMessage, "id run_id created_at text statuses by_sms sent_at people texted"))
    return _mine(query.where(RunMessage.sender_id == person.id), RunMessage)


@ledger.exports("pictures", _l("Pictures that you gave to runs; the files lie beside"))
def pictures(person: Person) -> Iterable[dict[str, Any]]:
    """`reason` says why none could be made of what was sent."""
    query = select(*ledger.columns(RunPicture, "id run_id created_at kind reason widths height"))
    return _mine(query.where(RunPicture.person_id == person.id), RunPicture)


@ledger.exports("routes", _l("Routes of runs that you organise; the files lie beside"))
def routes(person: Person) -> Iterable[dict[str, Any]]:
    """Lengths are metres."""
    query = select(*ledger.columns(RunRoute, ROUTE)).join(Run, Run.id == RunRoute.run_id)
    return _mine(query.where(Run.organiser_id == person.id), RunRoute)


@ledger.exports("reminders", _l("Which runs you were reminded of"))
def reminders(person: Person) -> Iterable[dict[str, Any]]:
    """`kind` is evening or soon."""
    query = select(*ledger.columns(Reminder, "run_id created_at kind start"))
    return _mine(query.where(Reminder.person_id == person.id), Reminder)


@ledger.exports("calendar", _l("Whether a calendar program reads your runs"))
def calendar(person: Person) -> Iterable[dict[str, Any]]:
    """When its address was made; the address itself is kept nowhere."""
    query = select(*ledger.columns(CalendarFeed, "created_at updated_at"))
    return _mine(query.where(CalendarFeed.person_id == person.id), CalendarFeed)


@ledger.exports_document("runs.ics", _l("All your runs, for a calendar program"))
def all_runs(person: Person) -> Iterable[bytes]:
    """Those one organises and takes part in, however long ago."""
    runs, zones = all_runs_of(person), zones_of(person)
    return ics.pieces_of(runs, zones, lambda run: canonical(f"/runs/{run.id}"))


@ledger.exports_files
def files(person: Person) -> Iterator[Attachment]:
    """Pictures in the largest width there is, and our own GPX of the routes."""
    for picture in ledger.rows(
        select(RunPicture.id, RunPicture.run_id, RunPicture.widths[1].label("width"))
        .where(RunPicture.person_id == person.id, RunPicture.widths.is_not(None))
        .order_by(RunPicture.id)
    ):
        kept_as = file_of(picture["run_id"], picture["id"], picture["width"])
        yield Attachment(f"pictures/{picture['id']}.webp", kept_as)
    for route in ledger.rows(
        select(RunRoute.run_id, RunRoute.gpx)
        .join(Run, Run.id == RunRoute.run_id)
        .where(Run.organiser_id == person.id, RunRoute.gpx.is_not(None))
        .order_by(RunRoute.run_id)
    ):
        yield Attachment(f"routes/{route['run_id']}.gpx", route["gpx"])


def _of_run() -> list[Any]:
    return [getattr(Run, name).label(f"run_{name}") for name in ("title", "starts_at", "timezone", "place")]


def _mine(query: Select[*tuple[Any, ...]], table: Any) -> Iterable[dict[str, Any]]:
    return ledger.rows(query.order_by(table.created_at, table.id))
