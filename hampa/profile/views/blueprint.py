"""The blueprint of all of /me that has no feature of its own, and of people's pages."""

from __future__ import annotations

from flask import Blueprint

from hampa.platform.locale.i18n import gettext as _, number
from hampa.profile.queries.people import age_now

blueprint = Blueprint("profile", __name__)

GROWN, OLDEST = 20, 70


@blueprint.app_template_filter("age_band")
def age_band(born: int) -> str:
    """The ten years in which the age of somebody born in this year lies."""
    age = age_now(born)
    if age < GROWN:
        return _("Under %(age)s", age=number(GROWN))
    if age >= OLDEST:
        return _("%(age)s or older", age=number(OLDEST))
    return _("%(first)s to %(last)s years old", first=number(age // 10 * 10), last=number(age // 10 * 10 + 9))
