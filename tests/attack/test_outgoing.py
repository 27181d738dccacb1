"""Addresses that people name for calls and devices: none of them keeps others from getting their messages."""

from __future__ import annotations

import pytest

from hampa.platform.delivery.base import Fault, Outcome
from hampa.platform.delivery.endpoints import parts_of_endpoint
from hampa.platform.delivery.posting import Poster
from hampa.platform.security.outgoing import resolve

NO_NAMES = ["a..b", f"{'x' * 64}.example"]


@pytest.mark.parametrize("host", NO_NAMES)
def test_a_host_that_is_no_name_is_neither_taken_nor_a_fault_of_ours(program, owner, host: str):
    assert parts_of_endpoint(f"https://{host}/") is None
    program.as_(owner).post("/me/webhooks", {"url": f"https://{host}/", "events": ["run.published"]}, 422)
    with pytest.raises(OSError):
        resolve(host)


@pytest.mark.parametrize("error", [UnicodeError, ValueError, RuntimeError, KeyError, OSError])
def test_whatever_an_address_brings_about_is_no_fault_of_the_gateway(error: type[Exception]):
    def fail(_host: str) -> list[str]:
        raise error("a name of somebody's own")

    poster = Poster("a webhook", resolver=fail)
    try:
        outcome = poster.post("https://calls.example/", {}, b"", "somebody")
    finally:
        poster.close()
    assert isinstance(outcome, Outcome) and outcome.cause is Fault.MESSAGE
