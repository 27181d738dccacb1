"""Devices with notifications, in a person's export and at their erasure."""

from collections.abc import Iterable
from typing import Any

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.push.models import PushSubscription

privacy_registry.holds(PushSubscription.person_id, noun="push_devices", fate="delete")


@privacy_registry.exports("push_devices", _l("Devices that get your notifications, without their keys"))
def push_devices(person: Person) -> Iterable[dict[str, Any]]:
    """Return the devices; the address and the keys are secrets of the browser, which would let anybody disturb it."""
    return privacy_registry.rows_of(person, PushSubscription.person_id, "id created_at updated_at user_agent")
