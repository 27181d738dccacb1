"""Durable jobs: a row in `jobs` is the intent, RQ runs the function.

`enqueue` writes the row in the caller's transaction. After the outermost commit the job is handed to RQ with the row's
id as RQ's job id. A sweeper in the worker hands over again what Redis has lost and what a killed worker left when its
lease ran out; while Redis is away it runs due jobs itself, with PostgreSQL alone.
"""

from hampa.platform.jobs.cli import init_app
from hampa.platform.jobs.enqueueing import enqueue, notify_now, notify_workers
from hampa.platform.jobs.models import NORMAL, QUEUES, URGENT, Job
from hampa.platform.jobs.periodic import enqueue_periodic
from hampa.platform.jobs.registry import (
    JobDefinition,
    Stopping,
    get_job,
    job,
    job_definitions,
    pollers,
    register_poller,
)
from hampa.platform.jobs.running import LeaseLost, renew_lease

__all__ = [
    "NORMAL",
    "QUEUES",
    "URGENT",
    "Job",
    "JobDefinition",
    "LeaseLost",
    "Stopping",
    "enqueue",
    "enqueue_periodic",
    "get_job",
    "init_app",
    "job",
    "job_definitions",
    "notify_now",
    "notify_workers",
    "pollers",
    "register_poller",
    "renew_lease",
]
