"""`flask jobs`: list jobs, run failed ones again, drop them."""

import uuid
from collections.abc import Callable

import click
from flask import Flask
from flask.cli import AppGroup

from hampa.platform.db import db
from hampa.platform.errors import DomainError
from hampa.platform.jobs.enqueueing import listen_to_commits
from hampa.platform.jobs.models import Job
from hampa.platform.jobs.operating import STATUSES, drop_job, job_counts, latest_jobs, retry_job

jobs = AppGroup("jobs", help="Background jobs: list them, run failed ones again, drop them.")


def init_app(app: Flask) -> None:
    """Let this process enqueue jobs, and add `flask jobs`."""
    app.cli.add_command(jobs)
    listen_to_commits()


@jobs.command("list")
@click.option("--status", type=click.Choice(STATUSES), help="Only jobs of this status.")
@click.option("--limit", default=50, show_default=True)
def list_jobs(status: str | None, limit: int) -> None:
    """List the jobs that changed last, after the number of jobs by status."""
    counts = job_counts()
    click.echo("  ".join(f"{name}: {counts.get(name, 0)}" for name in STATUSES))
    for job in latest_jobs(status, limit=limit):
        click.echo(_line(job))


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


def _line(job: Job) -> str:
    error = f"  {job.last_error}" if job.last_error else ""
    return f"{job.id}  {job.updated_at:%Y-%m-%d %H:%M}  {job.status:7}  {job.name} ({job.attempts}){error}"
