"""Worker, PostgreSQL and Redis are killed (-9) in the middle of sending, and started again: nothing is lost."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from flask import Flask
from sqlalchemy import select

from hampa.app import create_app
from hampa.outbox.models import OutboxMessage
from hampa.platform import config, embedded
from hampa.platform.db import db
from hampa.platform.migrations import upgrade
from tests.faults import workers
from tests.faults.conftest import let_leases_end, none_open, write
from tests.faults.workers import wait_until
from tests.sms_gateway import Reply, SmsGateway

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]


@pytest.fixture
def home() -> Iterator[Path]:
    """Yield a home with servers of its own, which the user that PostgreSQL runs as can reach."""
    folder = Path(tempfile.mkdtemp(prefix="hampa-faults-"))
    folder.chmod(0o755)
    yield folder
    embedded.stop(folder)
    shutil.rmtree(folder)


def environ_of(home: Path, gateway: SmsGateway) -> dict[str, str]:
    return {
        "HAMPA_ENV": "test",
        "HAMPA_PAGE_VISITOR_LIMIT": "1000000",
        "HAMPA_HOME": str(home),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "HAMPA_SMS_GATEWAY": "webhook",
        "HAMPA_SMS_WEBHOOK_URL": gateway.url,
    }


@pytest.fixture
def own_app(home: Path, gateway: SmsGateway) -> Iterator[Flask]:
    app = create_app(config.load(environ_of(home, gateway)))
    with app.app_context():
        upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()


def kill_servers(home: Path) -> int:
    """Everything that works in a folder of this home; how many processes that were."""
    found = [process for process in psutil.process_iter() if _works_in(process, home)]
    for process in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(found, timeout=10)
    return len(found)


def _works_in(process: psutil.Process, home: Path) -> bool:
    with contextlib.suppress(psutil.Error):
        return Path(process.cwd()).is_relative_to(home)
    return False


def test_nothing_is_lost(own_app: Flask, home: Path, gateway: SmsGateway, tmp_path: Path) -> None:
    write("code", 40)
    write("notice", 200)
    gateway.answer = lambda _call: time.sleep(0.01) or Reply()
    with workers.working(environ_of(home, gateway), tmp_path / "worker.log") as worker:
        wait_until(lambda: len(gateway.calls) > 60)
        worker.kill()
        db.session.remove()
        db.engine.dispose()
        assert kill_servers(home) > 2

    embedded.ensure(home)
    assert not none_open(), "there was something left to lose"
    let_leases_end()
    with workers.working(environ_of(home, gateway), tmp_path / "again.log"):
        wait_until(none_open)

    messages = db.session.execute(select(OutboxMessage.id, OutboxMessage.purpose, OutboxMessage.status)).all()
    assert len(messages) == 240
    for message in messages:
        calls = gateway.calls_for(str(message.id))
        if message.purpose == "sign_in_code":
            assert message.status in ("sent", "failed")
            assert calls <= 1
        else:
            assert message.status == "sent"
            assert 1 <= calls <= 2
