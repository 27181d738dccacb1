"""Badges, and challenges of crews."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import select

from hampa.badges.actions.awarding import check_people, take_award
from hampa.badges.models import (
    PICTURE_WIDTHS,
    Badge,
    BadgeAward,
    BadgeCircle,
    BadgeElsewhere,
    BadgePicture,
    BadgeProgress,
    picture_file_name,
)
from hampa.challenges.actions.challenges import make_challenge as create_challenge
from hampa.challenges.actions.entries import finish_challenges, join_challenge
from hampa.challenges.models import Challenge, ChallengeEntry
from hampa.challenges.queries.challenges import challenge_for
from hampa.crews.models import Crew
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.media import storage
from tests.factories.base import made, number
from tests.factories.crews import make_crew
from tests.factories.training import make_activity


def make_badge(crew: Crew | None = None, *, criteria: dict[str, Any] | None = None, **given: Any) -> Badge:
    """Make a badge for two activities."""
    asked = {"metric": "count", "window": "all", "threshold": 2} | (criteria or {})
    usual = {"name_en": f"Badge {number()}", "criteria": asked, "crew_id": crew.id if crew else None}
    links = {"plan_id": asked.get("plan"), "counted_crew_id": asked.get("crew")}
    return made(Badge, **(usual | links | given))


def make_award(badge: Badge, person: Person, **given: Any) -> BadgeAward:
    """Award a badge to a person, who earned it yesterday."""
    now = clock.now()
    usual = {"earned_on": now.date() - dt.timedelta(days=1), "awarded_at": now}
    return made(BadgeAward, **({"badge_id": badge.id, "person_id": person.id} | usual | given))


def bring_badge(person: Person, **given: Any) -> BadgeElsewhere:
    """Let a person have earned a badge on another Hampa."""
    usual = {"reference": uuid.uuid4(), "name_en": f"Badge {number()}", "earned_on": clock.now().date()}
    return made(BadgeElsewhere, person_id=person.id, **(usual | given))


def show_badges(person: Person, visibility: str) -> BadgeCircle:
    """Let a circle see the badges of a person."""
    return made(BadgeCircle, person_id=person.id, visibility=visibility)


def make_challenge(crew: Crew, *people: Person, **given: Any) -> Challenge:
    """Make a ranking by distance of this week and the next, in which people take part."""
    today = clock.now().date()
    days = {"starts_on": today - dt.timedelta(days=7), "ends_on": today + dt.timedelta(days=7)}
    usual = {"name": f"Challenge {number()}", "metric": "distance", "mode": "ranking", "crew_id": crew.id}
    challenge = made(Challenge, **(usual | days | given))
    for person in people:
        made(ChallengeEntry, challenge_id=challenge.id, person_id=person.id)
    return challenge


def badge_of(person: Person, crew: Crew) -> Badge:
    """Return the badge of a crew that a person shows to everybody, which is made once."""
    found = db.session.scalar(select(Badge).where(Badge.crew_id == crew.id))
    if found is None:
        found = make_badge(crew, name_en="Ten runs with us", criteria={"metric": "attendance", "threshold": 10})
        make_award(found, person)
        show_badges(person, "everyone")
    return found


def badge_values(person: Person, crew: Crew) -> dict[str, Any]:
    """Return what stands for placeholders of routes: a badge and a challenge of a crew, which a person has and is in."""
    challenge = db.session.scalar(select(Challenge).where(Challenge.crew_id == crew.id))
    if challenge is None:
        challenge = make_challenge(crew, person, name="To Chitgar and back", token="as-it-stands-in-a-link")
    return {"badge_id": badge_of(person, crew).id, "challenge_id": challenge.id, "challenge_token": challenge.token}


def picture_of_badge(person: Person, crew: Crew, rule: str) -> str | None:
    """Return the id of the picture that the badge of a crew shows, for a rule of badges."""
    if "/badges/" not in rule:
        return None
    badge = badge_of(person, crew)
    return badge.picture or str(make_badge_picture(badge).id)


def make_badge_picture(badge: Badge) -> BadgePicture:
    """Make the finished picture that a badge shows."""
    picture = made(BadgePicture, badge_id=badge.id, widths=list(PICTURE_WIDTHS), height=PICTURE_WIDTHS[0])
    for width in PICTURE_WIDTHS:
        storage.put(picture_file_name(badge.id, str(picture.id), width), b"RIFF....WEBP")
    badge.picture = str(picture.id)
    db.session.flush()
    return picture


def tell_of_badges(actor: Person, reader: Person, mark: str) -> None:
    """Let a reader earn a badge, which is taken from them, hear of a challenge, take part and see its end."""
    crew = make_crew(actor, reader, name=f"{mark} crew")
    earned = make_badge(crew, name_en=f"{mark} badge", criteria={"metric": "count", "threshold": 1})
    make_activity(reader, visibility="crew")
    check_people([reader.id])
    show_badges(reader, "everyone")
    take_award(actor, earned.id, reader.id, f"{mark} reason")
    today = clock.now().date() + dt.timedelta(days=1)
    values = {"name": f"{mark} challenge", "metric": "count", "mode": "ranking", "starts_on": today, "ends_on": today}
    challenge = create_challenge(actor, crew.id, values)
    join_challenge(reader, challenge_for(reader, challenge.id), by_link=False)
    finish_challenges(clock.now() + dt.timedelta(days=4))


def earn_badges(person: Person, friend: Person, mark: str) -> None:
    """Let a person make, earn and take badges, and make a challenge in which they take part; texts have a mark."""
    made_by_them = make_badge(author_id=person.id, name_en=f"{mark}-title")
    make_award(made_by_them, person)
    taken = {"revoked_at": clock.now(), "by_hand": True, "revoked_by_id": person.id, "reason": f"{mark}-note"}
    make_award(make_badge(), friend, **taken)
    show_badges(person, "companions")
    bring_badge(person, name_en=f"{mark}-title")
    made(BadgeProgress, person_id=person.id, amounts={}, seen_on=clock.now().date())
    words = {"name": f"{mark}-title", "description": f"{mark}-title"}
    make_challenge(make_crew(friend), person, author_id=person.id, **words)
