"""The names of browsers and systems, by which people recognise their own devices."""

import re
from typing import Any, Protocol

# The first match counts: nearly every browser also names the ones it descends from.
BROWSERS = (
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Opera", r"OPR/|OPiOS/|Opera"),
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Yandex", r"YaBrowser/"),
    ("Vivaldi", r"Vivaldi/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Version/\S+ .*Safari/"),
)
SYSTEMS = (
    ("Android", r"Android"),
    ("iPhone", r"iPhone|iPod"),
    ("iPad", r"iPad"),
    ("Windows", r"Windows"),
    ("Mac", r"Macintosh|Mac OS X"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux|X11"),
)
LONGEST_NAME = 30
MOBILE = ("Android", "iPhone", "iPad")


def browser(user_agent: str) -> str:
    """Return the name of the browser, "" for an unknown one."""
    return _first(BROWSERS, user_agent)


def system(user_agent: str) -> str:
    """Return the name of the operating system, "" for an unknown one."""
    return _first(SYSTEMS, user_agent)


def program(user_agent: str) -> str:
    """Return the name by which a program that is no browser calls itself, "" if it has none."""
    name = re.split(r"[/ ;(]", user_agent.strip(), maxsplit=1)[0]
    return name[:LONGEST_NAME] if name.isprintable() and name != "Mozilla" else ""


def _first(patterns: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for name, pattern in patterns if re.search(pattern, user_agent)), "")


class _Seen(Protocol):
    user_agent: Any
    system: Any


class HasBrowser:
    """A part of classes that have a `user_agent`: what that names."""

    __slots__ = ()

    @property
    def browser(self: _Seen) -> str:
        """The browser's name, "" if unknown."""
        return browser(self.user_agent)

    @property
    def system(self: _Seen) -> str:
        """The operating system, "" if unknown."""
        return system(self.user_agent)

    @property
    def is_mobile(self: _Seen) -> bool:
        """Whether the operating system is that of a phone or tablet."""
        return self.system in MOBILE
