"""The page of the ways to sign in, and the proof before what an open session alone must not be enough for."""

from __future__ import annotations

from sqlalchemy import select

from hampa.auth.models import Session
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from tests.auth.signing_in import ahead, codes_sent, wrong
from tests.page import Page


def test_the_ways_have_the_number_and_stand_in_the_settings(page: Page, owner: Person) -> None:
    owners = page.as_(owner)
    assert "/me/ways" in owners.get("/me/account").links
    assert "/me/phone" in owners.get("/me/ways").links


def test_a_code_to_ones_own_number_is_a_proof_and_leads_on(page: Page, owner: Person) -> None:
    owners = page.as_(owner)
    with ahead(minutes=6):
        asked = owners.get("/me/proof?next=/me/export").form("/me/proof/code").submit(status=303)
        [code] = codes_sent(owner.phone, "prove")
        typed = asked.follow().form("/me/proof")
        assert typed.fill(code=wrong(code)).submit(status=422).words
        assert typed.fill(code=code).submit(status=303).location == "/me/export"
        assert proof_of(owner) > clock.now().timestamp() - 60


def test_the_code_of_a_proof_is_asked_for_within_limits(page: Page, owner: Person) -> None:
    owners = page.as_(owner)
    owners.post("/me/proof/code", status=303)
    refused = owners.post("/me/proof/code")
    assert refused.status == 429 and int(refused.response.headers["Retry-After"]) > 50


def test_a_proof_leads_to_no_other_site(page: Page, owner: Person) -> None:
    owners = page.as_(owner)
    assert owners.post("/me/proof/code", {"next": "//evil.example"}).location == "/me/proof?next=/me/ways"


def proof_of(person: Person) -> float:
    """Return the time of the last proof in any session of a person."""
    moments = db.session.scalars(select(Session.proved_at).where(Session.person_id == person.id))
    return max(moment.timestamp() for moment in moments)
