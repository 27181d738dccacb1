"""The fixtures of webhooks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hampa.platform.delivery.call_gateway import CallGateway
from hampa.platform.delivery.gateways import use_gateway
from hampa.platform.delivery.posting import Poster
from hampa.webhooks.jobs import note_call
from tests.push_server import PushServer, push_server


@pytest.fixture
def receiver(app, db_session) -> Iterator[PushServer]:
    """Yield a server that receives calls, on this machine."""
    with push_server() as server:
        gateway = CallGateway(note_call, Poster("a webhook", local=True))
        gateway.parallel = 1  # all of it in the transaction of the test
        before = app.extensions.get("hampa.webhook")
        use_gateway(app, "webhook", gateway)
        yield server
        gateway.close()
        app.extensions["hampa.webhook"] = before
