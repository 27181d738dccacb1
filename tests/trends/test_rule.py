"""What the numbers of one period let others infer, tried with all answers that a few people can give.

An observer controls some members and knows all that a crew reads under names. Worlds that look the same to them are put
together: what holds in all of them is what they learn.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest

from hampa.checkins.models import CREW, NUMBERS
from hampa.trends.models import HIGHEST_COUNTED, LOWEST_COUNTED, Means, Tally, means_of

LEAST = 3
HONEST = 3
ANSWERS = (None, *range(1, 11))
"""None for who did not answer, or answered for themselves alone."""
CROWDS = ((), (10, 10, 10, 10), (1, 4, 4, 9, 10))
"""What others answered under their names."""
ONE_MEMBER = [(), *(((NUMBERS, promise, value),) for promise in (3, 20) for value in (1, 10)), ((CREW, 3, 5),)]
TWO_MEMBERS = [
    (first, second) for first, second in product([(NUMBERS, 3, 1), (NUMBERS, 3, 10), (CREW, 3, 9)], repeat=2)
]


def tally(sharing, promise, value):
    if sharing == NUMBERS:
        value = min(max(value, LOWEST_COUNTED), HIGHEST_COUNTED)
    return Tally(sharing, promise, 1, (value, 5, 5, 5))


def observed(rule, world, crowd, moves, withdrawn=0, numbers_from=3):
    hidden = [tally(NUMBERS, LEAST, value) for value in world if value is not None]
    named = [tally(CREW, LEAST, value) for value in crowd]
    return rule([*hidden, *named, *(tally(*move) for move in moves)], withdrawn, numbers_from)


def learnt(rule, moves_of_observer, most=HONEST, crowds=CROWDS):
    """Return what observers learn of a person at most: who has not answered, and within how many points who did."""
    absent, window = [], 10
    for crowd, moves, numbers_from in product(crowds, moves_of_observer, (3, 8)):
        alike = defaultdict(list)
        for world in product(ANSWERS, repeat=most):
            alike[observed(rule, world, crowd, moves, 0, numbers_from)].append(world)
        for observation, worlds in alike.items():
            for person in range(most):
                values = {world[person] for world in worlds}
                if values == {None}:
                    absent.append((crowd, moves, observation, person))
                values.discard(None)
                if values:
                    window = min(window, max(values) - min(values) + 1)
    return absent, window


def exact(tallies, _withdrawn, numbers_from):
    """Publish the mean of all as soon as there are enough of them: what one would write without thinking."""
    count = sum(one.count for one in tallies)
    if count < numbers_from:
        return None
    return Means(count, tuple(Decimal(sum(each)) / count for each in zip(*(one.sums for one in tallies), strict=True)))


def test_an_observer_learns_neither_who_is_missing_nor_what_one_scored():
    absent, window = learnt(means_of, ONE_MEMBER)
    assert absent == [] and window >= 2


def test_two_of_three_do_not_know_what_the_third_scored():
    assert learnt(means_of, TWO_MEMBERS, most=1)[1] >= 2


def test_the_plain_mean_would_tell_both():
    absent, window = learnt(exact, ONE_MEMBER)
    assert absent and window == 1


@pytest.mark.parametrize("count", [3, 4, 5, 9, 10, 49, 50, 400])
def test_a_sum_is_known_to_within_five_points(count):
    by_mean = defaultdict(set)
    for total in range(count, 10 * count + 1):
        means = means_of([Tally(NUMBERS, 3, count, (total, 5 * count, 5 * count, 5 * count))], 0, 3)
        by_mean[means.values[0]].add(total)
    assert min(max(totals) - min(totals) for totals in by_mean.values()) >= 4
    assert all(2 <= mean <= 9 for mean in by_mean)


def test_answers_without_a_name_count_among_enough_of_them_and_in_fives():
    for hidden, named in product(range(3, 24), (0, 1, 5, 12)):
        crowd = [Tally(CREW, 5, named, (3 * named,) * 4)] if named else []
        means = means_of([Tally(NUMBERS, 5, hidden, (7 * hidden,) * 4), *crowd], 0, 5)
        if hidden >= 5:
            assert means.answers == named + hidden // 5 * 5
            assert abs(Fraction(means.values[0]) - Fraction(7 * hidden + 3 * named, hidden + named)) <= Fraction(1, 2)
        elif named >= 5:
            assert means == Means(named, (Decimal(3),) * 4)
        else:
            assert means is None


def test_a_promise_outlives_what_an_admin_sets():
    promised = [Tally(NUMBERS, 7, 6, (30,) * 4)]
    assert means_of(promised, 0, 3) is None
    assert means_of([*promised, Tally(NUMBERS, 3, 1, (5,) * 4)], 0, 3).answers == 7
    lowered = [Tally(NUMBERS, 3, 3, (15,) * 4), Tally(NUMBERS, 20, 6, (54,) * 4)]
    assert means_of(lowered, 0, 3).answers == 3 and means_of(lowered, 0, 3).values[0] == Decimal(4)


def test_what_the_crew_has_read_hides_nobody():
    four_and_one_who_was_read = [Tally(NUMBERS, 5, 5, (25,) * 4)]
    assert means_of(four_and_one_who_was_read, 0, 5) is not None
    assert means_of(four_and_one_who_was_read, 1, 5) is None
