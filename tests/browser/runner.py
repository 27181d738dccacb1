"""Somebody with a phone in hand. Every page they see is looked at: by axe, for width, for errors, for targets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zlib import crc32

import axe_playwright_python
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, TimeoutError, expect

from hampa.platform.texts.cleaning import to_persian_digits
from tests.browser.site import Site

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
PHONE = {"width": 360, "height": 740}
EXPECTED = re.compile(
    r"the server responded with a status of (4\d\d)|Service Worker registration blocked by Playwright"
)
"""What Chromium says of answers that are refusals on purpose, and of `Ways.service_worker`."""

SUBMIT = "button[type=submit]:not([aria-hidden])"
LEAST_TARGET = 44
SMALL_TARGETS = """least => [...document.querySelectorAll('button, nav a, .button, input, select, summary')]
    .filter(e => e.type != 'hidden' && e.checkVisibility({visibilityProperty: true, opacityProperty: true}))
    .filter(e => e.getBoundingClientRect().width > 1)
    .map(e => [e, (e.closest('label') || e).getBoundingClientRect()])
    .filter(([e, box]) => Math.round(box.height) < least || Math.round(box.width) < least)
    .map(([e, box]) => `${e.outerHTML.slice(0, 120)} is ${Math.round(box.width)} × ${Math.round(box.height)}`)"""
TOO_WIDE = """() => document.documentElement.scrollWidth > document.documentElement.clientWidth
    ? [...document.querySelectorAll('body *')]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)
        .map(e => e.outerHTML.slice(0, 120)).slice(0, 5).concat('the page scrolls sideways')
    : []"""
AT_REST = """async () => {
    await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))
    await Promise.allSettled(document.getAnimations().map(moving => moving.finished))
}"""
AUDIT = """async () => {
    // Of what axe can load beforehand, rules that are on by default look at media alone, and at no style sheet.
    const found = await axe.run(document, {resultTypes: ['violations'], preload: {assets: ['media']}})
    // axe leaves empty style attributes behind, which htmx would take for ours and our policy refuse
    document.querySelectorAll('[style=""]').forEach(e => e.removeAttribute('style'))
    return found.violations.flatMap(v => v.nodes
        .map(n => [v.id, v.help, n.html.slice(0, 160), ...n.any.map(a => a.message)].join(': ')))
}"""


def choose(control: Locator) -> None:
    """Tap the label of a radio button or a checkbox, unless it is chosen."""
    if not control.is_checked():
        label = control.locator("xpath=ancestor::label")
        (label if label.count() else control).click()
        expect(control).to_be_checked()


@dataclass(frozen=True, kw_only=True)
class Ways:
    """What a person's browser is set to."""

    language: str
    javascript: bool = True
    scheme: Literal["light", "dark"] = "light"
    locale: str = ""
    """Of the browser, if it is not the usual one of the language: it takes that of the site second."""
    timezone: str = "Asia/Tehran"
    service_worker: bool = False
    """Whether the site may register its service worker: requests that go through it are hidden from `page.route`."""

    def __str__(self) -> str:
        return f"{self.language} {self.scheme}{'' if self.javascript else ' without JavaScript'}"

    def open(self, chromium: Browser, url: str) -> Page:
        context = chromium.new_context(
            base_url=url,
            locale=self.locale or {"fa": "fa-IR", "en": "en-GB"}[self.language],
            timezone_id=self.timezone,
            viewport=PHONE,
            has_touch=True,
            is_mobile=True,
            java_script_enabled=self.javascript,
            color_scheme=self.scheme,
            reduced_motion="reduce",
            extra_http_headers={"Accept-Language": f"{self.locale},{self.language};q=0.8"} if self.locale else None,
            service_workers="allow" if self.service_worker else "block",
        )
        context.set_default_timeout(15_000)
        return context.new_page()


