"""Whatever the document allows, and does not, is asked of the API: every answer is one that the document has.

Schemathesis makes the requests, of good and of bad data, and holds all of its checks against each answer. A few cases of
each operation are part of all tests; `make fuzz` asks ten thousand.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable
from contextvars import Context
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.database import InMemoryExampleDatabase
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from sqlalchemy import Connection, text

from hampa.platform.api.document import document_of
from hampa.platform.api.operations import ROOT
from hampa.platform.api.serving import operations_of
from hampa.platform.db import db
from tests.personas import Setting
from tests.program import Program, token_of
from tests.sweep import parts
from tests.turns import in_turn

ONLY = os.environ.get("HAMPA_FUZZ_ONLY", "")
"""A part of the paths of the operations that are asked; all of them without it."""
CASES = int(os.environ.get("HAMPA_FUZZ", "250"))
REFUSED = ["2xx", "304", "401", "403", "404", "409", "412", "422", "429"]
"""Statuses of requests that are well formed: a document can't say that a card is somebody else's, or a name taken."""
PARTS = 2
OF_FILES = {
    "include-method": "POST",
    "include-path-regex": "/files",
    "checks": {"positive_data_acceptance": {"expected-statuses": [*REFUSED, "415"]}},
}
"""Nor can it say what is in a file: one that is of no kind that is kept is refused by its content."""
UNDER_WAY = {"checks": {"positive_data_acceptance": {"expected-statuses": REFUSED}}, "operations": [OF_FILES]}


class ForFuzzing:
    """The WSGI application as Schemathesis asks it: each request in a context of its own."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        environ.pop("HTTP_ACCEPT_ENCODING", None)  # compressed, it would be read by nobody
        return Context().run(self._answer, environ, start)

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        answer = self.app.wsgi_app(environ, start)
        body = [b"".join(answer)]
        if hasattr(answer, "close"):
            answer.close()
        return body


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_every_answer_is_in_the_document(
    app: Flask, program: Program, setting: Setting, connection: Connection, monkeypatch: pytest.MonkeyPatch, part: int
):
    unlimited = app.extensions["hampa.settings"].model_copy(
        update={"api_person_limit": 10**6, "api_visitor_limit": 10**6}
    )
    monkeypatch.setitem(app.extensions, "hampa.settings", unlimited)
    # To think of the next request may take longer than a transaction of the site may rest.
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    config = schemathesis.Config.from_dict(UNDER_WAY)
    schema = schemathesis.openapi.from_dict(document_of(app), config=config)
    schema.app = ForFuzzing(app)
    # Its WSGI client asks for compressed answers and does not unpack them.
    headers = {"Authorization": f"Bearer {token_of(setting.owner)}", "Accept-Encoding": "identity"}
    things = things_of(app, setting)
    operations = [result.ok() for result in schema.get_all_operations()]
    operations = [operation for operation in operations if re.search(ONLY, operation.path)]
    if "HAMPA_FUZZ" not in os.environ:  # else all of them
        operations = in_turn(*parts(operations, 6))
    each = max(2, CASES // len(operations) // 2)
    failures: list[str] = []
    asked: list[str] = []
    for operation in operations[part::PARTS]:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            ask(operation, mode, each, headers, things, connection, failures, asked)
    print(f"{len(asked)} requests to {len(operations[part::PARTS])} operations")
    assert not failures, f"{len(failures)} failures:\n" + "\n\n".join(failures)


def ask(
    operation: Any,
    mode: GenerationMode,
    count: int,
    headers: dict[str, str],
    things: dict[str, str],
    connection: Connection,
    failures: list[str],
    asked: list[str],
) -> None:
    """Ask an operation so many times with data of a mode, and note what is not as the document says."""

    @seed(7)
    @settings(
        max_examples=count,
        deadline=None,
        database=InMemoryExampleDatabase(),
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def test(case: Any) -> None:
        # What is not there is soon answered: two of three good requests are about what is.
        if case.path_parameters and mode is GenerationMode.POSITIVE and len(asked) % 3:
            case.path_parameters.update({name: things[name] for name in case.path_parameters if name in things})
        asked.append(operation.label)
        savepoint = connection.begin_nested()
        try:
            case.call_and_validate(headers=headers)
        finally:
            db.session.rollback()
            savepoint.rollback()

    try:
        test()
    except Unsatisfiable:  # there is no bad request for an operation that takes nothing
        assert mode is GenerationMode.NEGATIVE
    except (Exception, BaseExceptionGroup) as failure:
        failures.append(f"{operation.label} ({mode.value}): {told(failure)}")


def told(failure: BaseException) -> str:
    """Return what a failure says, and those in it."""
    inner = failure.exceptions if isinstance(failure, BaseExceptionGroup) else ()
    return "\n".join([f"{type(failure).__name__}: {failure}", *(told(each) for each in inner)])[:2500]


def things_of(app: Flask, setting: Setting) -> dict[str, str]:
    """Return what stands for the names in paths, where the small world has such a thing."""
    things = {}
    for name in {name for operation in operations_of(app) for _converter, name in operation.places}:
        with contextlib.suppress(LookupError, AttributeError, ValueError):
            things[name] = setting.address(f"<uuid:{name}>")
    db.session.commit()
    return things


def test_fuzzing_finds_what_is_not_documented(app: Flask, program: Program, setting: Setting, connection: Connection):
    """The control: an operation whose document leaves a status out fails."""
    document = document_of(app)
    path = f"{ROOT}/cards/{{card_id}}"
    poorer = {**document, "paths": {path: {"get": {**document["paths"][path]["get"]}}}}
    poorer["paths"][path]["get"]["responses"] = {"200": {"description": "Nothing else."}}
    schema = schemathesis.openapi.from_dict(poorer)
    schema.app = ForFuzzing(app)
    failures: list[str] = []
    for result in schema.get_all_operations():
        ask(result.ok(), GenerationMode.POSITIVE, 3, {}, {}, connection, failures, [])
    assert "Undocumented status code" in "".join(failures), failures
