"""Notifications about the security of an account."""

from hampa.notifications.models import CHANNELS, NotificationKind, register
from hampa.platform.locale.i18n import lazy_gettext as _l

register(
    # `what` is new_device (with `browser` and `system`), new_program,
    # wrong_codes or warned; there is no SMS of the last.
    NotificationKind(
        "account_security",
        feature="auth",
        endpoint="auth.sessions",
        fields=("what",),
        optional=("browser", "system"),
        channels=CHANNELS,
        always=("app", "sms", "mail"),
        passes_quiet="always",
        label=_l("Sign-ins and changes of your number or address"),
        icon="lock",
    )
)

register(
    # `what` is passkey_added, passkey_removed or passkey_stopped (with the `name` of the passkey), password_set,
    # password_changed or password_removed, openid_added or openid_removed (with the `name` of the provider).
    NotificationKind(
        "way_changed",
        feature="auth",
        endpoint="auth.ways",
        fields=("what",),
        optional=("name",),
        channels=CHANNELS,
        always=("app", "sms", "mail"),
        passes_quiet="always",
        label=_l("Changes of your ways to sign in"),
        icon="lock",
    )
)
