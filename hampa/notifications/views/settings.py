"""What a person wants to hear by which channel, when it waits, and what they have muted."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from flask import Response, flash, url_for

from hampa.notifications.actions import choices as actions
from hampa.notifications.forms import SettingsForm
from hampa.notifications.queries import choices as queries
from hampa.notifications.views.blueprint import blueprint
from hampa.people.actions import change_settings
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, lazy_pgettext
from hampa.platform.web import pages
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me

CHANNEL_WORDS = {"app": _l("Hampa"), "push": _l("Push"), "sms": lazy_pgettext("channel", "SMS"), "mail": _l("Email")}


@blueprint.route("/me/settings/notifications", methods=["GET", "POST"])
@signed_in
def settings() -> Response:
    """Choose channels, quiet hours and the weekly summary."""
    person = me()
    stored = queries.chosen_by(person)
    form = SettingsForm.of(person, weekly_summary=stored.weekly_summary)
    if form.validate_on_submit():
        change_settings(person, **form.quiet_hours())
        actions.choose_channels(person, stored, form.channels(), weekly_summary=form.weekly_summary.data)
        db.session.commit()
        flash(_("Saved."))
        return pages.redirect(url_for("notifications.settings"))
    settings_of_person = queries.settings_of(person, stored)
    if form.errors:
        settings_of_person = _as_chosen(settings_of_person, form.channels())
    return pages.render(
        "notifications/settings.html",
        "form",
        status=form.http_status,
        form=form,
        person=person,
        settings=settings_of_person,
        channels=tuple(CHANNEL_WORDS.items()),
        channel_words=CHANNEL_WORDS,
        reached=stored.reached,
        sms_stopped=stored.sms_stopped,
    )


def _as_chosen(settings_of_person: queries.Settings, wanted: Mapping[str, Collection[str]]) -> queries.Settings:
    """Return the settings with what was sent, so that an error elsewhere in the form loses nothing."""

    def chosen(row: queries.Row) -> queries.Row:
        cells = (c if c.fixed else replace(c, is_on=c.channel in wanted[row.name]) for c in row.cells)
        return replace(row, cells=tuple(cells))

    topics = settings_of_person.topics
    return queries.Settings(tuple((words, topic, tuple(map(chosen, rows))) for words, topic, rows in topics))
