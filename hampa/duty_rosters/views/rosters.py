"""The roster of a day: its draft, its checks, publishing it; and the rules."""

import uuid

from flask import Response, request, url_for

from hampa.duty_rosters.actions import rosters as actions, rules as rule_actions
from hampa.duty_rosters.forms import KIND_WORDS, MENDING_WORDS, ExpectedForm, RuleForm, check_in_words, rule_in_words
from hampa.duty_rosters.models import KINDS
from hampa.duty_rosters.queries.checks import checks_of
from hampa.duty_rosters.queries.days import day_of, roster_named as roster_by_id, runners_on
from hampa.duty_rosters.queries.owners import CREW, SERIES, RosterOwner, rules_of
from hampa.duty_rosters.views.blueprint import blueprint, day_in, owner_in
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me

ADDRESS = "/rosters/<owner_kind>/<uuid:owner_id>"


@blueprint.get("/rosters/<uuid:roster_id>")
@signed_in
def roster_named(roster_id: uuid.UUID) -> Response:
    """Redirect to the page of a roster."""
    roster = roster_by_id(roster_id)
    kind, owner_id = (CREW, roster.crew_id) if roster.crew_id is not None else (SERIES, roster.series_id)
    if owner_id is None:
        raise NotFound
    owner_in(kind, owner_id)
    return pages.redirect(url_for("duty_rosters.roster", owner_kind=kind, owner_id=owner_id, day=roster.day))


@blueprint.get(f"{ADDRESS}/<day>")
@signed_in
def roster(owner_kind: str, owner_id: uuid.UUID, day: str) -> Response:
    """Show who does what on a day, and to coordinators what is wrong with it."""
    return _page(owner_in(owner_kind, owner_id), day)


def _page(owner: RosterOwner, day: str, form: ExpectedForm | None = None) -> Response:
    shown = day_of(me(), owner, day_in(day))
    runners = runners_on(owner, shown.day, shown.roster) if owner.coordinates else 0
    checks = checks_of(owner, shown, runners) if owner.coordinates else []
    is_over = shown.day < dates.today(owner.timezone)
    people = {one.person_id for ones in shown.people.values() for one in ones}
    return pages.render(
        "duty_rosters/roster.html",
        status=form.http_status if form is not None else 200,
        owner=owner,
        shown=shown,
        rows=shown.rows(may_put_in=owner.coordinates and not is_over),
        both=dates.in_both_calendars(shown.day),
        checks=[(check, check_in_words(check), MENDING_WORDS[check.kind]) for check in checks],
        blocked=any(check.is_blocking for check in checks),
        told=len(people),
        runners=runners,
        is_over=is_over,
        form=form or _expected(shown.roster.expected if shown.roster else None),
    )


def _expected(runners: int | None) -> ExpectedForm:
    return ExpectedForm(formdata=None, expected=runners)


@blueprint.post(f"{ADDRESS}/<day>/draft")
@signed_in
def draft(owner_kind: str, owner_id: uuid.UUID, day: str) -> Response:
    """Draft a roster, or draft a published one again."""
    owner = _coordinated(owner_kind, owner_id)
    with attempt(done=_("It is a draft now: only coordinators see who does what.")):
        actions.draft(me(), owner, day_in(day))
    return _to_roster(owner, day)


@blueprint.post(f"{ADDRESS}/<day>/publication")
@signed_in
def publish(owner_kind: str, owner_id: uuid.UUID, day: str) -> Response:
    """Publish a roster."""
    owner = _coordinated(owner_kind, owner_id)
    with attempt(done=_("Published. We'll tell everybody in it.")):
        actions.publish(me(), owner, day_in(day))
    return _to_roster(owner, day)


@blueprint.post(f"{ADDRESS}/<day>/discard")
@signed_in
def discard(owner_kind: str, owner_id: uuid.UUID, day: str) -> Response:
    """Discard a draft."""
    owner = _coordinated(owner_kind, owner_id)
    with attempt(done=_("The draft is gone. Anybody can take the shifts.")):
        actions.discard(me(), owner, day_in(day))
    return _to_roster(owner, day)


@blueprint.post(f"{ADDRESS}/<day>/expected")
@signed_in
def expect(owner_kind: str, owner_id: uuid.UUID, day: str) -> Response:
    """Say how many runners are expected."""
    owner, form = _coordinated(owner_kind, owner_id), ExpectedForm()
    if form.validate():
        with attempt(form, done=_("Saved.")):
            actions.expect(me(), owner, day_in(day), form.expected.data)
    return _page(owner, day, form) if form.errors else _to_roster(owner, day)


@blueprint.get(f"{ADDRESS}/rules")
@signed_in
def rules(owner_kind: str, owner_id: uuid.UUID) -> Response:
    """Show the rules by which rosters are checked."""
    owner = _coordinated(owner_kind, owner_id)
    rows = rules_of(owner)
    return pages.render(
        "duty_rosters/rules.html",
        owner=owner,
        rows=[(row, rule_in_words(row.kind, row.role, row.people, row.per)) for row in rows],
        kinds=KIND_WORDS,
    )


@blueprint.post(f"{ADDRESS}/rules")
@signed_in
def change_rules(owner_kind: str, owner_id: uuid.UUID) -> Response:
    """Add the usual rules, or remove the one that was chosen."""
    owner = _coordinated(owner_kind, owner_id)
    if request.form.get("remove") in KINDS:
        with attempt(done=_("Removed.")):
            rule_actions.remove_rule(me(), owner, request.form["remove"], request.form.get("role", ""))
    else:
        with attempt(done=_("Saved.")):
            rule_actions.add_usual_rules(me(), owner)
    return pages.redirect(url_for("duty_rosters.rules", **owner.place))


@blueprint.route(f"{ADDRESS}/rules/<rule>", methods=["GET", "POST"])
@signed_in
def rule(owner_kind: str, owner_id: uuid.UUID, rule: str) -> Response:
    """Add a rule of a kind, or change it."""
    owner = _coordinated(owner_kind, owner_id)
    if rule not in KINDS:
        raise NotFound
    form = RuleForm.of(rule, **_rule_in_address(owner, rule))
    if form.validate_on_submit():
        with attempt(form, done=_("Saved.")):
            rule_actions.set_rule(me(), owner, kind=rule, **form.values())
        if not form.errors:
            return pages.redirect(url_for("duty_rosters.rules", **owner.place))
    return pages.render(
        "duty_rosters/rule.html", status=form.http_status, form=form, owner=owner, rule=rule, title=KIND_WORDS[rule]
    )


def _rule_in_address(owner: RosterOwner, kind: str) -> dict[str, object]:
    """Return the values of the rule that the address names by its role, to change it."""
    role = request.args.get("role", "")
    row = next((one for one in rules_of(owner) if (one.kind, one.role) == (kind, role)), None)
    return {} if row is None else {name: getattr(row, name) for name in ("role", "people", "per", "is_blocking")}


def _coordinated(owner_kind: str, owner_id: uuid.UUID) -> RosterOwner:
    owner = owner_in(owner_kind, owner_id)
    if not owner.coordinates:
        raise Forbidden(_("Only those who coordinate these duties can do that."))
    return owner


def _to_roster(owner: RosterOwner, day: str) -> Response:
    return pages.redirect(url_for("duty_rosters.roster", **owner.place, day=day))
