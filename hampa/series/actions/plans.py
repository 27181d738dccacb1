"""A plan as a series keeps it: in JSON, without its start, and with joining that closes so long before it."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hampa.runs.actions.plan import PLANNED, PaceGroupPlan, RunPlan

STARTS = ("starts_local", "timezone")
FOLLOWED = tuple(name for name in PLANNED if name not in STARTS)
"""What the runs of a series have from its plan; when they start, they have from its rule."""

MINUTE = timedelta(minutes=1)


def serialize_plan(plan: RunPlan) -> dict[str, Any]:
    """What is to be written down of a plan."""
    said = {name: getattr(plan, name) for name in FOLLOWED}
    said["distance_km"] = None if plan.distance_km is None else str(plan.distance_km)
    said["joining_closes"] = plan.joining_closes and (plan.starts_local - plan.joining_closes) // MINUTE
    said["pace_groups"] = [
        {**asdict(group), "leader_id": group.leader_id and str(group.leader_id)} for group in plan.pace_groups
    ]
    return said


def deserialize_plan(kept: dict[str, Any], starts_local: datetime, timezone: str) -> RunPlan:
    """The plan that was kept, for a run that starts then; what was not asked yet when it was kept is as usual."""
    said = {name: value for name, value in kept.items() if name in FOLLOWED}
    km, closes = said.get("distance_km"), said.get("joining_closes")
    said["distance_km"] = None if km is None else Decimal(km)
    said["joining_closes"] = None if closes is None else starts_local - closes * MINUTE
    said["pace_groups"] = tuple(
        PaceGroupPlan(**group | {"leader_id": group["leader_id"] and uuid.UUID(group["leader_id"])})
        for group in said.get("pace_groups", [])
    )
    return RunPlan(starts_local=starts_local, timezone=timezone, **said)
