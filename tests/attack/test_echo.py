"""What is typed comes back in the page that refuses it: never as something many times larger."""

from __future__ import annotations

import pytest

from tests.factories.runs import make_run
from tests.page import Page

FORMS = ("/runs/new", "/runs/{run}/edit", "/runs/{run}/organisers", "/cards/new")


@pytest.mark.parametrize("address", FORMS)
def test_a_large_form_is_not_answered_by_a_larger_page(page: Page, owner, address):
    browser = page.as_(owner)
    path = address.format(run=make_run(owner).id)
    form = browser.get(path, 200).form()
    usual = len(browser.get(path).text.encode())
    token = {"csrf_token": form.values["csrf_token"]}
    names = [name for name in form.values if name != "csrf_token"]
    for fields in (
        {name: "1," * (400_000 // len(names)) for name in names},
        {name: "ش\n" * (200_000 // len(names)) for name in names},
        {name: ["1"] * (900 // len(names)) for name in names},
    ):
        answer = browser.client.post(form.action, data=fields | token)
        assert answer.status_code in (303, 413, 422)
        sent = sum(len("".join(value).encode()) for value in fields.values())
        assert len(answer.get_data()) < 2 * usual + 3 * sent
