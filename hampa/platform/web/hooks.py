"""Hooks before and after requests that few requests need: the others are spared them.

Requests of programs, which have no cookies, need no hooks of pages; requests that only read need none of forms.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

Hook = TypeVar("Hook", bound=Callable[..., Any])


def for_pages(hook: Hook) -> Hook:
    """Mark a hook that does nothing for requests of programs."""
    hook.is_for_pages = True  # type: ignore[attr-defined]
    return hook


def for_forms(hook: Hook) -> Hook:
    """Mark a hook that does nothing for GET and HEAD."""
    hook.is_for_forms = True  # type: ignore[attr-defined]
    return hook


def needed(hooks: Iterable[Hook], *, is_page: bool, is_read: bool) -> list[Hook]:
    """Return the hooks that a request needs: one of a page or of a program, which only reads or not."""
    return [
        hook
        for hook in hooks
        if (is_page or not getattr(hook, "is_for_pages", False))
        and not (is_read and getattr(hook, "is_for_forms", False))
    ]
