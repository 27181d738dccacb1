"""`flask jobs`: which jobs there are, and what to do about those that failed."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import click
from flask import Flask
from flask.cli import AppGroup

from hampa.platform.db import db
from hampa.platform.errors import DomainError
from hampa.platform.jobs.enqueueing import tell_rq_after_commits
from hampa.platform.jobs.operating import STATUSES, JobRow, drop_job, job_counts, latest_jobs, retry_job

jobs = AppGroup("jobs", help="Background jobs: list them, run failed ones again, drop them.")


def init_app(app: Flask) -> None:
    """Let this process enqueue jobs, and operators look after them."""
    app.cli.add_command(jobs)
    tell_rq_after_commits()


@jobs.command("list")
@click.option("--status", type=click.Choice(STATUSES), help="Only jobs of this status.")
@click.option("--limit", default=50, show_default=True)
def list_jobs(status: str | None, limit: int) -> None:
    """The jobs that changed last, after how many there are of each status."""
    counts = job_counts()
    click.echo("  ".join(f"{name}: {counts.get(name, 0)}" for name in STATUSES))
    for row in latest_jobs(status, limit=limit):
        click.echo(_line(row))


@jobs.command("again")
@click.argument("job_ids", type=click.UUID, nargs=-1, required=True)
def run_again(job_ids: tuple[uuid.UUID, ...]) -> None:
    """Run failed jobs again, from their first try."""
    _for_each(retry_job, job_ids, "is run again")


@jobs.command("drop")
@click.argument("job_ids", type=click.UUID, nargs=-1, required=True)
def drop(job_ids: tuple[uuid.UUID, ...]) -> None:
    """Delete failed jobs."""
    _for_each(drop_job, job_ids, "is dropped")


def _for_each(change: Callable[[uuid.UUID], None], job_ids: tuple[uuid.UUID, ...], done: str) -> None:
    for job_id in job_ids:
        try:
            change(job_id)
        except DomainError as refused:
            raise click.ClickException(f"{job_id}: {refused.message}") from None
        db.session.commit()
        click.echo(f"{job_id} {done}")


def _line(row: JobRow) -> str:
    error = f"  {row.last_error}" if row.last_error else ""
    return f"{row.id}  {row.updated_at:%Y-%m-%d %H:%M}  {row.status:7}  {row.name} ({row.attempts}){error}"
