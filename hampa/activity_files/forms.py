"""The form for a file, and the words for what became of files."""

from hampa.activity_files.models import ADDED, FAILED, MADE, MEGABYTES, SAME
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, ngettext
from hampa.platform.web.fields import ValidationError
from hampa.platform.web.forms import OnceForm
from hampa.platform.web.uploads import UploadField

FILE_REASONS = {
    "not_gpx": _l("This is not a GPX, TCX or FIT file."),
    "packed": _l("This is an archive in an archive, or one that is no ZIP. Unpack it first."),
    "kml": _l("This is a KML file, which has no times. Export it as GPX, TCX or FIT."),
    "broken": _l("This file is broken or ends in the middle. Export it once more."),
    "harmful": _l("There are things in this file that no activity needs, so we did not read it."),
    "empty": _l("There is no activity in this file."),
    "no_times": _l("There are no times in this file: it's a planned route, not an activity."),
    "too_large": _l("This file is larger than any activity."),
    "too_long": _l("This is longer than 48 hours or 500 kilometres."),
    "too_many": _l("There is more in this file than we read. Send it in parts."),
    "too_short": _l("There is nothing to measure in this file."),
    "future": _l("This is in the future. Look at the clock of the device."),
    "full": _l("There is no room for this right now. Try again later."),
    "failed": _l("Something went wrong while we read the file. Send it once more."),
}
"""The message for each of `models.REASONS`."""

PART_WORDS = {
    "activities": _l("Activities"),
    "plans": _l("Plans"),
    "goals": _l("Goals"),
    "gear": _l("Gear"),
    "badges": _l("Badges"),
}
"""What a copy has, by the names of its parts."""

BEST_WORDS = {
    "400m": _l("400 metres"),
    "1km": _l("1 kilometre"),
    "1mi": _l("1 mile"),
    "5km": _l("5 kilometres"),
    "10km": _l("10 kilometres"),
    "half": _l("Half marathon"),
    "marathon": _l("Marathon"),
}


class ActivityFileForm(OnceForm):
    """A file of a watch, or an archive of many."""

    file = UploadField(_l("The file of your watch or phone"), megabytes=MEGABYTES)

    def validate_file(self, field: UploadField) -> None:
        """Ask for a file; what is in it is for the worker."""
        if not field.data:
            raise ValidationError(_("Choose the file first."))


def fate_words(fates: dict[str, int]) -> list[str]:
    """Return what became of the files of an import, as sentences."""
    sentences = {
        MADE: lambda count: ngettext("%(num)d file is now an activity.", "%(num)d files are now activities.", count),
        ADDED: lambda count: ngettext(
            "%(num)d file was added to an activity that you had logged.",
            "%(num)d files were added to activities that you had logged.",
            count,
        ),
        SAME: lambda count: ngettext(
            "%(num)d file was already here and wasn't added again.",
            "%(num)d files were already here and weren't added again.",
            count,
        ),
        FAILED: lambda count: ngettext("%(num)d file could not be read.", "%(num)d files could not be read.", count),
    }
    return [words(fates[fate]) for fate, words in sentences.items() if fates.get(fate)]
