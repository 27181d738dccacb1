"""`flask outbox`: what waits, what failed, and what to do about it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask
from flask.cli import AppGroup

from hampa.outbox import actions, queries
from hampa.outbox.models import ENDED, OPEN, OutboxMessage
from hampa.platform.db import db
from hampa.platform.errors import DomainError
from hampa.platform.locale import phone
from hampa.platform.mail import addresses

outbox = AppGroup("outbox", help="What must leave the house: look at it, send it again, cancel it.")


def init_app(app: Flask) -> None:
    app.cli.add_command(outbox)


@outbox.command("list")
@click.option("--status", type=click.Choice(OPEN + ENDED), help="Only those.")
@click.option("--limit", default=50, show_default=True)
def list_messages(status: str | None, limit: int) -> None:
    """The newest messages, after how many there are of each status."""
    counts = queries.counts()
    click.echo("  ".join(f"{name}: {counts.get(name, 0)}" for name in OPEN + ENDED))
    for message in queries.latest(status, limit):
        click.echo(line(message))


@outbox.command("show")
@click.argument("message_id", type=click.UUID)
def show_message(message_id: uuid.UUID) -> None:
    """One message and all that happened to it; never its secret."""
    message = found(message_id)
    click.echo(line(message))
    facts = {
        "to": message.recipient,
        "template": f"{message.template} ({message.locale})",
        "data": message.data,
        "attempts": message.attempts,
        "next attempt": message.next_attempt_at if message.status in OPEN else None,
        "expires": message.expires_at,
        "sent": message.sent_at,
        "provider": " ".join(filter(None, (message.provider, message.provider_id))),
        "segments": message.segments,
    }
    for name, value in facts.items():
        if value not in (None, ""):
            click.echo(f"  {name}: {value}")
    for event in queries.history_of(message.id):
        detail = f": {event.detail}" if event.detail else ""
        click.echo(f"  {event.created_at:%Y-%m-%d %H:%M:%S} {event.what}{detail}")


@outbox.command("retry")
@click.argument("message_ids", type=click.UUID, nargs=-1, required=True)
def retry_messages(message_ids: tuple[uuid.UUID, ...]) -> None:
    """Send messages that failed or were cancelled again, from their first try."""
    for message_id in message_ids:
        message = found(message_id)
        with refusing():
            actions.retry_message(message)
        db.session.commit()
        click.echo(line(message))


@outbox.command("cancel")
@click.argument("message_ids", type=click.UUID, nargs=-1, required=True)
def cancel_messages(message_ids: tuple[uuid.UUID, ...]) -> None:
    """Let messages that wait never be sent."""
    for message_id in message_ids:
        message = found(message_id)
        with refusing():
            actions.cancel_message(message)
        db.session.commit()
        click.echo(line(message))


def found(message_id: uuid.UUID) -> OutboxMessage:
    with refusing():
        return queries.message(message_id)


@contextmanager
def refusing() -> Iterator[None]:
    """What an action refuses ends the command with one line."""
    try:
        yield
    except DomainError as refused:
        raise click.ClickException(refused.message) from None


def line(message: OutboxMessage) -> str:
    """One message on one line, without the number or the address, and without the text."""
    error = f"  {message.last_error}" if message.last_error else ""
    return (
        f"{message.id}  {message.created_at:%Y-%m-%d %H:%M}  {message.status:9}  "
        f"{message.purpose}  {masked(message)}{error}"
    )


def masked(message: OutboxMessage) -> str:
    """To whom it goes, as operators may read it."""
    return addresses.mask(message.recipient) if message.kind == "mail" else phone.mask(message.recipient)
