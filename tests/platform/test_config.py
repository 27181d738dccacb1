"""Settings: each declared once, a wrong one told in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from hampa.platform import config
from hampa.platform.config import SettingsError, load

CHECKOUT = Path(__file__).parents[2]
PRODUCTION = {"HAMPA_ENV": "production", "HAMPA_SECRET_KEY": "k" * 32, "HAMPA_BASE_URL": "https://hampa.example"}


def test_nothing_needs_to_be_set_for_development() -> None:
    found = load({})
    assert found.development
    assert found.base_url == "http://127.0.0.1:5000"
    assert found.home == CHECKOUT / "var"
    assert found.demo


def test_both_countries_of_the_demo_get_sms_in_development_unless_others_are_set() -> None:
    assert load({}).sms_countries == ("DE", "IR")
    assert load({"HAMPA_SMS_COUNTRIES": "FR"}).sms_countries == ("FR",)
    assert load({"HAMPA_ENV": "test"}).sms_countries == ("IR",)


def test_the_address_follows_the_port() -> None:
    assert load({"PORT": "8123"}).base_url == "http://127.0.0.1:8123"


def test_limits_are_a_hundred_times_as_wide_in_development_unless_they_are_set() -> None:
    assert load({"HAMPA_ENV": "test"}).codes_per_number_hour == 5
    assert load({}).codes_per_number_hour == 500
    assert load({"HAMPA_CODES_PER_NUMBER_HOUR": "7"}).codes_per_number_hour == 7


def test_the_wait_between_codes_is_the_same_in_development() -> None:
    assert load({}).code_wait == load({"HAMPA_ENV": "test"}).code_wait == 60


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load({"PORT": " "}).port == 5000


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_hosts_write_the_database_in_three_ways(scheme: str) -> None:
    assert load({"DATABASE_URL": f"{scheme}://u:p@h/d"}).database_url == "postgresql+psycopg://u:p@h/d"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HAMPA_ENV", "staging"),
        ("PORT", "70000"),
        ("PORT", "۵۰۰۰"),
        ("PORT", "-1"),
        ("HAMPA_DEMO", "perhaps"),
        ("HAMPA_BASE_URL", "hampa.example"),
        ("HAMPA_BASE_URL", "https://hampa.example/app"),
        ("HAMPA_DEFAULT_LOCALE", "de"),
        ("HAMPA_TIMEZONE", "Tehran"),
        ("HAMPA_TIMEZONE", "../../etc/passwd"),
        ("HAMPA_TIMEZONE", "Asia"),
        ("HAMPA_PHONE_REGION", "ir"),
        ("HAMPA_PHONE_REGION", "ZZ"),
        ("HAMPA_SMS_COUNTRIES", "IR,XX"),
        ("HAMPA_SMS_GATEWAY", "pigeon"),
        ("HAMPA_MAIL_GATEWAY", "pigeon"),
        ("HAMPA_MAIL_FROM", "Hampa"),
        ("HAMPA_MAIL_FROM", "a@hampa.example\r\nBcc: b@hampa.example"),
        ("HAMPA_SMTP_HOST", "smtp example"),
        ("HAMPA_SMTP_SECURITY", "some"),
        ("DATABASE_URL", "mysql://h/d"),
        ("REDIS_URL", "h:6379"),
        ("SENTRY_DSN", "key@host"),
        ("HAMPA_SENTRY_TRACES", "2"),
        ("HAMPA_LOG_LEVEL", "loud"),
        ("HAMPA_CODE_WAIT", "0"),
    ],
)
def test_a_wrong_one_is_named_in_one_line(variable: str, value: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        load({variable: value})
    assert str(wrong.value).startswith(f"{variable} must ")
    assert "\n" not in str(wrong.value)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"HAMPA_SECRET_KEY": ""}, "HAMPA_SECRET_KEY"),
        ({"HAMPA_SECRET_KEY": "short"}, "HAMPA_SECRET_KEY"),
        ({"HAMPA_SECRET_KEY": config.DEVELOPMENT_SECRET}, "HAMPA_SECRET_KEY"),
        ({"HAMPA_BASE_URL": ""}, "HAMPA_BASE_URL"),
        ({"HAMPA_BASE_URL": "http://hampa.example"}, "HAMPA_BASE_URL"),
    ],
)
def test_production_does_not_start_without_what_keeps_it_safe(change: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        load(PRODUCTION | change)


@pytest.mark.parametrize("environment", [{}, {"HAMPA_ENV": "development"}, {"HAMPA_ENV": "test"}])
@pytest.mark.parametrize(
    "reachable",
    [
        {"HAMPA_BIND": "0.0.0.0"},  # noqa: S104 - refused
        {"HAMPA_BIND": "::"},
        {"HAMPA_BIND": "192.168.1.5"},
        {"HAMPA_BIND": "::ffff:192.168.1.5"},
        {"HAMPA_BIND": "hampa.example"},
        {"HAMPA_BASE_URL": "https://hampa.example"},
        {"HAMPA_BASE_URL": "http://hampa.example"},
        {"HAMPA_BASE_URL": "https://127.0.0.1.hampa.example"},
    ],
)
def test_nothing_but_production_serves_others(environment: dict[str, str], reachable: dict[str, str]) -> None:
    """A secret of one's own does not help: the codes of all are shown at /dev/outbox."""
    with pytest.raises(SettingsError, match="HAMPA_ENV") as wrong:
        load(environment | reachable | {"HAMPA_SECRET_KEY": "k" * 32})
    assert environment.get("HAMPA_ENV", "not set") in str(wrong.value)
    assert load(PRODUCTION | reachable | {"HAMPA_BASE_URL": "https://hampa.example"}).production