@dataclass
class Runner:
    """A person, their phone, and what their browser complained of."""

    site: Site
    page: Page
    ways: Ways
    looked_at: set[str]
    name: str = ""
    phone: str = ""
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script failed: {error}"))

    def leave(self) -> None:
        self.page.context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not EXPECTED.search(message.text):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def visit(self, path: str, status: int = 200) -> None:
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == status, f"{path} answered {answer.status}"
        self.look()

    def look(self) -> None:
        """See that the page is as every page has to be; each kind of page once."""
        self.page.wait_for_load_state()
        assert not self.complaints, "\n".join(self.complaints)
        if not self._is_new():
            return
        faults = self.page.evaluate(TOO_WIDE) + self.page.evaluate(SMALL_TARGETS, LEAST_TARGET)
        if self.ways.javascript:
            self.page.evaluate(AT_REST)
            self.page.evaluate(AXE)
            faults += self.page.evaluate(AUDIT)
        assert not faults, f"{self.page.url}:\n" + "\n".join(faults)

    def _is_new(self) -> bool:
        """Whether no page of this shape was looked at in this language yet."""
        shape = re.sub(r">[^<]*|=\"[^\"]*\"", "", self.page.locator("body").inner_html())
        where = re.sub(r"[0-9a-f-]{36}", "…", urlsplit(self.page.url).path)
        key = f"{self.ways.language} {self.ways.javascript} {where} {crc32(shape.encode())}"
        known = key in self.looked_at
        self.looked_at.add(key)
        return not known

    def send(self, action: str, *, button: str = SUBMIT, lands: str = "", **fields: Any) -> None:
        """Fill in the form that posts to `action`, as a person does, and press the button at its end, or its first.

        `lands` is a pattern of the page where that leads; without one the same page changes.
        """
        form = self.page.locator(f'main form[action="{action}"]').filter(has=self.page.locator(button)).first
        for name, value in fields.items():
            control = form.locator(f'[name="{name}"]')
            kind = control.first.get_attribute("type")
            if kind in ("radio", "checkbox"):
                for one in value if isinstance(value, (list, tuple)) else [value]:
                    choose(form.locator(f'[name="{name}"][value="{one}"]'))
            elif control.first.evaluate("e => e.tagName") == "SELECT":
                self._unfold(control.first)
                control.select_option(value)
            else:
                self._unfold(control.first)
                control.fill(self.typed(str(value)))
        with self.page.expect_response(lambda answer: answer.request.method == "POST"):
            last = form.locator(f".form-end {SUBMIT}")
            (last.first if button == SUBMIT and last.count() else form.locator(button).first).click()
        if lands:
            self.landed(lands)
        else:
            self.page.wait_for_load_state("networkidle")
            self.look()

    def press(self, words: str, *, of: str = "", lands: str = "") -> None:
        """Press the button with these words, of any form or of the one that posts to `of`."""
        form = f'main form[action="{of}"]' if of else "main form"
        button = self.page.locator(form).get_by_role("button", name=words).first
        with self.page.expect_response(lambda answer: answer.request.method == "POST"):
            button.click()
        if lands:
            self.landed(lands)
        else:
            self.page.wait_for_load_state("networkidle")
            self.look()

    def landed(self, where: str) -> None:
        """Wait for a page whose path is like this pattern, and look at it."""
        try:
            self.page.wait_for_url(re.compile(rf"^{re.escape(self.site.url)}{where}(\?.*)?(#.*)?$"))
        except TimeoutError as late:
            shown = self.page.locator("main").inner_text()
            raise AssertionError(f"at {self.page.url} instead of {where}:\n{shown}\n{self.complaints}") from late
        self.look()

    def _unfold(self, control: Any) -> None:
        if not control.is_visible():
            control.evaluate("e => { const d = e.closest('details'); if (d) d.open = true }")

    def typed(self, text: str) -> str:
        """As this person's keyboard writes it: Persian ones have Persian digits."""
        return to_persian_digits(text) if self.ways.language == "fa" else text

    def sign_in(self) -> None:
        """By number and code; the first time one says who one is."""
        self.visit("/login")
        before = sum(one["purpose"] == "sign_in_code" for one in self.site.messages(self.phone))
        self.send("/login", phone=to_persian_digits(self.phone), lands="/login/code")
        text = self.site.message(self.phone, "sign_in_code", after=before)
        found = re.search(r"#(\d{6})\s*$", text)
        assert found, f"no WebOTP line at the end of: {text}"
        self.type_code(self.typed(found[1]))
        self.landed("/(welcome)?")
        if "/welcome" in self.page.url:
            self.send("/welcome", name=self.name, locale=self.ways.language, lands="/")

    def type_code(self, code: str) -> None:
        """With JavaScript the form goes off by itself at the sixth digit."""
        self.page.locator("[name=code]").press_sequentially(code)
        if not self.ways.javascript:
            self.page.locator('form[action="/login/code"] button').click()

    def reads(self, text: str) -> None:
        """Check that the page shows a text."""
        try:
            self.page.locator("main").get_by_text(text).first.wait_for()
        except TimeoutError:
            said = self.page.locator("main").inner_text()
            raise AssertionError(f"{self.name} does not read “{text}” at {self.page.url}, but:\n{said}") from None
