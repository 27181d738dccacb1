"""`flask hampa up | serve | create-operator | change-phone | unlock | doctor | backup | restore | reset`."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import text

from hampa.admin import actions
from hampa.platform import config as site_config, doctor as checks, embedded, migrations, serving
from hampa.platform.backups import archive
from hampa.platform.cli import hampa
from hampa.platform.config import CHECKOUT, Settings, settings
from hampa.platform.db import db
from hampa.platform.errors import DomainError, NotFound
from hampa.platform.locale import phone as phones
from hampa.platform.redis import redis
from hampa.platform.supervisor import GRACE_SECONDS, Program, StopSignal, stop_on_signals, supervise
from hampa.platform.web import health

SERVER_CHECK_SECONDS = 2.0


@hampa.command("up")
@click.pass_context
def up(context: click.Context) -> None:
    """Run everything: database and Redis if need be, migrations, demo community, web, worker."""
    config = settings()
    worker = Program("worker", [sys.executable, str(CHECKOUT / "worker.py")])
    with _prepared(config) as stopping:
        if config.demo:
            context.invoke(hampa.commands["demo"])
        _run([_web(), worker], config, stopping)


@hampa.command("serve")
def serve() -> None:
    """Run the web server alone, as production does; the worker is `python worker.py`."""
    config = settings()
    with _prepared(config) as stopping:
        _run([_web()], config, stopping)


@contextlib.contextmanager
def _prepared(config: Settings) -> Iterator[StopSignal]:
    """Check the port and migrate the database; yield a signal that is set when the process has to stop."""
    try:
        serving.check_port(config)
    except serving.PortTaken as error:
        raise click.ClickException(str(error)) from None
    with stop_on_signals() as stopping:
        migrations.upgrade()
        yield stopping


def _web() -> Program:
    return Program("web", serving.command())


def _run(programs: list[Program], config: Settings, stopping: StopSignal) -> None:
    """Run the programs with this process's database and Redis; they start none of their own."""
    db.engine.dispose()
    environ = {**os.environ, "DATABASE_URL": config.database_url, "REDIS_URL": config.redis_url}
    threading.Thread(target=_keep_servers, args=(stopping,), daemon=True).start()
    grace = GRACE_SECONDS + config.drain_seconds
    try:
        supervise(programs, environ, stopping, announced=lambda: _announced(config), grace_seconds=grace)
    finally:
        serving.forget_address(config)
    click.echo("Hampa has ended.")


def _keep_servers(stopping: StopSignal) -> None:
    """Restart the embedded database or Redis if it dies: the programs only wait for it."""
    while not stopping.wait(SERVER_CHECK_SECONDS):
        try:
            embedded.with_embedded_servers(site_config.load(os.environ))
        except embedded.EmbeddedError as error:
            click.echo(f"hampa: {error}", err=True)


def _announced(config: Settings) -> bool:
    """Print the address of the site once it answers; return whether it does."""
    if not serving.answers(config):
        return False
    serving.note_address(config)
    click.echo(f"Hampa is at {config.base_url}")
    if config.development:
        click.echo(f"SMS can be read at {config.base_url}/dev/outbox")
        click.echo("Only this machine can open it: HAMPA_ENV is development.")
    click.echo("Ctrl-C ends it.")
    return True


@hampa.command("create-operator")
@click.argument("phone")
def create_operator(phone: str) -> None:
    """Make the person with this PHONE an operator; create the person if there is none."""
    config, number = settings(), _mobile_number(phone)
    _migrate_if_needed()
    actions.create_operator(number, locale=config.default_locale, timezone=config.timezone)
    db.session.commit()
    click.echo(f"{number} is an operator, and signs in at {serving.address_of(config)}/login")


def _migrate_if_needed() -> None:
    """Run the migrations of a database that lacks some: the first operator may be made before the first start."""
    try:
        health.check_migrations()
    except health.NotReady:
        migrations.upgrade()


@hampa.command("change-phone")
@click.argument("old")
@click.argument("new")
def move_account(old: str, new: str) -> None:
    """Move the account of number OLD to number NEW, for somebody who lost OLD. Check who asks: OLD gets an SMS."""
    numbers = _mobile_number(old), _mobile_number(new)
    try:
        actions.move_account(*numbers)
    except NotFound:
        raise click.ClickException(f"{old} has no account") from None
    except DomainError:
        raise click.ClickException(f"{new} has an account, or {old} is not active") from None
    db.session.commit()
    click.echo(f"{new} signs in where {old} did, and {old} was told.")


@hampa.command("unlock")
@click.argument("phone")
def unlock(phone: str) -> None:
    """Let a number try again after too many wrong codes."""
    number = _mobile_number(phone)
    was_locked = actions.unlock(number)
    db.session.commit()
    click.echo(f"{number} may try again." if was_locked else f"{number} had no wrong codes.")


def _mobile_number(value: str) -> str:
    try:
        return phones.parse(value, settings().phone_region)
    except phones.PhoneError as error:
        raise click.ClickException(f"{value} can't be used: {error.reason.replace('_', ' ')}") from None


@hampa.command("doctor")
def doctor() -> None:
    """Check settings, database, migrations, Redis, gateway, disk and clock."""
    results = list(checks.run_checks())
    for result in results:
        click.echo(f"{result.state:<5}{result.part:<12}{result.words}")
    if any(result.state == "fail" for result in results):
        sys.exit(1)


@hampa.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write the database and all files to FILE, a tar archive."""
    part = file.with_name(f"{file.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            manifest = archive.write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        part.rename(file)
    except archive.BackupError as error:
        raise click.ClickException(str(error)) from None
    finally:
        part.unlink(missing_ok=True)
    actions.record_backup(file.name, manifest.files)
    db.session.commit()
    click.echo(f"{file}: the database at {manifest.revision}, and {manifest.files} files")


@hampa.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--replace", is_flag=True, help="Delete what is there: all of the database, files and Redis.")
def restore(file: Path, replace: bool) -> None:
    """Put the backup in FILE in place of an empty site. Stop web and worker first."""
    try:
        manifest = archive.restore(file, replace=replace)
    except archive.BackupError as error:
        raise click.ClickException(str(error)) from None
    actions.record_restored(file.name, manifest.files, manifest.made_at, replaced=replace)
    db.session.commit()
    made_at = datetime.fromisoformat(manifest.made_at).astimezone(UTC)
    click.echo(f"As it was on {made_at:%Y-%m-%d at %H:%M} UTC: the database, and {manifest.files} files")
    for result in checks.check_secrets():
        if result[0] == "fail":
            click.echo(f"hampa: {result[1]}: set the HAMPA_SECRET_KEY that the site had", err=True)


@hampa.command("reset")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(yes: bool) -> None:
    """Empty the database and Redis (development only)."""
    if not settings().development:
        raise click.ClickException("only with HAMPA_ENV=development")
    where = db.engine.engine.url.render_as_string(hide_password=True)
    if not yes:
        click.confirm(f"Everything in {where} will be gone, and all of its Redis. Go on?", abort=True)
    db.session.execute(text("DROP SCHEMA public CASCADE"))
    db.session.execute(text("CREATE SCHEMA public"))
    db.session.commit()
    redis().flushdb()
    migrations.upgrade()
    actions.record_site(actions.RESET)
    db.session.commit()
    click.echo("Empty, and migrated.")
