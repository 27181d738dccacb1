"""Forms of subscriptions: for buying, and for operators."""

from typing import Any

from hampa.platform.locale import prices
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, lazy_pgettext, ngettext
from hampa.platform.web.fields import (
    BooleanField,
    IntegerField,
    PhoneField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from hampa.platform.web.forms import OnceForm, QueryForm
from hampa.subscriptions.models import (
    ALLOWANCES,
    FREE,
    LONGEST_NAME,
    LONGEST_REASON,
    MOST_MONTHS,
    PAYMENT_STATES,
    STATES,
    SubscriptionPlan,
)
from hampa.subscriptions.queries.plans import all_plans
from hampa.subscriptions.queries.subscriptions import Filters

MOST_ALLOWED = 100_000
MOST_DAYS = 3_650
CURRENCIES = ("IRR", "EUR", "USD", "GBP", "TRY", "AED", "SEK", "CAD", "AUD")
STATE_WORDS = {
    "ACTIVE": lazy_pgettext("subscription", "Running"),
    "CANCELED": _l("Cancelled, until its end"),
    "PAST_DUE": _l("Days of grace"),
    "EXPIRED": _l("Over"),
}
CHANGE_WORDS = {
    "started": _l("Began"),
    "renewed": _l("Renewed"),
    "switched": _l("Plan changed"),
    "cancelled": _l("Cancelled"),
    "resumed": _l("Cancellation undone"),
    "late": _l("Days of grace began"),
    "ended": _l("Ended"),
    "given": _l("Given"),
    "extended": _l("Extended"),
    "refunded": _l("Refunds"),
}
PAYMENT_WORDS = {
    "NEW": _l("Begun"),
    "OPEN": _l("At the gateway"),
    "PAID": _l("Paid"),
    "FAILED": _l("Not paid"),
    "TO_REFUND": _l("To be refunded"),
    "REFUNDING": _l("Being refunded"),
    "REFUNDED": _l("Given back"),
}
GATEWAY_WORDS = {"sandbox": _l("Test gateway"), "zarinpal": _l("Zarinpal"), "stripe": _l("Stripe")}


def months_in_words(months: int | None) -> str:
    """Return the length of a plan in words."""
    if months is None:
        return _("without an end")
    if months % 12 == 0:
        return ngettext("%(num)d year", "%(num)d years", months // 12)
    return ngettext("%(num)d month", "%(num)d months", months)


def _number(name: str) -> IntegerField:
    return IntegerField(ALLOWANCES[name], min=0, max=MOST_ALLOWED, required=False)


class PlanForm(OnceForm):
    """A plan; numbers that are left empty are without a limit."""

    code = StringField(_l("Code, for addresses"), min=2, max=30, render_kw={"dir": "ltr"})
    name_fa = StringField(_l("Name in Persian"), min=1, max=LONGEST_NAME)
    name_en = StringField(_l("Name in English"), min=1, max=LONGEST_NAME)
    currency = SelectField(_l("Currency"), [(name, name) for name in CURRENCIES], default="IRR")
    price = StringField(_l("Price"), max=20, render_kw={"dir": "ltr", "inputmode": "decimal"})
    months = IntegerField(_l("Months"), min=1, max=MOST_MONTHS)
    cards_in_full = _number("cards_in_full")
    pending_interests = _number("pending_interests")
    own_cards = _number("own_cards")
    sms_a_month = _number("sms_a_month")
    summaries_a_month = _number("summaries_a_month")

    def __init__(self, plan: SubscriptionPlan | None = None, **kwargs: Any) -> None:
        shown = None if plan is None else f"{prices.in_units(plan.price, plan.currency):f}"
        super().__init__(obj=plan, data={} if shown is None else None, **kwargs)
        if plan is not None:
            del self.code
            if self.price.raw_data is None:
                self.price.data = shown
            if plan.code == FREE:
                for name in ("price", "months", "currency"):
                    del self._fields[name]

    def validate_code(self, field: StringField) -> None:
        """Refuse what would not be an address."""
        word = field.data or ""
        if not (word.isascii() and word[:1].isalpha() and word.replace("-", "").isalnum() and word == word.lower()):
            raise ValidationError(_("Use small Latin letters, digits and hyphens, with a letter first."))
        if word == FREE:
            raise ValidationError(_("This is the code of the plan of everybody else. Choose another."))

    def validate_price(self, field: StringField) -> None:
        """Refuse what is no amount of the currency."""
        try:
            amount = prices.parse_price(field.data or "", self.currency.data or "IRR")
        except ValueError:
            amount = 0
        if not amount:
            raise ValidationError(_("Enter an amount in this currency, such as 990000 or 3.90."))

    def fields(self) -> dict[str, Any]:
        """Return the columns of the plan."""
        names = [name for name in (*ALLOWANCES, "name_fa", "name_en", "months", "currency", "code") if name in self]
        values = {name: self[name].data for name in names}
        if "price" in self:
            values["price"] = prices.parse_price(self.price.data, self.currency.data)
        return values


def _plan_choices() -> list[tuple[str, str]]:
    return [(str(plan.id), plan.name) for plan in all_plans() if plan.code != FREE]


class GiveForm(OnceForm):
    """A subscription that is given."""

    phone = PhoneField(_l("Phone number of the person"))
    plan = SelectField(lazy_pgettext("subscription", "Plan"), _plan_choices)
    months = IntegerField(_l("Months; empty: without an end"), min=1, max=MOST_MONTHS, required=False)
    reason = TextAreaField(_l("Why? It is written into the history"), min=1, max=LONGEST_REASON)


class ExtendForm(OnceForm):
    """Days that are added to a subscription."""

    days = IntegerField(_l("How many more days"), min=1, max=MOST_DAYS)
    reason = TextAreaField(_l("Why? It is written into the history"), min=1, max=LONGEST_REASON)


class RefundForm(OnceForm):
    """A payment that is given back."""

    reason = TextAreaField(_l("Why? It is written into the history"), min=1, max=LONGEST_REASON)
    ends = BooleanField(_l("Take away the time that it paid for, too"), default=True)


class SubscriptionFilters(QueryForm):
    """Which subscriptions are listed."""

    state = SelectField(
        _l("State"), lambda: [("", _("All")), *((state, str(STATE_WORDS[state])) for state in STATES)], required=False
    )
    plan = SelectField(
        lazy_pgettext("subscription", "Plan"), lambda: [("", _("All")), *_plan_choices()], required=False
    )
    words = StringField(_l("Name or number"), max=60, required=False)

    def filters(self) -> Filters:
        """Return the filters that are set."""
        return Filters(**self.chosen())


class PaymentFilters(QueryForm):
    """Which payments are listed."""

    state = SelectField(
        _l("State"),
        lambda: [("", _("All")), *((state, str(PAYMENT_WORDS[state])) for state in PAYMENT_STATES)],
        required=False,
    )
