"""`flask outbox`: list and show messages, send them again, cancel them."""

import uuid
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import click
from flask.cli import AppGroup

from hampa.outbox import queries
from hampa.outbox.actions import operating
from hampa.outbox.models import ENDED, KINDS, OPEN, RECEIPTS, OutboxMessage, mask_recipient
from hampa.outbox.queries import MessageFilters
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.delivery import breaker
from hampa.platform.delivery.gateways import gateway_names
from hampa.platform.errors import DomainError

outbox = AppGroup("outbox", help="What must leave the house: look at it, send it again, cancel it.")


STATUS = click.option("--status", type=click.Choice(OPEN + ENDED + RECEIPTS), help="Only those.")
KIND = click.option("--kind", type=click.Choice(KINDS), help="Only those.")
PURPOSE = click.option("--purpose", help="Only those.")


@outbox.command("list")
@STATUS
@KIND
@PURPOSE
@click.option("--limit", default=50, show_default=True)
def list_messages(status: str | None, kind: str | None, purpose: str | None, limit: int) -> None:
    """List the newest messages, after the number of messages by status."""
    counts = queries.message_counts()
    click.echo("  ".join(f"{name}: {counts.get(name, 0)}" for name in OPEN + ENDED))
    for message in queries.latest_messages(MessageFilters(status, kind, purpose), limit):
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
        "price": f"{message.price:f} {message.currency}" if message.price is not None else None,
        "receipt": message.receipt,
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
        _change(message_id, partial(operating.retry_message, None))


@outbox.command("retry-failed")
@KIND
@PURPOSE
@click.option("--limit", default=500, show_default=True)
def retry_failed(kind: str | None, purpose: str | None, limit: int) -> None:
    """Send what failed, or was not delivered, again, from the first try; codes are not."""
    count = operating.retry_failed(None, MessageFilters(kind=kind, purpose=purpose), limit)
    db.session.commit()
    click.echo(f"{count} are sent again.")


@outbox.command("gateways")
def list_gateways() -> None:
    """List the gateways, those that rest with the reason, and what the day has cost."""
    states = {state.name: state for state in breaker.gateway_states()}
    for name in gateway_names():
        state = states.get(name)
        rests = f"rests until {state.rests_until:%H:%M:%S} UTC" if state and state.rests_until else "works"
        click.echo(f"{name:10} {rests}" + (f"  last error: {state.reason}" if state and state.reason else ""))
    spent = queries.spent_today()
    for currency in dict.fromkeys([*spent, *(budget.currency for budget in settings().sms_budget_day)]):
        budgets = [f" of {budget.amount:f}" for budget in settings().sms_budget_day if budget.currency == currency]
        click.echo(f"today: {spent.get(currency, Decimal()):f}{''.join(budgets)} {currency}")


@outbox.command("wake")
@click.argument("gateway")
def wake_gateway(gateway: str) -> None:
    """Try a GATEWAY that rests again now."""
    operating.wake_gateway(None, gateway)
    db.session.commit()
    click.echo(f"{gateway} is tried with the next message.")


@outbox.command("cancel")
@click.argument("message_ids", type=click.UUID, nargs=-1, required=True)
def cancel_messages(message_ids: tuple[uuid.UUID, ...]) -> None:
    """Cancel messages that wait."""
    for message_id in message_ids:
        _change(message_id, partial(operating.cancel_message, None))


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
    error = f"  {message.last_error}" if message.last_error else ""
    return (
        f"{message.id}  {message.created_at:%Y-%m-%d %H:%M}  {message.receipt or message.status:11}  "
        f"{message.purpose}  {mask_recipient(message.kind, message.recipient)}{error}"
    )
