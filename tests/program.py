"""A program that speaks to the API; every answer is held against the document.

program.as_(owner).get("/me", 200).data["name"]
"""

from __future__ import annotations

import json
from functools import reduce
from operator import getitem
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from hampa.people.models import Person
from hampa.platform.api import tokens
from hampa.platform.api.document import document_of
from hampa.platform.api.operations import PLACE, ROOT
from hampa.platform.db import db
from hampa.platform.security import access_tokens
from tests.page import Client
from tests.personas import open_session

DOCUMENT = "urn:hampa:document"
UNDOCUMENTED = (404, 405)
"""Statuses of paths and methods that the document does not have."""


class Program:
    """A client with a token, or none."""

    def __init__(self, app: Flask, language: str = "en", token: str | None = None) -> None:
        self.app = app
        self.client = Client(app, app.response_class, use_cookies=False)
        self.language = language
        self.token = token

    def as_(self, person: Person | None, *scopes: str) -> Program:
        """Return a program with a token of this person, for everything or for some scopes; without one for nobody."""
        return Program(self.app, self.language, token_of(person, *scopes) if person else None)

    def speaking(self, language: str) -> Program:
        """Return a program that asks for another language."""
        return Program(self.app, language, self.token)

    def get(self, path: str, status: int | None = None, **more: Any) -> Reply:
        """Read something."""
        return self.ask("GET", path, status, **more)

    def post(self, path: str, body: Any = None, status: int | None = None, **more: Any) -> Reply:
        """Create something."""
        return self.ask("POST", path, status, json={} if body is None else body, **more)

    def patch(self, path: str, body: Any, status: int | None = None, **more: Any) -> Reply:
        """Change something."""
        return self.ask("PATCH", path, status, json=body, **more)

    def put(self, path: str, body: Any, status: int | None = None, **more: Any) -> Reply:
        """Set something."""
        return self.ask("PUT", path, status, json=body, **more)

    def delete(self, path: str, status: int | None = None, **more: Any) -> Reply:
        """Remove something."""
        return self.ask("DELETE", path, status, **more)

    def ask(self, method: str, path: str, status: int | None = None, **more: Any) -> Reply:
        """Ask, and check the answer; `path` is below `/api/v1`."""
        headers = {"Accept-Language": self.language}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        headers |= more.pop("headers", {})
        url = path if path.startswith("/api/") else ROOT + path
        reply = Reply(method, path, self.client.open(url, method=method, headers=headers, **more))
        reply.check(self.app)
        if status is not None:
            assert reply.status == status, f"{method} {path} answered {reply.status}, not {status}: {reply.text}"
        return reply


class Reply:
    """An answer."""

    def __init__(self, method: str, path: str, response: TestResponse) -> None:
        self.method, self.path, self.response = method, path, response
        self.status = response.status_code
        self.headers = response.headers
        self.text = response.get_data(as_text=True) if response.mimetype == "application/json" else ""
        self.json: Any = json.loads(self.text) if self.text else None

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def meta(self) -> Any:
        return self.json["meta"]

    @property
    def error(self) -> Any:
        return self.json["error"]

    @property
    def details(self) -> dict[str, str]:
        """The messages beside fields."""
        return {each["field"]: each["message"] for each in self.error["details"]}

    def check(self, app: Flask) -> None:
        """Raise AssertionError if the document does not say that there is such an answer."""
        assert "Set-Cookie" not in self.headers, f"{self.path} sets a cookie"
        assert self.status < 500 or self.status == 503, f"{self.method} {self.path} answered {self.status}: {self.text}"
        if self.status == 204 or self.status == 304:
            assert not self.response.data
        place = _place_of(app, self.response)
        if place is None:
            assert self.status in (*UNDOCUMENTED, 204), (
                f"{self.method} {self.path} is not in the document: {self.status}"
            )
            return
        place = (*place, "responses", str(self.status))
        documented = _part(app, place[:-1]).get(place[-1])
        assert documented, f"{self.method} {self.path} answers {self.status}, which is not documented: {self.text}"
        if "$ref" in documented:
            place = ("components", "responses", documented["$ref"].rpartition("/")[2])
            documented = _part(app, place)
        for name, header in documented.get("headers", {}).items():
            assert name in self.headers or not header.get("required"), f"{self.path}: no {name}"
        if "content" in documented:
            assert self.response.mimetype in documented["content"], f"{self.path}: {self.response.mimetype}"
        if self.json is not None:
            validator = _validator(app, (*place, "content", "application/json", "schema"))
            faults = [f"{list(each.instance_path)}: {each.message}" for each in validator.iter_errors(self.json)]
            assert not faults, f"{self.method} {self.path} is not what the document says: {faults}"


Place = tuple[str, ...]
"""The keys that lead to a part of the document."""


def _place_of(app: Flask, response: TestResponse) -> Place | None:
    """Return where the document has the operation of a response, or None."""
    adapter = app.url_map.bind("")
    try:
        rule, _values = adapter.match(response.request.path, response.request.method, return_rule=True)
    except Exception:
        return None
    path, method = PLACE.sub(r"{\2}", rule.rule), response.request.method.lower()
    return ("paths", path, method) if method in document_of(app)["paths"].get(path, {}) else None


def _part(app: Flask, place: Place) -> Any:
    return reduce(getitem, place, document_of(app))


def _validator(app: Flask, place: Place) -> jsonschema_rs.Draft202012Validator:
    """Return what holds answers against a schema of the document, which is read once for all of them."""
    validators = app.extensions.setdefault("tests.validators", {})
    if place not in validators:
        if DOCUMENT not in validators:
            validators[DOCUMENT] = jsonschema_rs.Registry([(DOCUMENT, document_of(app))])
        keys = (quote(key.replace("~", "~0").replace("/", "~1"), safe="~") for key in place)
        reference = {"$ref": f"{DOCUMENT}#/{'/'.join(keys)}"}
        validators[place] = jsonschema_rs.Draft202012Validator(
            reference, registry=validators[DOCUMENT], validate_formats=True
        )
    return validators[place]


def token_of(person: Person, *scopes: str) -> str:
    """Return an access token of a person for these scopes, or for everything."""
    open_session(person, is_program=True)
    db.session.commit()
    assert person.session_id is not None
    return access_tokens.encode(person.id, person.session_id, scopes or [tokens.ALL], "person")


@pytest.fixture
def program(app: Flask, db_session: Session) -> Program:
    """Return a program without a token, in English."""
    return Program(app)
