"""What people of the demo do beside running: they follow each other, wait for one of them, and have programs."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from hampa.demo.actions import series
from hampa.demo.actions.people import demo_id, demo_phone
from hampa.follows.models import Follow, FollowedPlace, columns_of
from hampa.people.models import Person
from hampa.people.queries import home_town
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery.signed_calls import new_secret
from hampa.platform.security import crypto
from hampa.safety.models import RUNNING, WAITING, Watch
from hampa.tokens.actions.personal import generate_text
from hampa.tokens.models import PersonalToken
from hampa.tokens.queries import personal_token_hash
from hampa.webhooks.models import EVENTS, Webhook
from hampa.webhooks.queries import SECRET

RUNNER, CONTACT = 5, 7
"""Numbers of the person who is out alone and of the one who waits for her."""
OUT_FOR = timedelta(minutes=75)
NEAR_KM = 25
FOLLOWERS_EVERY = 4


def make_follows(people: list[Person]) -> None:
    """Let people follow the organiser of the series in their town, that series and their town, each only once."""
    existing = set(db.session.scalars(select(Follow.id).where(Follow.person_id.in_([one.id for one in people]))))
    organisers = {people[0].timezone: (people[0], series.IDS[0]), people[6].timezone: (people[6], series.IDS[1])}
    for number, person in enumerate(people):
        organiser, series_id = organisers[person.timezone]
        town = home_town(person)
        follows = {
            "organiser": {"organiser_id": organiser.id} if person is not organiser else None,
            "series": {"series_id": series_id} if number % 2 else None,
            "town": columns_of(FollowedPlace.around(town.latitude, town.longitude, NEAR_KM, town.name))
            if town
            else None,
        }
        for position, columns in enumerate(follows.values()):
            follow_id = demo_id("follow", number, position)
            if number % FOLLOWERS_EVERY == 2 and columns and follow_id not in existing:
                # Somebody who looks around as this person may follow the same by a row of their own.
                new = insert(Follow).values(id=follow_id, person_id=person.id, created_at=clock.now(), **columns)
                db.session.execute(new.on_conflict_do_nothing())


def make_watch(people: list[Person]) -> None:
    """Keep one person out alone, whom another waits for; a watch that has run out begins anew, one that ended does not."""
    runner, now = people[RUNNER - 1], clock.now()
    watch_id, expected = demo_id("watch", RUNNER), now + OUT_FOR
    watch = db.session.get(Watch, watch_id)
    if watch is None:
        if db.session.scalar(select(Watch.id).where(Watch.person_id == runner.id, Watch.status.in_(RUNNING))):
            return
        watch = Watch(
            id=watch_id,
            person_id=runner.id,
            place="دربند، پای تله‌سی‌یژ",
            contact_name=people[CONTACT - 1].name,
            contact_phone=demo_phone(CONTACT),
        )
        db.session.add(watch)
    elif not watch.running or watch.expected_at > now:
        return
    watch.status, watch.expected_at, watch.heard_at, watch.told_at = WAITING, expected, now, None
    watch.next_at = expected - timedelta(minutes=10)
    db.session.flush()


def make_programs(people: list[Person]) -> None:
    """Give the first person a token that nobody has, and a webhook that is switched off, each only once."""
    person, now = people[0], clock.now()
    text = generate_text()
    token = {
        "id": demo_id("token", 1),
        "person_id": person.id,
        "name": "ساعت",
        "token_hash": personal_token_hash(text),
        "last_letters": text[-4:],
        "scopes": ["runs:read", "crews:read", "check-ins:write"],
        "expires_at": now + timedelta(days=365),
        "created_at": now,
        "updated_at": now,
    }
    webhook = {
        "id": demo_id("webhook", 1),
        "person_id": person.id,
        "url": "https://runs.example/hampa",
        "events": sorted(EVENTS),
        "secret": crypto.encrypt(new_secret(), SECRET),
        "switched_off_at": now,
        "created_at": now,
        "updated_at": now,
    }
    db.session.execute(insert(PersonalToken).values(token).on_conflict_do_nothing())
    db.session.execute(insert(Webhook).values(webhook).on_conflict_do_nothing())
