"""The words of kinds, feelings and circles, for forms and pages."""

from hampa.platform.locale.i18n import lazy_gettext as _l, lazy_pgettext
from hampa.training.models.activities import (
    COMPANIONS,
    CREW,
    EVERYONE,
    HIKE,
    ME,
    MOBILITY,
    OTHER,
    RIDE,
    RUN,
    STRENGTH,
    SWIM,
    TRAIL,
    WALK,
)

KIND_WORDS = {
    RUN: lazy_pgettext("activity", "Run"),
    TRAIL: lazy_pgettext("activity", "Trail run"),
    WALK: lazy_pgettext("activity", "Walk"),
    HIKE: lazy_pgettext("activity", "Hike"),
    RIDE: lazy_pgettext("activity", "Ride"),
    SWIM: lazy_pgettext("activity", "Swim"),
    STRENGTH: lazy_pgettext("activity", "Strength"),
    MOBILITY: lazy_pgettext("activity", "Mobility and yoga"),
    OTHER: lazy_pgettext("activity", "Something else"),
}
FEELING_WORDS = {
    "great": lazy_pgettext("feeling", "Great"),
    "good": lazy_pgettext("feeling", "Good"),
    "fair": lazy_pgettext("feeling", "So-so"),
    "heavy": lazy_pgettext("feeling", "Heavy"),
    "bad": lazy_pgettext("feeling", "Bad"),
}
VISIBILITY_WORDS = {
    ME: lazy_pgettext("who sees", "Only me"),
    COMPANIONS: lazy_pgettext("who sees", "My companions"),
    CREW: lazy_pgettext("who sees", "Members of my crews"),
    EVERYONE: lazy_pgettext("who sees", "Everybody who is signed in"),
}
MAP_HELP = _l(
    "Of those who see the activity. Where you set out and where you come home is hidden from them, and so they get the"
    " distance and the time of the part that they see."
)
