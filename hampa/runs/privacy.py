"""Export and erasure of a person's runs and participations."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select, update

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.texts.cleaning import DELETED_NAME
from hampa.runs.actions.deletion import delete_unshared_runs
from hampa.runs.actions.listing import invalidate_listing
from hampa.runs.models.participation import LEFT, Participation
from hampa.runs.models.run import JoinSmsOff, Run, RunOrganiser

OF_OTHERS = "others were part of it, and it is theirs to look back at"

RUN = (
    "id created_at updated_at title description starts_at previous_starts_at starts_local timezone duration_min place"
    " latitude longitude distance_km level terrain capacity visibility company join_policy joining_closes_at"
    " meet_minutes_before guests_allowed short_code cancelled_at cancel_reason taken waiting interested requested"
    " series_id occurrence_on crew_id"
)

privacy_registry.holds(Run.organiser_id, noun="runs", fate="keep", because=OF_OTHERS)
privacy_registry.holds(
    Participation.person_id, noun="participations", fate="keep", because="who came to a run is counted"
)
privacy_registry.holds(Participation.together_with_id, left_out="it is in the other one's participation", fate="empty")
privacy_registry.holds(RunOrganiser.person_id, noun="organised_with_others", fate="delete")
privacy_registry.holds(RunOrganiser.added_by_id, left_out="whom one added to a run is about them", fate="empty")
privacy_registry.holds(JoinSmsOff.person_id, noun="join_sms_off", fate="delete")


@privacy_registry.exports("join_sms_off", _l("Runs for which you want no SMS about people joining"))
def export_join_sms_off(person: Person) -> Iterable[dict[str, Any]]:
    """Return the runs for which the person turned these SMS off."""
    return privacy_registry.rows_of(person, JoinSmsOff.person_id, "id created_at run_id")


@privacy_registry.exports("runs", _l("Runs that you organise"))
def export_runs(person: Person) -> Iterable[dict[str, Any]]:
    """Return the runs with the counts of their participants, without names."""
    return privacy_registry.rows_of(person, Run.organiser_id, RUN)


@privacy_registry.exports("organised_with_others", _l("Runs that you organise with others"))
def export_co_organised(person: Person) -> Iterable[dict[str, Any]]:
    """Return the runs of others that the person co-organises, and since when."""
    query = (
        select(
            *privacy_registry.columns(RunOrganiser, "run_id created_at agreed_at for_series takes_over"), *run_labels()
        )
        .join(Run, Run.id == RunOrganiser.run_id)
        .where(RunOrganiser.person_id == person.id)
    )
    return privacy_registry.rows_in_order(query, RunOrganiser)


@privacy_registry.erases
def erase_runs(person: Person) -> None:
    """Delete runs without other people, and erase the person from the others."""
    delete_unshared_runs(person)
    clear_names(person)
    clear_participations(person)
    invalidate_listing()


def clear_names(person: Person) -> None:
    """Take the person's name and town out of the search index of their runs."""
    nobody = Person(name=DELETED_NAME, city="")
    runs = select(Run).where(Run.organiser_id == person.id).order_by(Run.id).with_for_update()
    for run in db.session.scalars(runs.execution_options(populate_existing=True)):
        run.update_search_index(nobody)
    db.session.flush()


def clear_participations(person: Person) -> None:
    """Delete participations that the person left, and erase texts and cards from the others."""
    of_person = Participation.person_id == person.id
    statements = (
        delete(Participation).where(of_person, Participation.status == LEFT),
        update(Participation)
        .where(of_person)
        .values(
            note="",
            answers={},
            organiser_note="",
            display_name="",
            card_id=None,
            late_min=None,
            version=Participation.version + 1,
        ),
    )
    for statement in statements:
        db.session.execute(statement.execution_options(synchronize_session=False))


def run_labels() -> list[Any]:
    """Return the columns by which an export names the run that a row belongs to."""
    return [getattr(Run, name).label(f"run_{name}") for name in ("title", "starts_at", "timezone", "place")]
