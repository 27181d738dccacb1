"""The countries that a viewer is likely in: by their number, and by the languages of their browser."""

from functools import lru_cache

from babel.core import get_global
from flask import has_request_context, request

from hampa.platform.config import settings
from hampa.platform.locale import i18n, phone

SPOKEN_ANYWHERE = ("en",)
"""Languages that say nothing of the country unless they name it."""


def phone_regions() -> list[str]:
    """Return the countries as in which a number without a country code is read, the likeliest first.

    They are the country of the viewer's own number, those of the browser's languages, and the operator's default.
    """
    viewer = i18n.viewer()
    country = phone.country(viewer.phone) if viewer is not None else None
    regions = [*([country] if country else []), *browser_regions(), settings().phone_region]
    return list(dict.fromkeys(regions))


def browser_regions() -> list[str]:
    """Return the countries that the languages of the browser name or imply, in its order."""
    if not has_request_context():
        return []
    regions = (region_of_language(language) for language in request.accept_languages.values())
    return list(dict.fromkeys(region for region in regions if region))


@lru_cache(maxsize=500)
def region_of_language(language: str) -> str | None:
    """Return the country of a language tag: DE for de-DE and for de, GB for en-GB, None for en."""
    parts = language.replace("_", "-").split("-")
    for part in parts[1:]:
        if len(part) == 2 and part.isalpha():
            return part.upper() if phone.is_region(part.upper()) else None
    if parts[0].lower() in SPOKEN_ANYWHERE:
        return None
    likely = get_global("likely_subtags").get(parts[0].lower(), "")
    region = likely.rpartition("_")[2]
    return region if phone.is_region(region) else None
