"""Export and erasure of participations and attendance."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from hampa.attendance.models import Attendance
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run
from hampa.runs.privacy import run_labels

PARTICIPATION = (
    "id created_at updated_at run_id status note guests organiser_note walked_in still_in_at declined_at late_min"
    " left_at card_id answers removed_at"
)

privacy_registry.holds(Attendance.marked_by_id, left_out="the mark is about whom it marks", fate="empty")


@privacy_registry.exports("participations", _l("Runs that you took part in, how, and whether you were there"))
def export_participations(person: Person) -> Iterable[dict[str, Any]]:
    """Return the participations; `marked` is attendance by an organiser's word, `said` by the person's own."""
    query = (
        select(
            *privacy_registry.columns(Participation, PARTICIPATION),
            Run.questions,
            Participation.added_by_organiser.label("put_in"),
            Participation.display_name.label("called"),
            *run_labels(),
            *privacy_registry.columns(Attendance, "marked marked_at said said_at"),
        )
        .join(Run, Run.id == Participation.run_id)
        .outerjoin(Attendance, Attendance.participation_id == Participation.id)
        .where(Participation.person_id == person.id)
    )
    for row in privacy_registry.rows_in_order(query, Participation):
        questions, answers = row.pop("questions"), row["answers"]
        given = [(question.text, answers.get(question.id)) for question in questions]
        yield row | {"answers": [{"question": text, "answer": answer} for text, answer in given if answer]}
