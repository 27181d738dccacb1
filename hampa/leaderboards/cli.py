"""`flask leaderboards rebuild`."""

import uuid

import click
from flask.cli import AppGroup

from hampa.leaderboards.actions.following import rebuild_scope
from hampa.leaderboards.models.registry import scope_kind, scope_kinds
from hampa.platform.db import db
from hampa.platform.rankings import RankingsAway

group = AppGroup("leaderboards", help="Boards of who did most.")


@group.command("rebuild")
@click.option("--kind", help="Only the boards of scopes of this kind: everyone, crew, plan …")
@click.option("--id", "scope_id", type=click.UUID, help="Only the boards of the crew, plan … with this id.")
def rebuild(kind: str | None, scope_id: uuid.UUID | None) -> None:
    """Make boards anew from the database."""
    if kind is not None and scope_kind(kind) is None:
        raise click.ClickException(f"There are no boards of {kind}: {', '.join(one.kind for one in scope_kinds())}.")
    count = 0
    for one in scope_kinds():
        if kind not in (None, one.kind):
            continue
        for each in [scope_id] if scope_id is not None else list(one.all_ids()):
            scope = one.find(each)
            try:
                count += rebuild_scope(one, scope) if scope is not None else 0
            except RankingsAway:
                raise click.ClickException("Redis is away.") from None
            db.session.commit()
    click.echo(f"Made {count} boards anew.")
