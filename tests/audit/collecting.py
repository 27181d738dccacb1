"""A pytest plugin that keeps every whole page which a test sees, one of each shape, in the folder HAMPA_AUDIT_PAGES.

All people read HAMPA_AUDIT_LANGUAGE. Behind the end of its HTML a page says in a comment how it was asked for.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import event

from hampa.people.models import Person
from tests.html import shape
from tests.page import Answer, Page

FOLDER = Path(os.environ["HAMPA_AUDIT_PAGES"])
LANGUAGE = os.environ["HAMPA_AUDIT_LANGUAGE"]
_check = Answer.check


@event.listens_for(Person, "init")
def read_the_language(_person: Person, _args: Any, given: dict[str, Any]) -> None:
    """Have each person read the language that is asked for."""
    given["locale"] = LANGUAGE


def keep(answer: Answer) -> None:
    """Check the answer as ever, and keep it."""
    _check(answer)
    if answer.is_html and answer.is_whole and answer.status != 303:
        path = FOLDER / f"{LANGUAGE}-{answer.status}-{shape(answer.document).hex()}.html"
        if not path.exists():
            path.write_text(f"{answer.text}\n<!-- {answer.method} {answer.url} -->\n")


Page.__init__.__defaults__ = (LANGUAGE,)
Answer.check = keep
