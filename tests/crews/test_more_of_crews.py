"""Sub-groups, the agreement, the list of members, the picture and what operators do with a crew that was reported."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import urlsplit

import pytest
from PIL import Image
from sqlalchemy import select

from hampa.crews.actions import groups as actions
from hampa.crews.models import Crew, CrewGroup, CrewLogEntry, CrewNotice
from hampa.crews.queries.crews import membership_of
from hampa.moderation.models import Report
from hampa.notifications.models import Notification
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused
from tests.factories.crews import add_member, make_crew, make_crew_picture, make_group, make_invitation
from tests.factories.files import sent
from tests.factories.people import make_person
from tests.personas import operator as make_operator
from tests.queues import work_off


@pytest.fixture
def sara(db_session):
    return make_person(name="Sara Karimi")


@pytest.fixture
def reza(db_session):
    return make_person(name="Reza Ahmadi")


def told(person, kind: str) -> int:
    query = select(Notification.id).where(Notification.person_id == person.id, Notification.type == kind)
    return len(db.session.scalars(query).all())


def test_members_choose_sub_groups_and_notices_reach_them_alone(page, sara, reza):
    mina = make_person(name="Mina Rahimi")
    crew = make_crew(sara, reza, mina)
    page.as_(sara).post(f"/crews/{crew.id}/groups", {"name": "North gate", "kind": "place", "is_open": "y"}, status=303)
    page.as_(sara).post(f"/crews/{crew.id}/groups", {"name": "NORTH GATE", "kind": "pace"}, status=422)
    page.as_(reza).post(f"/crews/{crew.id}/groups", {"name": "Fast", "kind": "pace"}, status=403)
    group = db.session.scalars(select(CrewGroup)).one()
    closed = make_group(crew, name="Leaders", is_open=False)
    page.as_(reza).post(f"/crews/{crew.id}/membership", {"notices": "y", "groups": str(group.id)}, status=303)
    page.as_(reza).post(f"/crews/{crew.id}/membership", {"groups": str(closed.id)}, status=422)
    db.session.expire_all()
    assert group.members == 1
    shown = page.as_(mina).get(f"/crews/{crew.id}/members?group={group.id}", 200).words
    assert "Reza Ahmadi" in shown
    assert "Sara Karimi" not in shown
    page.as_(sara).post(f"/crews/{crew.id}/notices", {"text": "Bring lamps", "group": str(group.id)}, status=303)
    assert (told(reza, "crew_notice"), told(mina, "crew_notice")) == (1, 0)
    assert "Bring lamps" in page.as_(reza).get(f"/crews/{crew.id}", 200).words
    assert "Bring lamps" not in page.as_(mina).get(f"/crews/{crew.id}", 200).words
    notice = db.session.scalars(select(CrewNotice)).one()
    page.as_(mina).get(f"/report/crew_notice/{notice.id}", 404)
    page.as_(reza).get(f"/report/crew_notice/{notice.id}", 200)
    page.as_(sara).post(f"/crews/{crew.id}/members/{mina.id}/groups", {"groups": str(closed.id)}, status=303)
    assert "Leaders" in page.as_(mina).get(f"/crews/{crew.id}/membership", 200).words
    page.as_(reza).post(f"/crews/{crew.id}/leave", status=303)
    db.session.expire_all()
    assert (group.members, closed.members) == (0, 1)
    with pytest.raises(NotFound):
        actions.choose_groups(mina, crew.id, [make_group(make_crew(sara)).id])


def test_a_changed_agreement_asks_the_members_again(page, sara, reza):
    crew = make_crew(sara, reza, agreement="Nobody runs alone.")
    address = f"/crews/{crew.id}/agreement"
    assert "Read and accept" in page.as_(reza).get(f"/crews/{crew.id}", 200).words
    page.as_(reza).post(address, {"version": "1"}, status=303)
    assert "Read and accept" not in page.as_(reza).get(f"/crews/{crew.id}", 200).words
    settings = page.as_(sara).get(f"/crews/{crew.id}/settings", 200)
    form = next(form for form in settings.forms if form.action.endswith("/settings"))
    form.fill(agreement="Nobody runs alone, and all bring lamps.").submit(status=303)
    assert told(reza, "crew_agreement") == 1
    page.as_(reza).post(address, {"version": "1"}, status=422)
    db.session.expire_all()
    assert membership_of(reza, crew.id).agreed_version == 1
    link = make_invitation(crew, sara)
    new = make_person()
    page.as_(new).post(f"/crews/in/{link.id}/join", {"agrees": "y", "version": "1"}, status=422)
    page.as_(new).post(f"/crews/in/{link.id}/join", {"agrees": "y", "version": "2"}, status=303)
    page.as_(reza).post(address, {"version": "2"}, status=303)
    assert "3 of 3" in page.as_(sara).get(address, 200).words
    assert "accepted the agreement on" in page.as_(sara).get(f"/crews/{crew.id}/members", 200).words


def test_the_list_of_members_is_for_admins_logged_and_told(page, sara, reza):
    other, sharing = make_person(name="Omid Nazari"), make_person(name="=Nima", phone="+989351110001")
    crew = make_crew(sara, reza)
    add_member(crew, other, role="admin")
    make_group(crew, add_member(crew, sharing, shares_phone=True), name="North")
    page.as_(reza).get(f"/crews/{crew.id}/members.csv", 403)
    page.as_(sara).get(f"/crews/{crew.id}/export", 200)
    table = page.as_(sara).get(f"/crews/{crew.id}/members.csv", 200).response.get_data(as_text=True)
    assert "Reza Ahmadi" in table
    assert "989351110001" in table
    assert '"\'=Nima"' in table
    assert reza.phone not in table
    assert "North" in table
    assert (told(other, "crew_exported"), told(sara, "crew_exported")) == (1, 0)
    assert "exported" in page.as_(reza).get(f"/crews/{crew.id}/membership", 200).words
    assert "exported" in db.session.scalars(select(CrewLogEntry.what)).all()


def test_a_crew_shows_a_picture(page, program, sara, reza):
    crew = make_crew(sara, reza, is_listed=True)
    out = BytesIO()
    Image.new("RGB", (600, 400), (200, 120, 40)).save(out, "JPEG")
    hers, path = program.as_(sara), f"/crews/{crew.id}/picture"
    assert hers.get(path, 200).data == {"picture": None, "state": "none", "reason": None}
    given = hers.ask("POST", path, 200, data={"picture": sent(out.getvalue(), "us.jpg")})
    assert given.data["state"] == "waiting"
    work_off()
    db.session.expire_all()
    picture = db.session.get(Crew, crew.id).picture
    assert picture is not None
    for address in (f"/crews/{crew.id}", "/crews"):
        assert picture in page.as_(None).get(address, 200).response.get_data(as_text=True)
    page.as_(None).get(f"/crews/{crew.id}/picture/{picture}/96.webp", 200)
    link = make_invitation(crew, sara)
    assert picture in page.as_(reza).get(f"/crews/in/{link.id}/print", 200).response.get_data(as_text=True)
    assert hers.get(path, 200).data["state"] == "shown"
    url = program.as_(None).get(f"/crews/{crew.id}", 200).data["picture"]
    page.as_(None).get(urlsplit(url).path, 200)
    hers.delete(path, 204)
    page.as_(None).get(f"/crews/{crew.id}/picture/{picture}/96.webp", 404)
    page.as_(sara).post(path, {"picture": sent(out.getvalue(), "us.jpg")}, status=303)
    page.as_(sara).post(f"{path}/delete", status=303)
    assert hers.get(path, 200).data["state"] == "none"


def test_operators_hide_a_crew_close_it_and_undo_that(page, sara, reza):
    crew, mina, operator = make_crew(sara, reza, is_listed=True), make_person(), make_operator()
    picture = make_crew_picture(crew, sara)
    page.as_(mina).post(f"/report/crew_picture/{picture.id}", {"reason": "fake", "words": ""}, status=303)
    decide(page, operator, "remove")
    assert db.session.get(Crew, crew.id, populate_existing=True).picture is None
    page.as_(mina).post(
        f"/report/crew/{crew.id}", {"reason": "danger", "words": "They run on the motorway"}, status=303
    )
    decide(page, operator, "hide")
    page.as_(mina).get(f"/crews/{crew.id}", 404)
    assert (told(sara, "crew_hidden"), told(reza, "crew_hidden")) == (1, 1)
    form = next(
        f for f in page.as_(sara).get(f"/crews/{crew.id}/settings", 200).forms if f.action.endswith("/settings")
    )
    form.fill(is_listed="y").submit(status=422)
    page.as_(reza).post(f"/report/crew/{crew.id}", {"reason": "danger", "words": ""}, status=303)
    decide(page, operator, "remove")
    page.as_(sara).post(f"/crews/{crew.id}/open", status=303)
    assert db.session.get(Crew, crew.id, populate_existing=True).closed_at is not None
    assert told(reza, "crew_closed") == 1
    decide(page, operator, "restore")
    assert db.session.get(Crew, crew.id, populate_existing=True).closed_at is None


def decide(page, operator, decision: str) -> None:
    """Have an operator decide about the last report, and the worker do it."""
    report_id = db.session.scalars(select(Report.id).order_by(Report.created_at.desc())).first()
    page.as_(operator).post(f"/admin/moderation/{report_id}", {"decision": decision}, status=303)
    work_off()
    db.session.expire_all()


def test_a_crew_has_so_many_sub_groups(db_session, sara):
    crew = make_crew(sara)
    for _number in range(actions.MOST_GROUPS):
        make_group(crew)
    with pytest.raises(Refused):
        actions.create_group(sara, crew.id, name="One more", kind="pace", is_open=True)
