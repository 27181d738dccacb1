"""The filter of a timeline."""

from typing import Any

from hampa.timeline.models import entry_kinds


def chosen_kind(value: str | None) -> str:
    """Return the kind that an address names, none for others."""
    return value if value in entry_kinds() else ""  # type: ignore[return-value]


def kind_words() -> dict[str, Any]:
    """Return the words of all kinds, by name."""
    return {name: kind.label for name, kind in entry_kinds().items()}
