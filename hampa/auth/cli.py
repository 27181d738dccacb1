"""Commands for the door."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import with_appcontext

from hampa.auth.actions import codes
from hampa.platform.cli import hampa
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.locale import phone as numbers


@hampa.command("unlock")
@click.argument("phone")
@with_appcontext
def unlock(phone: str) -> None:
    """Let a number try again after too many wrong codes."""
    try:
        number = numbers.parse(phone, settings().phone_region)
    except numbers.PhoneError as refused:
        raise click.BadParameter(f"not a mobile number ({refused.reason})", param_hint="PHONE") from None
    was_locked = codes.unlock(number)
    db.session.commit()
    click.echo(f"{number} may try again." if was_locked else f"{number} had no wrong codes.")


def init_app(app: Flask) -> None:
    """The command hangs on the group `hampa`, which the app has already."""
