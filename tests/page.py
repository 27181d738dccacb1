"""The client all tests look through: a browser without a screen that checks every answer it sees.

    page.as_(owner).get("/runs/new").form().fill(title="Dawn by the lake").submit()

Tokens come from the forms, as in a browser; protection against forged requests is on.
"""

from __future__ import annotations

from contextvars import Context
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from flask import Flask, has_app_context
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.web.headers import CAMERA, FILE_POLICY, FRAGMENT_HEADERS, HEADERS
from tests.html import BUTTONS, Document, new_faults, without_tokens, words
from tests.personas import BROWSER, open_session

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
MAP_TILES = "https://*.tiles.example"
"""Where tests say that tiles come from; pages with a map may show them."""
POST_ANSWERS = (303, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 503)


class Client(FlaskClient):
    """Keeps each request apart from the test: its own app context, and in it its own database session."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if has_app_context():
            db.session.commit()  # what the test made is there for the request, and is read anew after it
        kwargs.setdefault("buffered", True)  # what is sent from a file is read to its end, and the file closed
        return Context().run(super().open, *args, **kwargs)


def forget_parts(app: Flask) -> None:
    """Empty what earlier tests have left in the caches of parts, which may tell of another minute."""
    for name in ("hampa.parts", "hampa.shared_parts"):
        app.extensions[name].clear()


class Page:
    """One browser: its cookies, its language, and who is signed in with it."""

    def __init__(self, app: Flask, language: str = "en", *, fragments: bool = False) -> None:
        self.app = app
        self.client = Client(app, app.response_class, use_cookies=True)
        self.language = language
        self.fragments = fragments

    @property
    def copy(self) -> Page:
        """A browser with the same cookies, which change in this one alone."""
        other = Page(self.app, self.language, fragments=self.fragments)
        other.client._cookies = dict(self.client._cookies or {})
        return other

    def as_(self, person: Person | None) -> Page:
        """Another browser, in which this person is signed in; nobody, when there is none."""
        other = Page(self.app, self.language)
        if person is not None:
            other._sign_in(person)
        return other

    def speaking(self, language: str) -> Page:
        """Return the same browser with another language in its settings."""
        other = Page(self.app, language, fragments=self.fragments)
        other.client = self.client
        return other

    @property
    def htmx(self) -> Page:
        """The same browser, asking for fragments as htmx does."""
        other = Page(self.app, self.language, fragments=True)
        other.client = self.client
        return other

    def get(self, url: str, status: int | None = None, *, whole: Answer | None = None, **more: Any) -> Answer:
        """Ask for a page, or a fragment, which is part of the `whole` page; that is asked for where it is not given."""
        answer = self._ask("GET", url, status, **more)
        if self.fragments and answer.status == 200 and answer.is_html and not answer.is_whole:
            whole = whole or Page.get(self._plain(), url)
            part = without_tokens(answer.text)
            assert part and part in without_tokens(whole.text), f"GET {url}: the fragment is not a part of the page"
        return answer

    def post(self, url: str, data: Any = None, status: int | None = None, **more: Any) -> Answer:
        """Post fields without looking at the form first; the token is that of this browser."""
        fields = MultiDict(data or {})
        fields.setdefault("csrf_token", self.token())
        return self.post_raw(url, fields, status, **more)

    def post_raw(self, url: str, data: Any, status: int | None = None, **more: Any) -> Answer:
        """Post exactly this, token or no token."""
        return self._ask("POST", url, status, data=data, **more)

    def token(self) -> str:
        """Return a token such as the forms of this browser carry."""
        with self.client.session_transaction() as cookie:
            secret = cookie.setdefault("csrf_token", "a" * 40)
        return self.token_of(secret)

    def token_of(self, secret: str) -> str:
        """Return the token for what a browser keeps in its cookie."""
        signer = URLSafeTimedSerializer(str(self.app.secret_key), salt="wtf-csrf-token")
        return str(signer.dumps(secret))

    def _plain(self) -> Page:
        other = Page(self.app, self.language)
        other.client = self.client
        return other

    def _sign_in(self, person: Person) -> None:
        token = open_session(person)
        with self.client.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True
        db.session.commit()

    def _ask(self, method: str, url: str, status: int | None, **more: Any) -> Answer:
        headers = {"Accept-Language": self.language, "User-Agent": BROWSER} | (PARTIAL if self.fragments else {})
        headers |= more.pop("headers", {})
        answer = Answer(self, method, url, self.client.open(url, method=method, headers=headers, **more))
        answer.check()
        if status is not None:
            assert answer.status == status, f"{method} {url} answered {answer.status}, not {status}: {answer.summary}"
        return answer


class Answer:
    """What came back."""

    def __init__(self, page: Page, method: str, url: str, response: TestResponse) -> None:
        self.page = page
        self.method = method
        self.url = url
        self.response = response
        self.status = response.status_code
        kind = response.mimetype or ""
        readable = kind.startswith(("text/", "application/")) and kind not in ("application/zip", "application/gzip")
        self.text = response.get_data(as_text=True) if readable else ""
        self.is_whole = self.text.lstrip()[:9].lower() == "<!doctype"
        self.document = Document(self.text, fragment=page.fragments and not self.is_whole)

    @property
    def is_html(self) -> bool:
        return self.response.mimetype == "text/html"

    @property
    def location(self) -> str:
        """Where a redirect leads, htmx's too: path and query."""
        target = self.response.headers.get("Location") or self.response.headers["HX-Redirect"]
        parts = urlsplit(target)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    @property
    def json(self) -> Any:
        return self.response.get_json()

    @property
    def words(self) -> str:
        """What a person reads on it."""
        return self.document.text

    @property
    def summary(self) -> str:
        return f"→ {self.location}" if self.status == 303 else self.words[:600] if self.is_html else self.text[:300]

    def all(self, tag: str = "*", **attributes: str) -> list[Element]:
        return self.document.all(tag, **attributes)

    def one(self, tag: str = "*", **attributes: str) -> Element:
        return self.document.one(tag, **attributes)

    @property
    def links(self) -> list[str]:
        return [link.attrib["href"] for link in self.all("a") if "href" in link.attrib]

    @property
    def forms(self) -> list[Form]:
        return [Form(self, element) for element in self.all("form")]

    def form(self, action: str | None = None) -> Form:
        """Return the form that goes to `action`, of several the one in <main>; without one, the only form in <main>."""
        if action is None:
            main = self.all("main")
            inside = set(main[0].iter("form")) if main else set(self.all("form"))
            fitting = [form for form in self.forms if form.element in inside]
        else:
            fitting = [form for form in self.forms if form.action == action]
            if len(fitting) > 1:  # the header has forms of its own, such as the search
                inside = {element for main in self.all("main") for element in main.iter("form")}
                fitting = [form for form in fitting if form.element in inside]
        listed = [f"{form.method} {form.action}" for form in self.forms]
        assert len(fitting) == 1, (
            f"{self.url}: {len(fitting)} forms to {action or 'choose from'}, not one; all: {listed}"
        )
        return fitting[0]

    def follow(self) -> Answer:
        """Go where the redirect leads, as a whole page."""
        assert self.status == 303 or "HX-Redirect" in self.response.headers, f"{self.url} does not redirect"
        return self.page._plain().get(self.location)

    def error_of(self, name: str) -> str:
        """Return the error beside a refused field."""
        fields = [field for field in self.all(name=name) if field.get("aria-invalid") == "true"]
        assert fields, f"{self.url}: “{name}” is not marked as wrong"
        told = fields[0].get("aria-errormessage") or fields[0].get("aria-describedby", "")
        texts = [words(self.one(id=target)) for target in told.split()]
        assert any(texts), f"{self.url}: “{name}” is marked as wrong without a reason"
        return " ".join(texts)

    def check(self) -> None:
        where = f"{self.method} {self.url}"
        assert self.status < 500 or self.status == 503, f"{where} answered {self.status}: {self.words[:600]}"
        if 300 <= self.status < 400 and self.status != 304:
            assert self.status == 303, f"{where} redirects with {self.status}: use pages.redirect, which says 303"
        if self.method == "POST" and not self.page.fragments:
            assert self.status in POST_ANSWERS, f"{where} answered {self.status}: 303 when done, 422 when refused"
        other = {"Permissions-Policy": CAMERA} if "/attendance" in self.url else {}
        if self.response.headers.get("Content-Disposition", "").startswith("attachment"):
            other["Content-Security-Policy"] = FILE_POLICY
        for name, value in HEADERS.items():
            given = self.response.headers.get(name, "").replace(f" {MAP_TILES}", "")
            allowed = {value, other.get(name, value)}
            assert given in allowed, f"{where}: header {name} is missing or another"
        if not self.is_html:
            return
        missing = set(FRAGMENT_HEADERS) - set(self.response.vary)
        assert not missing, f"{where}: Vary leaves out {sorted(missing)}"
        wrong = new_faults(self.document) if self.text and self.status != 303 else []
        assert not wrong, f"{where} ({self.status}):\n  " + "\n  ".join(wrong)


