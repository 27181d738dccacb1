"""Boards: they follow what happens, are the same when made anew, and show nobody what they may not see."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import select, text

from hampa.badges.models import BadgeAward, BadgeCircle
from hampa.challenges.actions import entries
from hampa.challenges.models import ChallengeEntry
from hampa.challenges.queries.boards import on_challenge
from hampa.crews.models import ACTIVE, BANNED, INACTIVE, CrewMembership
from hampa.leaderboards.actions.following import board_for, follow_changes, rebuild_board
from hampa.leaderboards.models.registry import WINDOWS, Scope, scope_kind
from hampa.leaderboards.models.standings import ActivityFlag, BoardChange, Standing
from hampa.leaderboards.queries.boards import Board
from hampa.leaderboards.queries.periods import period_of
from hampa.leaderboards.queries.scores import metrics_of, name_of
from hampa.people.models import Block
from hampa.platform import clock, rankings
from hampa.platform.db import db
from hampa.platform.redis import redis
from hampa.training.models.activities import Activity
from hampa.training.models.plans import PlanMember
from tests.factories.badges import make_award, make_badge, make_challenge, show_badges
from tests.factories.base import made
from tests.factories.crews import add_member, make_crew
from tests.factories.duties import make_booking, make_schedule
from tests.factories.leaderboards import make_flag, make_standing
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run, take_part
from tests.factories.training import make_activity, make_plan

WEDNESDAY = datetime(2026, 12, 2, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.frozen(WEDNESDAY):
        yield


def follow() -> None:
    """Follow all changes, as the worker does."""
    db.session.flush()
    while follow_changes():
        pass


def scope_of(kind: str, scope_id: uuid.UUID | None = None) -> Scope:
    found = scope_kind(kind).find(scope_id)
    assert found is not None
    return found


def boards_of(scope: Scope) -> list[tuple]:
    return [(metric, period_of(scope, window)) for metric in metrics_of(scope) for window in scope.windows]


def rebuild(scope: Scope) -> None:
    for metric, period in boards_of(scope):
        rebuild_board(scope_kind(scope.kind), scope, metric, period)


def shown(viewer, kind: str, scope_id=None, by: str = "distance", window: str = "week") -> Board:
    scope = scope_of(kind, scope_id)
    metric = next(one for one in metrics_of(scope) if one.name == by)
    board = board_for(viewer, scope_kind(kind), scope, metric, period_of(scope, window))
    assert board is not None
    return board


def ranks(board: Board) -> list[tuple[uuid.UUID, int, int]]:
    return [(row.person.id, row.score, row.rank) for row in board.rows]


def test_a_history_of_changes_leaves_the_boards_that_postgresql_makes(db_session, owner, operator):
    """Forty random steps of each kind; after some of them Redis has what it would have if it were made anew."""
    dice = random.Random(16)
    people = [make_person(name=f"Runner {number}") for number in range(6)]
    crew, other = make_crew(owner, *people), make_crew(owner)
    plan = make_plan(owner, *people)
    run = make_run(owner, crew_id=crew.id, starts_local=in_days(-1))
    duties = make_schedule(crew)
    challenge, hours = make_challenge(crew, *people[:4]), make_challenge(crew, *people[:4], metric="time")
    medals = [make_badge(), make_badge(crew), make_badge(other), make_badge(criteria={"plan": str(plan.id)})]
    scopes = [scope_of("everyone"), scope_of("crew", crew.id), scope_of("crew", other.id), scope_of("plan", plan.id)]
    scopes += [scope_of("challenge", challenge.id), scope_of("challenge", hours.id)]
    for person in people[:4]:
        for where in ({}, {"crew_id": crew.id}, {"plan_id": plan.id}):
            make_standing(person, **where)
        show_badges(person, "everyone")
        make_award(dice.choice(medals), person)
    follow()
    for scope in scopes:
        rebuild(scope)

    shifts = count(1)

    def activity() -> Activity | None:
        return dice.choice([*db.session.scalars(select(Activity).order_by(Activity.id)), None])

    def write() -> None:
        make_activity(
            dice.choice(people),
            timedelta(days=dice.randrange(60)),
            distance_m=dice.choice([None, 1_000, 5_000]),
            visibility=dice.choice(["me", "companions", "crew", "everyone"]),
            kind=dice.choice(["run", "ride"]),
            plan_id=dice.choice([None, plan.id]),
        )

    def change() -> None:
        if (one := activity()) is not None:
            one.visibility = dice.choice(["me", "crew", "everyone"])
            one.distance_m = dice.choice([2_000, 5_000])
            one.plan_id = dice.choice([None, plan.id])

    def remove() -> None:
        if (one := activity()) is not None:
            db.session.delete(one)

    def flag() -> None:
        one = activity()
        if one is None:
            return
        flagged = db.session.scalar(select(ActivityFlag).where(ActivityFlag.activity_id == one.id))
        if flagged is None:
            make_flag(one, operator)
        else:
            flagged.state = dice.choice(["lifted", "upheld"])

    def choose() -> None:
        person = dice.choice(people)
        where = dice.choice([{"crew_id": crew.id}, {"plan_id": plan.id}, {"crew_id": None, "plan_id": None}])
        found = db.session.scalar(
            select(Standing).filter_by(person_id=person.id, **({"crew_id": None, "plan_id": None} | where))
        )
        if found is None:
            make_standing(person, **where)
        else:
            db.session.delete(found)

    def membership() -> None:
        one = db.session.scalar(select(CrewMembership).filter_by(crew_id=crew.id, person_id=dice.choice(people).id))
        one.status = dice.choice([ACTIVE, ACTIVE, INACTIVE, BANNED])

    def plan_member() -> None:
        person = dice.choice(people)
        found = db.session.scalar(select(PlanMember).filter_by(plan_id=plan.id, person_id=person.id))
        if found is None:
            made(PlanMember, plan_id=plan.id, person_id=person.id, role="contributor", status="joined")
        else:
            db.session.delete(found)

    def state() -> None:
        person = dice.choice(people)
        person.state = "active" if person.state == "suspended" else "suspended"

    def attend() -> None:
        person = dice.choice(people)
        mine = db.session.scalar(
            text("SELECT id FROM participations WHERE run_id = :run AND person_id = :who"),
            {"run": run.id, "who": person.id},
        )
        if mine is None:
            take_part(run, person, status="COMPLETED")
        else:
            db.session.execute(
                text("UPDATE participations SET status = :status WHERE id = :id"),
                {"status": dice.choice(["COMPLETED", "NO_SHOW"]), "id": mine},
            )

    def serve() -> None:
        starts_at = WEDNESDAY - timedelta(hours=5 * next(shifts))
        make_booking(duties, dice.choice(people), starts_at=starts_at, place=1, attendance="attended")

    def publish() -> None:
        db.session.refresh(run)
        run.visibility = "public" if run.visibility == "link" else "link"

    def award() -> None:
        badge, person = dice.choice(medals), dice.choice(people)
        mine = db.session.scalar(select(BadgeAward).filter_by(badge_id=badge.id, person_id=person.id))
        if mine is None:
            make_award(badge, person, earned_on=WEDNESDAY.date() - timedelta(days=dice.randrange(60)))
        elif mine.revoked_at is None and dice.random() < 0.3:
            db.session.delete(mine)
        else:
            mine.revoked_at = None if mine.revoked_at else WEDNESDAY

    def show() -> None:
        person = dice.choice(people)
        chosen = db.session.scalar(select(BadgeCircle).filter_by(person_id=person.id)) or show_badges(person, "me")
        chosen.visibility = dice.choice(["me", "crew", "everyone", "everyone"])

    def enter() -> None:
        person, one = dice.choice(people), dice.choice([challenge, hours])
        mine = db.session.scalar(select(ChallengeEntry).filter_by(challenge_id=one.id, person_id=person.id))
        if mine is None:
            made(ChallengeEntry, challenge_id=one.id, person_id=person.id, by_link=dice.choice([True, False]))
        else:
            db.session.delete(mine)

    steps = [
        award,
        award,
        show,
        enter,
        write,
        write,
        write,
        change,
        choose,
        choose,
        remove,
        flag,
        choose,
        membership,
        plan_member,
        state,
        attend,
        serve,
        publish,
    ]
    rounds, filled, badges = 180, 0, 0
    for number in range(rounds):
        with db.session.begin_nested():
            dice.choice(steps)()
        if number % 20 and number < rounds - 1:
            continue
        follow()
        for scope in scopes:
            names = [name_of(scope, *board) for board in boards_of(scope)]
            followed = [rankings.scores_of(name) for name in names]
            rebuild(scope)
            filled += sum(map(bool, followed))
            badges += sum(bool(found) for name, found in zip(names, followed, strict=True) if ":badges:" in name)
            if scope.kind == "challenge":
                assert followed[0] == values_of(scope), number
            assert followed == [rankings.scores_of(name) for name in names], (number, scope.kind)
    assert not db.session.scalars(select(BoardChange)).all()
    assert filled > 20 and badges > 5  # boards with somebody on them were compared


def values_of(scope: Scope) -> dict[str, int]:
    """Return what the entries of a challenge say of those who take part, once they are counted anew."""
    entries.refresh(challenge_id=scope.id)
    standing = on_challenge(scope)
    query = select(ChallengeEntry.person_id, ChallengeEntry.value).where(ChallengeEntry.challenge_id == scope.id)
    query = query.where(ChallengeEntry.person_id.in_(standing), ChallengeEntry.value > 0)
    return {str(person_id): value for person_id, value in db.session.execute(query)}


def test_a_board_ranks_ties_alike_and_shows_blocked_people_to_neither(db_session, owner, stranger):
    people = [make_person(name=f"Runner {letter}") for letter in "abcdef"]
    for person, km in zip(people, (30, 20, 20, 20, 10, 5), strict=True):
        make_standing(person)
        make_activity(person, distance_m=km * 1_000, visibility="everyone")
        make_activity(person, distance_m=90_000, visibility="crew")  # not everybody sees it
        make_activity(person, distance_m=90_000, visibility="everyone", kind="ride")
    make_activity(stranger, distance_m=99_000, visibility="everyone")  # they did not choose to stand there
    follow()
    rebuild(scope_of("everyone"))
    first = ranks(shown(stranger, "everyone"))
    assert [rank for _id, _score, rank in first] == [1, 2, 2, 2, 5, 6] and first[0] == (people[0].id, 30_000, 1)
    made(Block, blocker_id=people[4].id, blocked_id=people[0].id)
    board = shown(people[4], "everyone")
    assert people[0].id not in [row.person.id for row in board.rows] and [row.rank for row in board.rows] == [
        2,
        2,
        2,
        5,
        6,
    ]
    assert board.own is not None and (board.own.rank, board.total) == (5, 6)
    assert [row.rank for row in board.around] == [2, 2, 5, 6]
    assert people[4].id not in [row.person.id for row in shown(people[0], "everyone").rows]
    # Whoever goes is off the board before the worker has followed, and ranks are as if they had never been there.
    people[1].state = "leaving"
    people[1].leaving_at = clock.now()
    db.session.flush()
    board = shown(people[4], "everyone")
    assert [row.rank for row in board.rows] == [2, 2, 4, 5] and board.own.rank == 4 and board.total == 5
    follow()
    assert ranks(shown(people[4], "everyone")) == ranks(board)


def test_a_crew_counts_what_its_members_let_it_see_and_forgets_who_goes(
    page, owner, companion, stranger, operator, work
):
    crew = make_crew(owner, companion)
    make_activity(companion, distance_m=7_000, visibility="crew")
    make_activity(companion, distance_m=50_000, visibility="companions")
    address = f"/leaderboards/crew/{crew.id}"
    page.get(address, 303)
    for viewer in (stranger, operator):
        page.as_(viewer).get(address, 404)
        page.as_(viewer).post(f"{address}/standing", {"stands": "1"}, status=404)
    reader = page.as_(companion)
    assert "Nobody yet" in reader.get(f"{address}?by=distance").words
    reader.get(address).form(f"{address}/standing").submit(status=303)
    work()
    board = page.as_(owner).get(f"{address}?by=distance")
    assert companion.name in board.words and "7 km" in board.words and "57 km" not in board.words
    page.as_(owner).speaking("fa").get(f"{address}?by=distance&in=all")
    # Banned: gone at once, and whoever comes back chooses anew.
    membership = db.session.scalar(select(CrewMembership).filter_by(crew_id=crew.id, person_id=companion.id))
    membership.status = BANNED
    db.session.flush()
    assert not shown(owner, "crew", crew.id).rows
    page.as_(companion).get(address, 404)
    membership.status = ACTIVE
    work()
    assert not shown(owner, "crew", crew.id).rows
    # A board that Redis has lost is made anew for who asks.
    make_standing(companion, crew_id=crew.id)
    work()
    before = ranks(shown(owner, "crew", crew.id))
    assert before == [(companion.id, 7_000, 1)]
    redis().flushdb()
    assert ranks(shown(owner, "crew", crew.id)) == before
    make_activity(companion, distance_m=1_000, visibility="everyone")
    follow()
    assert ranks(shown(owner, "crew", crew.id, window="all")) == [(companion.id, 8_000, 1)]


def test_everybody_s_board_is_open_to_who_is_signed_in_and_chosen_by_each(page, owner, stranger, work):
    page.get("/leaderboards", 303)
    make_activity(owner, distance_m=12_000, visibility="everyone")
    reader = page.as_(owner)
    assert "Being counted" in reader.get("/leaderboards").words
    rebuild(scope_of("everyone"))
    assert "Nobody yet" in reader.get("/leaderboards?by=distance").words
    reader.get("/leaderboards").form("/leaderboards/standing").submit(status=303)
    work()
    mine = reader.get("/leaderboards?by=distance&in=month")
    assert mine.words.count("12 km") == 1 and "Your rank" in mine.words  # nobody stands on a page twice
    seen = page.as_(stranger).get("/leaderboards?by=distance&in=nonsense&after=nonsense")
    assert owner.name in seen.words and "Your rank" not in seen.words
    page.as_(stranger).get(f"/people/{owner.id}")  # who is named can be looked at, and blocked
    page.as_(stranger).speaking("fa").get("/leaderboards?by=duties")
    page.as_(stranger).get(f"/leaderboards/everyone/{owner.id}", 404)
    page.as_(stranger).get(f"/leaderboards/nothing/{owner.id}", 404)
    reader.get("/leaderboards").form("/leaderboards/standing").submit(status=303)
    assert owner.name not in page.as_(stranger).get("/leaderboards?by=distance").words


def test_pages_of_a_board_follow_one_another(db_session, owner):
    crew = make_crew(owner, max_members=60)
    for number in range(1, 56):
        person = make_person(name=f"Runner {number}")
        add_member(crew, person)
        make_standing(person, crew_id=crew.id)
        make_activity(person, distance_m=number * 100, visibility="crew")
    scope, kind = scope_of("crew", crew.id), scope_kind("crew")
    metric = next(one for one in metrics_of(scope) if one.name == "distance")
    found, start = [], 0
    while start is not None:
        board = board_for(owner, kind, scope, metric, period_of(scope, "week"), start)
        found += board.rows
        start = board.next
    assert [row.rank for row in found] == list(range(1, 56)) and found[0].score == 5_500
    assert not board_for(owner, kind, scope, metric, period_of(scope, "week"), 9_999).rows


@pytest.mark.parametrize(
    ("solar", "first_day", "week", "month"),
    [
        (True, 6, ("2026-11-28", "2026-12-04"), ("2026-11-22", "2026-12-21")),
        (False, 1, ("2026-11-30", "2026-12-06"), ("2026-12-01", "2026-12-31")),
    ],
)
def test_weeks_and_months_are_those_of_the_scope(solar, first_day, week, month):
    scope = Scope("everyone", None, "", "Asia/Tehran", first_day, solar)
    found = [period_of(scope, window) for window in WINDOWS]
    assert [(str(one.first), str(one.last)) for one in found] == [week, month, ("None", "None")]
    with clock.frozen(datetime(2027, 3, 20, 20, 45, tzinfo=UTC)):  # already the first day of 1406 in Tehran
        assert str(period_of(scope, "month").first) == ("2027-03-21" if solar else "2027-03-01")
