"""Export and erasure of a person's challenges."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from hampa.challenges.models import Challenge, ChallengeEntry
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(ChallengeEntry.person_id, noun="challenges", fate="delete")
privacy_registry.holds(Challenge.author_id, noun="challenges_made", fate="empty")


@privacy_registry.exports("challenges", _l("Challenges in which you take part"))
def export_challenges(person: Person) -> Iterable[dict[str, Any]]:
    """Return the challenges with what the person did in each; `value` is in seconds, metres or times."""
    query = (
        select(
            ChallengeEntry.challenge_id,
            Challenge.crew_id,
            Challenge.name,
            Challenge.metric,
            Challenge.mode,
            Challenge.starts_on,
            Challenge.ends_on,
            ChallengeEntry.value,
            ChallengeEntry.final_rank,
            ChallengeEntry.created_at,
        )
        .join(Challenge, Challenge.id == ChallengeEntry.challenge_id)
        .where(ChallengeEntry.person_id == person.id)
    )
    return privacy_registry.rows_in_order(query, ChallengeEntry)


@privacy_registry.exports("challenges_made", _l("Challenges that you made for crews"))
def export_made(person: Person) -> Iterable[dict[str, Any]]:
    """Return the challenges that the person made."""
    columns = "id crew_id name description metric mode kind target starts_on ends_on created_at finished_at"
    return privacy_registry.rows_of(person, Challenge.author_id, columns)
