"""The five viewers whom every page is tested against; the fifth, the visitor, is nobody."""

from __future__ import annotations

from hampa.people.models import Person
from tests.factories.people import make_person


def owner() -> Person:
    """Sara organises runs."""
    return make_person(name="Sara Karimi", phone="+989121110001")


def companion() -> Person:
    """Reza runs with Sara."""
    return make_person(name="Reza Ahmadi", phone="+989121110002")


def stranger() -> Person:
    """Mina knows neither of them."""
    return make_person(name="Mina Rahimi", phone="+989121110003")


def operator() -> Person:
    """Omid runs the place."""
    return make_person(name="Omid Nazari", phone="+989121110009", is_operator=True)
