"""Export and erasure of summaries."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from hampa.coach_summaries.models import CoachSummary, SummaryUse
from hampa.coach_summaries.queries.links import links_for
from hampa.files.queries.owners import is_owned_readably
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(CoachSummary.author_id, noun="coach_summaries", fate="delete")
privacy_registry.holds(SummaryUse.person_id, noun="coach_summary_uses", fate="delete")


@privacy_registry.exports("coach_summaries", _l("Summaries that you wrote of plans and athletes"))
def export_summaries(person: Person) -> Iterable[dict[str, Any]]:
    """Return the summaries of what the person still sees; `model` names what wrote one.

    Each sentence has its sources: one of which the person does not see them all any more is left out.
    """
    names = "id owner_kind owner_id locale sentences model failure approved_at is_shared created_at updated_at"
    query = select(*privacy_registry.columns(CoachSummary, names)).where(CoachSummary.author_id == person.id)
    query = query.where(is_owned_readably(person, CoachSummary.owner_kind, CoachSummary.owner_id))
    for rows in privacy_registry.batches(privacy_registry.rows_in_order(query, CoachSummary)):
        seen = links_for(person, {key for row in rows for one in row["sentences"] for key in one["sources"]})
        for row in rows:
            kept = [one for one in row["sentences"] if all(key in seen for key in one["sources"])]
            yield row | {"sentences": kept}


@privacy_registry.exports("coach_summary_uses", _l("How often a language model wrote for you, month by month"))
def export_uses(person: Person) -> Iterable[dict[str, Any]]:
    """Return the months, with calls and tokens."""
    columns = "id month calls input_tokens output_tokens created_at"
    return privacy_registry.rows_of(person, SummaryUse.person_id, columns)
