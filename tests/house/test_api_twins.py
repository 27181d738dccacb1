"""What a person does on a page a program does by the API: every act has its operation, or says why not."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from hampa.platform.api.serving import operations_of
from tests.house.routes import rows

TABLE = Path(__file__).with_name("api_twins.txt")
DASH = "-"


def twins(text: str | None = None) -> dict[str, str]:
    """Return the operation of each act of a page, or a dash and the reason."""
    found = {}
    for line in (TABLE.read_text() if text is None else text).splitlines():
        if line.strip() and not line.startswith("#"):
            method, rule, twin = line.split(None, 2)
            found[f"{method} {rule}"] = twin.strip()
    return found


def faults(acts: set[str], operations: set[str], listed: dict[str, str]) -> list[str]:
    """Return what is wrong with a list of twins."""
    return [
        *(f"{act}: give it an operation of the API, or a reason in {TABLE.name}" for act in sorted(acts - set(listed))),
        *(f"{act}: listed, and gone" for act in sorted(set(listed) - acts)),
        *(
            f"{act}: there is no {twin}"
            for act, twin in sorted(listed.items())
            if not twin.startswith(DASH) and twin not in operations
        ),
        *(f"{act}: say why" for act, twin in sorted(listed.items()) if not twin.removeprefix(DASH).strip()),
    ]


def test_every_act_of_a_page_has_an_operation_or_a_reason(app: Flask):
    acts = {row.route for row in rows() if row.method != "GET"}
    operations = {f"{operation.method} {operation.rule}" for operation in operations_of(app)}
    assert not (found := faults(acts, operations, twins())), "\n".join(found)


def test_an_act_without_an_operation_is_found():
    listed = twins("POST /a  POST /as\nPOST /b  - of browsers\nPOST /c  POST /gone\nPOST /d  -\n")
    found = faults({"POST /a", "POST /b", "POST /c", "POST /d", "POST /new"}, {"POST /as"}, listed)
    assert [fault.split(":")[0] for fault in found] == ["POST /new", "POST /c", "POST /d"]
