"""Commands about accounts."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import with_appcontext

from hampa.account.actions import phone as actions
from hampa.people.queries.people import by_phone
from hampa.platform.cli import hampa
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import DomainError
from hampa.platform.locale import phone as numbers


@hampa.command("change-phone")
@click.argument("old")
@click.argument("new")
@with_appcontext
def change_phone(old: str, new: str) -> None:
    """Move the account of the number OLD to NEW, for who lost the old one. Be sure who asks: the old one is told."""
    person = by_phone(_number(old))
    if person is None:
        raise click.ClickException(f"{old} has no account")
    try:
        actions.change_phone(person, _number(new))
    except DomainError:
        raise click.ClickException(f"{new} has an account, or {old} is not active") from None
    db.session.commit()
    click.echo(f"{new} signs in where {old} did, and {old} was told.")


def _number(typed: str) -> str:
    try:
        return numbers.parse(typed, settings().phone_region)
    except numbers.PhoneError as refused:
        raise click.BadParameter(f"{typed} is not a mobile number ({refused.reason})") from None


def init_app(app: Flask) -> None:
    """The command hangs on the group `hampa`, which the app has already."""
