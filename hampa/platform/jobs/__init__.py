"""Durable jobs: a row in `jobs` is the intent, RQ runs the function.

`enqueue` writes the row in the caller's transaction. After the outermost commit the job is handed to RQ with the row's
id as RQ's job id. A sweeper in the worker hands over again what Redis has lost and what a killed worker left when its
lease ran out; while Redis is away it runs due jobs itself, with PostgreSQL alone.
"""

from hampa.platform.jobs.cli import init_app
from hampa.platform.jobs.due_steps import take_due_steps
from hampa.platform.jobs.enqueueing import enqueue, notify_workers
from hampa.platform.jobs.models import NORMAL, QUEUES, URGENT, Job
from hampa.platform.jobs.registry import Stopping, get_job, job, job_definitions, register_poller
from hampa.platform.jobs.running import renew_lease

__all__ = [
    "NORMAL",
    "QUEUES",
    "URGENT",
    "Job",
    "Stopping",
    "enqueue",
    "get_job",
    "init_app",
    "job",
    "job_definitions",
    "notify_workers",
    "register_poller",
    "renew_lease",
    "take_due_steps",
]
