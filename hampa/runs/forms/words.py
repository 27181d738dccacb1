"""Words of what runs choose from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hampa.platform.locale.i18n import lazy_gettext as _l

LEVEL_WORDS = {
    "all": _l("All levels"),
    "beginner": _l("Beginner"),
    "regular": _l("Regular"),
    "advanced": _l("Advanced"),
}
TERRAIN_WORDS = {
    "road": _l("Road"),
    "trail": _l("Trail"),
    "track": _l("Track"),
    "mixed": _l("Mixed ground"),
}
COMPANY_WORDS = {"anyone": _l("Anyone"), "women": _l("Women only")}
VISIBILITY_WORDS = {
    "public": _l("Everybody"),
    "link": _l("Only who has the link"),
}

COMPANY_WORDS = {
    "anyone": _l("Anyone"),
    "women": _l("Women only"),
}
JOIN_POLICY_WORDS = {
    "open": _l("Everybody at once"),
    "approval": _l("Who I say yes to"),
}
STATUS_WORDS = {
    "INTERESTED": _l("Interested"),
    "REQUESTED": _l("Has asked"),
    "WAITLISTED": _l("Waiting"),
    "OFFERED": _l("Is offered a place"),
    "GOING": _l("Going"),
    "COMPLETED": _l("Came"),
    "NO_SHOW": _l("Did not come"),
}


def in_words(values: Sequence[str], words: dict[str, Any]) -> list[tuple[str, str]]:
    """Choices of a field: each value with its words."""
    return [(value, str(words[value])) for value in values]
