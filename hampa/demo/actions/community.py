"""The whole demo community."""

from hampa.demo.actions import cards, people, runs, series


def make_community() -> int:
    """Create what is missing and move past runs forward; return how many runs were made or moved.

    What a person made or changed is left alone.
    """
    community = people.make_people()
    cards.make_cards(community)
    cards.make_companions(community)
    series.make_series(community)
    runs.make_past_runs(community)
    return runs.make_runs(community, runs.RUNS - min(series.upcoming_runs(), series.RUNS))
