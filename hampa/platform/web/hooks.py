"""Hooks before and after requests that only pages need: requests of programs, which have no cookies, are spared them."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

Hook = TypeVar("Hook", bound=Callable[..., Any])


def for_pages(hook: Hook) -> Hook:
    """Mark a hook that does nothing for requests of programs."""
    hook.is_for_pages = True  # type: ignore[attr-defined]
    return hook


def for_programs(hooks: Iterable[Hook]) -> list[Hook]:
    """Return the hooks that requests of programs need."""
    return [hook for hook in hooks if not getattr(hook, "is_for_pages", False)]
