"""`make audit`: every page by the Nu checker and axe, and Lighthouse on five pages; fails on what is below the bars.

Pages come from the tests of all routes, for all five viewers in both languages, and from the demo community. The times
of Lighthouse depend on the machine: each page is measured three times, and the middle one counts.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests import database
from tests.audit import tools
from tests.browser.conftest import chromium_path
from tests.browser.runner import AT_REST, AUDIT, AXE, LEAST_TARGET, SMALL_TARGETS, TOO_WIDE
from tests.browser.site import Site, running
from tests.browser.tour import ANOTHER_RUN, FOR_SARA, FOR_VISITORS, become_sara, something_happens

LANGUAGES = ("fa", "en")
WIDTHS = {360: 740, 1280: 800}
MEASURED = {"home": "/", "runs": "/runs", "run": f"/runs/{ANOTHER_RUN}", "cards": "/cards", "login": "/login"}
LEAST_MARK = 95
MOST_PAINT_MS = 1_500
MOST_SHIFT = 0.01
TIMES = 3
PARTS = ("nu", "axe", "lighthouse")


def main() -> None:
    """Print what was found, and exit with 1 if there is anything."""
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="nu, axe, lighthouse; all without one")
    parts = parser.parse_args().parts or list(PARTS)
    tools.install()
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder)
        if {"nu", "axe"} & set(parts):
            collect(pages)  # before there are servers of this process: the tests start and end their own
        home = database.make_home()
        try:
            with database.prepared(worker=0) as databases, tempfile.TemporaryDirectory() as logs:
                environment = databases.environment(databases.make("audit"), site=1)
                with running(environment, Path(logs) / "site.log", demo=True) as site:
                    faults = audit(site, pages, parts)
                    report(faults)  # now, since a busy machine may end the servers late and fail for that
        finally:
            database.remove_home(home)
    sys.exit(any(faults.values()))


def report(faults: dict[str, list[str]]) -> None:
    """Print what each part has found."""
    for part, found in faults.items():
        print(f"\n{part}: {len(found)} found")
        print("\n".join(f"  {fault}" for fault in dict.fromkeys(found)), flush=True)


def audit(site: Site, pages: Path, parts: list[str]) -> dict[str, list[str]]:
    """Return what each part finds on a site with the demo community, and on the pages of a folder."""
    faults = {}
    if {"nu", "axe"} & set(parts):
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
            something_happens(browser, site)
            take_demo(browser, site, pages)
            if "axe" in parts:
                faults["axe"] = look(browser, site, pages)
            browser.close()
    if "nu" in parts:
        faults["nu"] = tools.check_html(sorted(pages.glob("*.html")))
    if "lighthouse" in parts:
        faults["lighthouse"] = measure(site)
    return faults


def collect(folder: Path) -> None:
    """Keep the pages of all routes, for all viewers in both languages, in a folder."""
    for language in LANGUAGES:
        environ = {**os.environ, "HAMPA_AUDIT_PAGES": str(folder), "HAMPA_AUDIT_LANGUAGE": language}
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "tests.audit.collecting"]
        command += ["-p", "no:unraisableexception"]  # what a dying process leaves open is no matter of its pages
        subprocess.run([*command, "tests/house/test_routes.py"], cwd=tools.ROOT, env=environ, check=True)


def take_demo(browser: Browser, site: Site, folder: Path) -> None:
    """Keep the pages of the demo community as a visitor and as Sara in the folder, as the server sends them."""
    for language in LANGUAGES:
        page = open_page(browser, site, language, 360)
        keep(page, FOR_VISITORS.values(), folder, f"{language}-visitor")
        become_sara(page, language)
        keep(page, FOR_SARA.values(), folder, f"{language}-sara")
        page.context.close()


def keep(page: Page, paths: Iterable[str], folder: Path, who: str) -> None:
    """Write pages of one person to files."""
    for number, path in enumerate(paths):
        answer = page.context.request.get(path)
        if answer.headers.get("content-type", "").startswith("text/html"):
            (folder / f"{who}-{number}.html").write_text(f"{answer.text()}\n<!-- GET {path} by {who} -->\n")


def open_page(browser: Browser, site: Site, language: str, width: int) -> Page:
    """Return a page of a browser that was never here."""
    context = browser.new_context(
        base_url=site.url,
        locale={"fa": "fa-IR", "en": "en-GB"}[language],
        timezone_id="Asia/Tehran",
        viewport={"width": width, "height": WIDTHS[width]},
        is_mobile=width < 600,
        has_touch=width < 600,
        reduced_motion="reduce",
    )
    return context.new_page()


def look(browser: Browser, site: Site, folder: Path) -> list[str]:
    """Return what axe says of the pages of a folder, and targets that are too small, on a phone and on a desk.

    Pages that differ in words and values alone are looked at once.
    """
    found = []
    for language in LANGUAGES:
        files = kinds(sorted(folder.glob(f"{language}-*.html")))
        for width in WIDTHS:
            page = open_page(browser, site, language, width)
            page.route("**/*", lambda route: answer(route, folder))
            for path in files:
                page.goto(f"/audit/{path.name}")
                page.evaluate(AT_REST)
                page.evaluate(AXE)
                faults = page.evaluate(TOO_WIDE) + page.evaluate(AUDIT)
                faults += page.evaluate(SMALL_TARGETS, LEAST_TARGET) if width < 600 else []
                asked = path.read_text().strip().splitlines()[-1]
                found += [f"{asked} at {width}: {fault}" for fault in faults]
            page.context.close()
    return found


def answer(route: Route, folder: Path) -> None:
    """Answer with a page of the folder, or with a static file of the site; nothing else is there."""
    path = urlsplit(route.request.url).path
    if path.startswith("/audit/"):
        route.fulfill(path=folder / Path(path).name, content_type="text/html; charset=utf-8")
    elif path.startswith("/static/"):
        route.continue_()
    else:
        route.abort()


def kinds(files: list[Path]) -> list[Path]:
    """Return one file of each kind of markup."""
    by_markup: dict[int, Path] = {}
    for path in files:
        page = path.read_text().rsplit("<!--", 1)[0]  # without how it was asked for
        markup = re.sub(r">[^<]*|(?<!class)=\"[^\"]*\"", "", page)
        by_markup.setdefault(zlib.crc32(markup.encode()), path)
    return list(by_markup.values())


def measure(site: Site) -> list[str]:
    """Print a table of what Lighthouse says, and return what is below the bars."""
    found = []
    print(
        f"\n{'':14}{'perf':>6}{'a11y':>6}{'best':>6}{'seo':>6}{'LCP ms':>8}{'TBT ms':>8}{'CLS':>8}{'bytes':>9}{'machine':>9}"
    )
    for language in LANGUAGES:
        for name, path in MEASURED.items():
            headers = {"Accept-Language": language}
            runs = [tools.run_lighthouse(chromium_path(), site.url + path, headers) for _ in range(TIMES)]
            middle = sorted(runs, key=lambda run: run.largest_paint)[TIMES // 2]
            marks = "".join(f"{middle.marks[category]:6}" for category in tools.CATEGORIES)
            times = f"{middle.largest_paint:8.0f}{middle.blocking:8.0f}{middle.shift:8.3f}{middle.bytes:9}{middle.benchmark:9.0f}"
            print(f"{language} {name:11}{marks}{times}", flush=True)
            found += [
                f"{language} {name}: {category} {mark}, not {LEAST_MARK}"
                for category, mark in middle.marks.items()
                if mark < LEAST_MARK
            ]
            found += [f"{language} {name}: {remark}" for remark in middle.remarks]
            if middle.largest_paint > MOST_PAINT_MS:
                found.append(f"{language} {name}: largest paint after {middle.largest_paint:.0f} ms")
            if middle.shift > MOST_SHIFT:
                found.append(f"{language} {name}: layout shift {middle.shift:.3f}")
    return found


if __name__ == "__main__":
    main()
