"""`flask outbox`: list and show messages, send them again, cancel them."""

import uuid
from collections.abc import Callable

import click
from flask.cli import AppGroup

from hampa.outbox import actions, queries
from hampa.outbox.models import ENDED, OPEN, OutboxMessage
from hampa.platform.db import db
from hampa.platform.errors import DomainError
from hampa.platform.locale import phone
from hampa.platform.mail import addresses

outbox = AppGroup("outbox", help="What must leave the house: look at it, send it again, cancel it.")


@outbox.command("list")
@click.option("--status", type=click.Choice(OPEN + ENDED), help="Only those.")
@click.option("--limit", default=50, show_default=True)
def list_messages(status: str | None, limit: int) -> None:
    """List the newest messages, after the number of messages by status."""
    counts = queries.message_counts()
    click.echo("  ".join(f"{name}: {counts.get(name, 0)}" for name in OPEN + ENDED))
    for message in queries.latest_messages(status, limit):
        click.echo(_line(message))


@outbox.command("show")
@click.argument("message_id", type=click.UUID)
def show_message(message_id: uuid.UUID) -> None:
    """Show a message with its history, and never its secret."""
    message = _change(message_id)
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
    for event in queries.events_of(message.id):
        detail = f": {event.detail}" if event.detail else ""
        click.echo(f"  {event.created_at:%Y-%m-%d %H:%M:%S} {event.what}{detail}")


@outbox.command("retry")
@click.argument("message_ids", type=click.UUID, nargs=-1, required=True)
def retry_messages(message_ids: tuple[uuid.UUID, ...]) -> None:
    """Send messages that failed or were cancelled again, from their first try."""
    for message_id in message_ids:
        _change(message_id, actions.retry_message)


@outbox.command("cancel")
@click.argument("message_ids", type=click.UUID, nargs=-1, required=True)
def cancel_messages(message_ids: tuple[uuid.UUID, ...]) -> None:
    """Cancel messages that wait."""
    for message_id in message_ids:
        _change(message_id, actions.cancel_message)


def _change(message_id: uuid.UUID, change: Callable[[OutboxMessage], None] = lambda _message: None) -> OutboxMessage:
    """Change a message, commit and print it; end the command with one line if that is refused."""
    try:
        message = queries.get_message(message_id)
        change(message)
    except DomainError as refused:
        raise click.ClickException(refused.message) from None
    db.session.commit()
    click.echo(_line(message))
    return message


def _line(message: OutboxMessage) -> str:
    """Return a message on one line, with its recipient masked and without its text."""
    mask = addresses.mask if message.kind == "mail" else phone.mask
    error = f"  {message.last_error}" if message.last_error else ""
    return (
        f"{message.id}  {message.created_at:%Y-%m-%d %H:%M}  {message.status:9}  "
        f"{message.purpose}  {mask(message.recipient)}{error}"
    )
