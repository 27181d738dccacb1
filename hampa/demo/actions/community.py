"""The whole demo community."""

from hampa.audit.actions import record_audit
from hampa.audit.models import Subject, register_action
from hampa.demo.actions import (
    badges,
    cards,
    check_ins,
    coaching,
    crews,
    devices,
    duties,
    incidents,
    life,
    messages,
    people,
    pictures,
    runs,
    series,
    subscriptions,
    training,
)
from hampa.platform.locale.i18n import lazy_gettext as _l

FILLED = register_action(
    "site.filled", _l("Filled the site with the demo community"), thing="site", fields={"runs": _l("Runs")}
)


def make_community() -> int:
    """Create what is missing and move past runs forward; return how many runs were made or moved.

    What a person made or changed is left alone.
    """
    community = people.make_people()
    pictures.make_faces(community)
    cards.make_cards(community)
    cards.make_companions(community)
    series.make_series(community)
    life.make_follows(community)
    life.make_watch(community)
    runs.make_past_runs(community)
    made = runs.make_runs(community, runs.RUNS - min(series.upcoming_runs(), series.RUNS))
    messages.make_conversations(community)
    crews.make_crews(community)
    crews.add_runs(community)
    messages.make_crew_talks(community)
    check_ins.make_check_ins()
    duties.make_duties()
    training.make_training()
    coaching.make_coaching()
    badges.make_badges()
    subscriptions.make_subscriptions(people.demo_phone(1))
    incidents.make_incidents()
    life.make_programs(community)
    devices.make_devices(community)
    devices.make_summaries(community)
    return made


def record_filled(runs_made: int) -> None:
    """Record at the command line that the community was made, or moved forward."""
    record_audit(None, FILLED, Subject(), after={"runs": runs_made})