@dataclass
class Form:
    """A form on a page, filled in as a browser would."""

    answer: Answer
    element: Element

    def __post_init__(self) -> None:
        own = self.element.get("id")
        outside = [e for e in self.answer.all() if own and e.get("form") == own]
        self.controls = [*(e for e in self.element.iter() if isinstance(e.tag, str) and e.get("name")), *outside]
        self.values: MultiDict[str, str] = MultiDict()
        for control in self.controls:
            for value in _sent(control):
                self.values.add(str(control.get("name")), value)

    @property
    def method(self) -> str:
        return self.element.get("method", "get").upper()

    @property
    def action(self) -> str:
        return self.element.get("action") or self.answer.url

    @property
    def names(self) -> list[str]:
        """The names of its fields, each once; buttons, the token and the id of the form are left out."""
        named = (str(c.get("name")) for c in self.controls if c.tag != "button" and c.get("type") not in BUTTONS)
        return [name for name in dict.fromkeys(named) if name not in ("csrf_token", "submission")]

    def choices(self, name: str) -> list[str]:
        """Return the values that a select, radio or checkbox of this name offers."""
        fields = [control for control in self.controls if control.get("name") == name]
        options = [option.get("value") or words(option) for field in fields for option in field.iter("option")]
        return options or [f.get("value", "on") for f in fields if f.get("type") in ("radio", "checkbox")]

    def fill(self, **values: Any) -> Form:
        """Fill fields in; a list ticks several boxes. A field or a choice that is not there is a fault."""
        for name, value in values.items():
            assert name in self.names, f"{self.answer.url}: no field “{name}”; there are {self.names}"
            given = [str(one) for one in value] if isinstance(value, (list, tuple)) else [str(value)]
            choices = self.choices(name)
            strange = [one for one in given if choices and one not in choices]
            assert not strange, f"{self.answer.url}: “{name}” offers {choices}, not {strange}"
            self.values.setlist(name, given)
        return self

    def submit(self, button: str | None = None, *, htmx: bool = False, status: int | None = None) -> Answer:
        """Press the first button, or the one whose value (or words) are `button`."""
        page = self.answer.page.htmx if htmx else self.answer.page._plain()
        values, target = self.values.copy(), self.action
        pressed = self._button(button)
        if pressed is not None:
            target = pressed.get("formaction", target)
            if pressed.get("name"):
                values.add(str(pressed.get("name")), pressed.get("value", ""))
        if self.method == "POST":
            return page.post_raw(target, values, status)
        return page._ask("GET", target, status, query_string=values)

    def _button(self, wanted: str | None) -> Element | None:
        inside = [e for e in self.element.iter("button") if e.get("type", "submit") == "submit"]
        outside = [
            e for e in self.answer.all("button") if self.element.get("id") and e.get("form") == self.element.get("id")
        ]
        if wanted is None:
            return (inside + outside or [None])[0]
        fitting = [b for b in inside + outside if wanted in (b.get("value"), words(b))]
        assert len(fitting) == 1, f"{self.answer.url}: {len(fitting)} buttons “{wanted}”, not one"
        return fitting[0]


def _sent(control: Element) -> list[str]:
    """Return what a browser sends for a control that nobody touched."""
    if "disabled" in control.attrib or control.tag == "button" or control.get("type") in BUTTONS | {"file"}:
        return []
    if control.tag == "textarea":
        return ["".join(control.itertext())]
    if control.tag == "select":
        options = list(control.iter("option"))
        chosen = [option for option in options if "selected" in option.attrib]
        chosen = chosen or ([] if "multiple" in control.attrib else options[:1])
        return [option.get("value", words(option)) for option in chosen]
    if control.get("type") in ("checkbox", "radio"):
        return [control.get("value", "on")] if "checked" in control.attrib else []
    return [control.get("value", "")]
