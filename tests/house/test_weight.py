"""What a browser that was never here fetches for its first page: its size in bytes, as the server sends it."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.factories.people import make_person
from tests.factories.runs import make_run
from tests.page import Answer, Page
from tests.typefaces import files_for

MOST_BYTES = 60_000
HOME_RUNS = 6


def first_visit(page: Page, path: str, *, encoding: str) -> dict[str, int]:
    """Return the bytes of each answer that a visitor's browser fetches for a page, by address."""
    headers = {"Accept-Encoding": encoding}
    whole = page.get(path, 200)
    sizes = {path: len(page.client.get(path, headers={"Accept-Language": page.language, **headers}).data)}
    for address in sorted(addresses(page, whole)):
        with page.client.get(address, headers=headers) as answer:
            assert answer.status_code == 200, address
            sizes[address] = len(answer.data)
    return sizes


def addresses(page: Page, whole: Answer) -> set[str]:
    """Return what a browser fetches for a page: styles, scripts, pictures, one icon, and the fonts of its letters."""
    found = {
        link.attrib["href"] for link in whole.all("link") if link.get("rel") in ("stylesheet", "preload", "manifest")
    }
    found |= {icon.attrib["href"] for icon in whole.all("link", rel="icon", type="image/svg+xml")}
    found |= {
        element.attrib["src"] for tag in ("script", "img") for element in whole.all(tag) if "src" in element.attrib
    }
    found |= {element.attrib["data-script"] for element in whole.all() if "data-script" in element.attrib}
    found |= {
        use.attrib["href"].split("#")[0]
        for use in whole.all()
        if "#" in use.get("href", "") and use.tag.endswith("use")
    }
    return {address for address in found if address.startswith("/")} | fonts(page, whole)


def fonts(page: Page, whole: Answer) -> set[str]:
    """Return the files of the fonts that have letters of a page, of the first family that has each letter."""
    # the link to the other language is in the system's font
    letters = set(whole.words) - set(words_of_language_link(whole))
    return files_for(page.client.get("/static/hampa.css").text, letters, page.language)


def words_of_language_link(whole: Answer) -> str:
    return "".join("".join(link.itertext()) for link in whole.all("a", class_="language"))


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("encoding", ["gzip", "gzip, zstd"])
def test_the_first_page_of_a_visitor_is_light(app: Flask, page: Page, language: str, encoding: str) -> None:
    """Full of runs, in both scripts, in the encoding that every browser takes."""
    organiser = make_person(name="نیلوفر صادقی")
    for number in range(HOME_RUNS):
        make_run(organiser, title=f"دور بلند چیتگر، Sunrise {number}", place="دریاچه‌ی چیتگر، دروازه‌ی شمالی")
    sizes = first_visit(page.speaking(language), "/", encoding=encoding)
    assert any("persian" in address for address in sizes), sizes
    assert any("latin" in address for address in sizes), sizes
    assert sum(sizes.values()) <= MOST_BYTES, sizes


@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_page_without_htmx_has_nothing_for_it(page: Page, language: str) -> None:
    make_run()
    whole = page.speaking(language).get("/", 200)
    assert not [script for script in whole.all("script") if "htmx" in script.get("src", "")]
    assert not [element.tag for element in whole.all() for name in element.attrib if str(name).startswith("data-hx-")]
