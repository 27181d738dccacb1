"""Every operation of the API stands in its table, and answers each viewer as that says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from flask import Flask
from typing_extensions import is_typeddict

from hampa.platform.api.serving import operations_of
from tests.belongings import give_things
from tests.house.routes import VIEWERS
from tests.program import Program
from tests.sweep import Sweep, parts

TABLE = Path(__file__).with_name("api_matrix.txt")


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    method: str
    rule: str
    statuses: tuple[int, ...]
    body: Any

    @property
    def operation(self) -> str:
        return f"{self.method} {self.rule}"


def rows() -> list[Row]:
    """Return the rows of the table."""
    found = []
    for line in TABLE.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            method, rule, *more = line.split(None, 7)
            body = json.loads(more[5]) if len(more) == 6 else None
            found.append(Row(method, rule, tuple(map(int, more[:5])), body))
    return found


LISTED = rows()


def test_the_table_has_every_operation_and_no_other(app: Flask):
    with app.app_context():
        there = {f"{operation.method} {operation.rule}" for operation in operations_of(app)}
    listed = {row.operation for row in LISTED}
    assert not (there - listed), f"no line in {TABLE.name}: {sorted(there - listed)}"
    assert not (listed - there), f"promised, and gone: {sorted(listed - there)}"


WITHOUT_CONDITION = {
    "DELETE /me/sessions": "it ends all others, whatever they are",
    "PUT /me/availability": "it replaces all that one says of oneself",
    "PUT /me/deadline-days": "the same",
    "DELETE /me/timer": "what is read there is another each second",
    "DELETE /bookings/<uuid:booking_id>": "a coordinator ends what they do not read",
    "PUT /coached/<link>": "an invitation never changes: it is open, or over",
    "DELETE /coached/<link>": "the same",
}
"""Changes of what a GET on the same path shows that take no `If-Match`, and why."""


def test_a_change_of_what_is_read_on_the_same_path_takes_if_match(app: Flask):
    with app.app_context():
        operations = operations_of(app)
    read = {operation.rule for operation in operations if operation.method == "GET" and not operation.is_list}
    free = {
        f"{operation.method} {operation.rule}"
        for operation in operations
        if operation.method in ("PATCH", "PUT", "DELETE") and operation.rule in read and operation.options.locks is None
    }
    assert not free - {*WITHOUT_CONDITION}, f"give them `locks`: {sorted(free - {*WITHOUT_CONDITION})}"


WITHOUT_STAMPS = {
    "CompanionData": "a person, whose times tell others when they changed what is hidden",
    "FoundPerson": "a person",
    "ParticipantData": "a person",
    "ProfileData": "a person",
    "Summary": "a person",
    "Whoami": "what the token says; `GET /me` has the person",
    "MuteData": "its id is that of what is muted",
    "HitData": "its id is that of what was found",
}
"""What has an id and not all of `created_at`, `updated_at` and `version`, and why."""


def test_what_has_an_id_has_its_times_and_its_version(app: Flask):
    with app.app_context():
        returned = [operation.returns for operation in operations_of(app)]
    shapes = {shape for kind in returned for shape in (kind, *get_args(kind)) if is_typeddict(shape)}
    fields = {shape.__name__: set(get_type_hints(shape)) for shape in shapes}
    bare = {name for name, has in fields.items() if "id" in has and not {"created_at", "updated_at", "version"} <= has}
    assert len(fields) > 100
    assert bare == {*WITHOUT_STAMPS}


@pytest.mark.parametrize("listed", parts(LISTED, 6))  # a visitor asks a hundred times a minute at most
def test_each_viewer_gets_what_is_theirs(program: Program, sweep: Sweep, listed: list[Row]):
    give_things(sweep.setting.stranger)
    programs = {viewer: program.as_(sweep.setting.viewer(viewer)) for viewer in VIEWERS}
    for row in listed:
        path = sweep.setting.address(row.rule)
        more = {} if row.body is None else {"json": row.body}
        for viewer, status in zip(VIEWERS, row.statuses, strict=True):
            with sweep.attempt(f"{row.operation} for the {viewer}"):
                programs[viewer].ask(row.method, path, status, **more)
