"""The names of browsers and systems, by which people recognise their own devices."""

import re

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
MOBILE = ("Android", "iPhone", "iPad")


def browser(user_agent: str) -> str:
    """Return the name of the browser, "" for an unknown one."""
    return _first(BROWSERS, user_agent)


def system(user_agent: str) -> str:
    """Return the name of the operating system, "" for an unknown one."""
    return _first(SYSTEMS, user_agent)


def _first(patterns: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for name, pattern in patterns if re.search(pattern, user_agent)), "")
