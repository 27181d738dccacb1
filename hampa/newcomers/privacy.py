"""Export and erasure of what a newcomer answered."""

from collections.abc import Iterable
from typing import Any

from hampa.newcomers.models import NewcomerQuestion
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(NewcomerQuestion.person_id, noun="newcomer_questions", fate="delete")


@privacy_registry.exports("newcomer_questions", _l("How it has been, as you said two weeks after joining a crew"))
def export_questions(person: Person) -> Iterable[dict[str, Any]]:
    """Return the questions with the answers; `readers` is admins or nobody."""
    columns = "crew_id feeling text readers created_at answered_at"
    return privacy_registry.rows_of(person, NewcomerQuestion.person_id, columns)
