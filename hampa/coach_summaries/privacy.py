"""Export and erasure of summaries."""

from collections.abc import Iterable
from typing import Any

from hampa.coach_summaries.models import CoachSummary, SummaryUse
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(CoachSummary.author_id, noun="coach_summaries", fate="delete")
privacy_registry.holds(SummaryUse.person_id, noun="coach_summary_uses", fate="delete")


@privacy_registry.exports("coach_summaries", _l("Summaries that you wrote of plans and athletes"))
def export_summaries(person: Person) -> Iterable[dict[str, Any]]:
    """Return the summaries; `model` names what wrote one, and each sentence its sources."""
    columns = "id owner_kind owner_id locale sentences model failure approved_at is_shared created_at updated_at"
    return privacy_registry.rows_of(person, CoachSummary.author_id, columns)


@privacy_registry.exports("coach_summary_uses", _l("How often a language model wrote for you, month by month"))
def export_uses(person: Person) -> Iterable[dict[str, Any]]:
    """Return the months, with calls and tokens."""
    columns = "id month calls input_tokens output_tokens created_at"
    return privacy_registry.rows_of(person, SummaryUse.person_id, columns)
