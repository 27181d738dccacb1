"""What all who take part in a challenge have done, which everybody who sees it reads alike."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from hampa.challenges.models import ALL_ENTRIES, Challenge, ChallengeEntry, entries_version
from hampa.crews.models import ACTIVE, ALL_MEMBERS, CrewMembership, members_version
from hampa.platform.db import constants
from hampa.platform.kept import kept_each
from hampa.platform.statements import built_once, is_one_of


class Sums(NamedTuple):
    """How many take part in a challenge, what they did, and how much of that everybody may see."""

    people: int
    total: int
    open_total: int


NOTHING = Sums(0, 0, 0)


def sums_of(crews: Mapping[uuid.UUID, uuid.UUID]) -> dict[uuid.UUID, Sums]:
    """Return the sums of challenges, which are given with their crews; those that are not kept are read together.

    They change with the entries of the challenge, and with who belongs to its crew.
    """
    versions = {
        challenge_id: (ALL_ENTRIES, entries_version(challenge_id), ALL_MEMBERS, members_version(crew_id))
        for challenge_id, crew_id in crews.items()
    }
    return kept_each("challenges.sums", versions, _read)


def _read(challenge_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Sums]:
    ids = list(challenge_ids)
    found = {row[0]: Sums(row[1], int(row[2]), int(row[3])) for row in _sums(ids)}
    return {challenge_id: found.get(challenge_id, NOTHING) for challenge_id in ids}


@built_once
def _sums(challenge_ids: list[uuid.UUID]) -> Any:
    """Return the sums of challenges in which anybody takes part, as `takes_part` says it of one entry."""
    member = aliased(CrewMembership)
    is_theirs = member.crew_id == Challenge.crew_id, member.person_id == ChallengeEntry.person_id
    return (
        select(
            ChallengeEntry.challenge_id,
            func.count(),
            func.sum(ChallengeEntry.value),
            func.sum(ChallengeEntry.open_value),
        )
        .join(Challenge, Challenge.id == ChallengeEntry.challenge_id)
        .outerjoin(member, and_(*is_theirs, member.status.in_(constants(ACTIVE))))
        .where(is_one_of(ChallengeEntry.challenge_id, challenge_ids))
        .where(or_(ChallengeEntry.by_link, member.id.is_not(None)))
        .group_by(ChallengeEntry.challenge_id)
    )