def test_development_is_reached_by_every_name_of_its_own_machine() -> None:
    for host in ("127.0.0.1", "127.0.0.2", "::1", "localhost"):
        assert load({"HAMPA_BIND": host}).bind == host
    for url in ("http://localhost:5000", "https://127.0.0.1", "http://[::1]:5000"):
        assert load({"HAMPA_BASE_URL": url}).base_url == url


def test_production_makes_no_demo_people_unasked() -> None:
    assert not load(PRODUCTION).demo
    assert load(PRODUCTION | {"HAMPA_DEMO": "1"}).demo
    assert not load({"HAMPA_DEMO": "0"}).demo


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    shown = repr(load(PRODUCTION | {"DATABASE_URL": "postgresql://u:pass-word@h/d", "SENTRY_DSN": "https://dsn@s/1"}))
    assert "k" * 32 not in shown
    assert "pass-word" not in shown
    assert "dsn@s" not in shown


def test_secrets_do_not_show_in_errors() -> None:
    with pytest.raises(SettingsError) as wrong:
        load({"DATABASE_URL": "mysql://u:pass-word@h/d"})
    assert "pass-word" not in str(wrong.value)


def test_the_example_lists_every_variable_once_with_what_it_is_for() -> None:
    lines = config.example().splitlines()
    names = [line.partition("=")[0] for line in lines if "=" in line and not line.startswith("#")]
    assert names == [config.variable_name(*item) for item in config.Settings.model_fields.items()]
    assert len(set(names)) == len(names)


def test_the_example_is_itself_a_right_environment() -> None:
    lines = [line for line in config.example().splitlines() if line and not line.startswith("#")]
    assert load(dict(line.split("=", 1) for line in lines)).port == 5000


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, "HAMPA_SMTP_HOST"),
        ({"HAMPA_SMTP_HOST": "mail.example"}, "HAMPA_MAIL_FROM"),
        (
            {
                "HAMPA_SMTP_HOST": "mail.example",
                "HAMPA_MAIL_FROM": "a@b.example",
                "HAMPA_SMTP_USER": "a",
                "HAMPA_SMTP_SECURITY": "none",
            },
            "HAMPA_SMTP_SECURITY",
        ),
    ],
)
def test_smtp_needs_a_server_a_sender_and_no_password_in_clear(given, wrong):
    with pytest.raises(SettingsError, match=wrong):
        load({"HAMPA_MAIL_GATEWAY": "smtp", **given})
