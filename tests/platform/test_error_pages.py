"""What an error page leads back to."""

from __future__ import annotations

import pytest

from hampa.platform.web.errors import form_before


@pytest.mark.parametrize(
    ("referrer", "back"),
    [
        ("http://localhost/me/picture", "/me/picture"),
        ("https://localhost/runs/new?copy=1", "/runs/new?copy=1"),
        ("http://localhost/", "/"),
        ("http://elsewhere.example/me/picture", None),
        ("http://localhost.elsewhere.example/", None),
        ("http://localhost@elsewhere.example/", None),
        ("http://localhost//elsewhere.example/", None),
        ("http://localhost/\\elsewhere.example", None),
        ("javascript:alert(1)", None),
        ("http://[::1", None),
        ("", None),
    ],
)
def test_who_sent_a_form_finds_back_to_it_and_nowhere_else(app, referrer, back):
    with app.test_request_context("/me/picture", method="POST", headers={"Referer": referrer}):
        assert form_before() == back
    with app.test_request_context("/me/picture", headers={"Referer": referrer}):
        assert form_before() is None
