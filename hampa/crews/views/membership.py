"""What a member chooses for themselves in a crew, the agreement, and the list of members as a spreadsheet."""

import uuid

from flask import Response, make_response, url_for

from hampa.crews.actions import agreements, exports, memberships as actions
from hampa.crews.forms import ROLE_WORDS, AgreementForm, MembershipForm
from hampa.crews.queries import crews as queries, groups, members
from hampa.crews.queries.own_crews import muted_crews
from hampa.crews.views.blueprint import blueprint
from hampa.crews.views.crews import to_crew
from hampa.notifications.queries.mutes import MUTED_ELSEWHERE, Muted
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.texts.spreadsheet import to_csv
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.csrf import is_led_here
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me


@blueprint.route("/crews/<uuid:crew_id>/membership", methods=["GET", "POST"])
@signed_in
def membership(crew_id: uuid.UUID) -> Response:
    """Show what a member chose in a crew and what is in its log about them, and let them change it."""
    own = queries.member_of(me(), crew_id)
    rows = groups.groups_of(crew_id, own.id)
    form = MembershipForm(obj=own)
    form.offer([row for row in rows if row.is_open], chosen=not form.is_submitted())
    if form.validate_on_submit():
        chosen = {"notices": form.notices.data, "shares_phone": form.shares_phone.data, "group_ids": form.group_ids}
        with attempt(form, done=_("Saved.")):
            actions.change_membership(me(), crew_id, **chosen)
        if not form.errors:
            return pages.redirect(url_for("crews.membership", crew_id=crew_id))
        own = queries.member_of(me(), crew_id)
    return pages.render(
        "crews/membership.html",
        status=form.http_status,
        crew=own.crew,
        membership=own,
        form=form,
        put_into=[row for row in rows if row.is_in and not row.is_open],
        role=ROLE_WORDS[own.role],
        log=members.own_log(me(), crew_id),
        asks_agreement=queries.needs_agreement(own),
    )


@blueprint.route("/crews/<uuid:crew_id>/agreement", methods=["GET", "POST"])
@signed_in
def agreement(crew_id: uuid.UUID) -> Response:
    """Show the agreement of a crew and when the member accepted it, and let them accept another version."""
    own = queries.member_of(me(), crew_id)
    form = AgreementForm()
    if form.validate_on_submit():
        with attempt(form, done=_("Thank you. You accepted the agreement.")):
            agreements.accept_agreement(me(), crew_id, form.read_version)
        if not form.errors:
            return to_crew(crew_id)
        own = queries.member_of(me(), crew_id)
    organises = queries.may(own, "edit")
    return pages.render(
        "crews/agreement.html",
        status=form.http_status,
        crew=own.crew,
        membership=own,
        form=form,
        asks=queries.needs_agreement(own),
        accepted=members.count_agreed(own.crew) if organises else None,
    )


@blueprint.get("/crews/<uuid:crew_id>/export")
@signed_in
def ask_export(crew_id: uuid.UUID) -> Response:
    """Say what the list of members has as a spreadsheet, and who hears of it."""
    crew = queries.admin_of(me(), crew_id).crew
    return pages.render("crews/export.html", crew=crew)


@blueprint.get("/crews/<uuid:crew_id>/members.csv")
@signed_in
def export_members(crew_id: uuid.UUID) -> Response:
    """Send the list of members as a spreadsheet, write that into the log, and tell the other admins."""
    if is_led_here():
        return pages.redirect(url_for("crews.ask_export", crew_id=crew_id))
    rows = exports.export_members(me(), crew_id)
    db.session.commit()
    head = [_("Name"), _("Role"), _("Member since"), _("Sub-groups"), _("Agreement accepted"), _("Phone")]
    table = [
        [row.name, str(ROLE_WORDS[row.role]), row.joined, " · ".join(row.groups), row.agreed, row.phone] for row in rows
    ]
    answer = make_response(to_csv([head, *table]))
    answer.mimetype = "text/csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="hampa-crew-{clock.now():%Y-%m-%d}.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def muted(person: Person) -> list[Muted]:
    """Return the crews of which a person wants to hear nothing, for the list of all that they muted."""
    return [
        Muted(
            "crew",
            crew_id,
            name,
            url_for("crews.show", crew_id=crew_id),
            url_for("crews.choose_notices", crew_id=crew_id),
            {"wanted": "1"},
        )
        for crew_id, name in muted_crews(person)
    ]


slots.contribute(blueprint, MUTED_ELSEWHERE, muted)
