"""What is said in code and templates, and the Persian catalogue of it.

`python -m tests.house.catalogue` compares the two; with `--update` it brings the catalogue up to date: what is new
comes in without Persian, what is no longer said goes.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
HAMPA = ROOT / "hampa"
CATALOGUE = HAMPA / "translations" / "fa" / "LC_MESSAGES" / "messages.po"
KEYWORDS = ("_l", "lazy_gettext", "lazy_pgettext:1c,2")


@cache
def persian() -> Catalog:
    """Return the catalogue as it is stored."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="fa")


@cache
def said() -> Catalog:
    """Every message in code and templates, with its context; its one location is a file that says it."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    keywords = {**DEFAULT_KEYWORDS, **parse_keywords(KEYWORDS)}
    found = Catalog()
    for name, _line, text, _comments, context in extract_from_dir(HAMPA, methods, options, keywords=keywords):
        if not found.get(text, context):
            found.add(text, locations=[(name, 1)], context=context)
    return found


def missing() -> list[str]:
    """Return the messages of the code that the catalogue lacks."""
    return [f"{of.locations[0][0]}: {of.id!r}" for of in entries(said()) if not persian().get(of.id, of.context)]


def left() -> list[str]:
    """Return the messages of the catalogue that the code no longer has."""
    return [repr(message.id) for message in entries(persian()) if not said().get(message.id, message.context)]


def untranslated() -> list[str]:
    """Return the messages without Persian, or without every form of it."""
    return [repr(message.id) for message in entries(persian()) if not all(forms(message))]


def entries(catalogue: Catalog) -> list[Message]:
    """Its messages, without the header."""
    return [message for message in catalogue if message.id]


def forms(message: Message) -> list[str]:
    """Return the Persian of a message: one text, or one for each plural form."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ("",))


def update() -> None:
    """Bring the catalogue up to date. Nothing is guessed: a changed message has to be written anew."""
    catalogue = persian()
    created = catalogue.creation_date  # two branches that both change it would be in conflict
    catalogue.update(said(), no_fuzzy_matching=True)
    catalogue.creation_date = created
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, width=0, no_location=True, sort_output=True, ignore_obsolete=True)
    persian.cache_clear()


def main() -> int:
    """Report; the exit status tells whether all is well."""
    if "--update" in sys.argv:
        update()
    faults = [*(f"not in the catalogue: {text}" for text in missing()), *(f"no longer said: {text}" for text in left())]
    faults += [f"without Persian: {text}" for text in untranslated()]
    print("\n".join(faults) if faults else f"{len(entries(persian()))} messages, all of them in Persian")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
