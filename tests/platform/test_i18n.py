"""Who is spoken to how."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, render_template_string
from flask_babel import get_locale
from markupsafe import Markup

from hampa.platform.locale import i18n


def person(
    locale: str | None = None, timezone: str | None = None, calendar: str | None = None, units: str | None = None
) -> SimpleNamespace:
    """Somebody signed in."""
    return SimpleNamespace(locale=locale, timezone=timezone, calendar=calendar, units=units)


@pytest.fixture
def asking(speaker: Flask) -> Flask:
    """Return an app with one page that shows its locale."""

    @speaker.get("/")
    def page() -> dict[str, str]:
        voice = i18n.locale_context()
        return {
            "locale": i18n.get_locale_code(),
            "direction": i18n.direction(),
            "timezone": i18n.timezone().key,
            "calendar": i18n.calendar(),
            "units": i18n.units(),
            "babel": str(get_locale()),
            "same": str(voice is i18n.locale_context()),
        }

    return speaker


def heard(app: Flask, url: str = "/", languages: str = "", cookies: dict[str, str] | None = None) -> dict[str, str]:
    client = app.test_client()
    for name, value in (cookies or {}).items():
        client.set_cookie(name, value)
    answer = client.get(url, headers={"Accept-Language": languages} if languages else {})
    assert answer.status_code == 200
    found: dict[str, str] = answer.get_json()
    return found


@pytest.mark.parametrize(
    ("url", "languages", "cookies", "locale"),
    [
        ("/", "", {}, "fa"),
        ("/", "*", {}, "fa"),
        ("/", "de, fr;q=0.5", {}, "en"),
        ("/", "de, *;q=0.5", {}, "fa"),
        ("/", "de;q=0", {}, "fa"),
        ("/", "ckb-IR, ku;q=0.5", {}, "fa"),
        ("/", "en", {}, "en"),
        ("/", "en-GB,en;q=0.9,fa;q=0.5", {}, "en"),
        ("/", "fa-IR,fa;q=0.9,en;q=0.5", {}, "fa"),
        ("/", "de, en;q=0.7, fa;q=0.9", {}, "fa"),
        ("/", "en;q=x, ;;;,\x7f", {}, "fa"),
        ("/", "fa", {"lang": "en"}, "en"),
        ("/", "fa", {"lang": "tlh"}, "fa"),
        ("/?lang=fa", "en", {"lang": "en"}, "fa"),
        ("/?lang=en", "fa", {}, "en"),
        ("/?lang=xx", "en", {}, "en"),
        ("/?lang=%00", "en", {}, "en"),
        ("/?lang=en&lang=fa", "fa", {}, "en"),
    ],
)
def test_the_language_of_a_visitor(
    asking: Flask, url: str, languages: str, cookies: dict[str, str], locale: str
) -> None:
    said = heard(asking, url, languages, cookies)
    assert said["locale"] == locale
    assert said["babel"] == locale
    assert said["direction"] == {"fa": "rtl", "en": "ltr"}[locale]
    assert said["calendar"] == {"fa": "solar", "en": "gregorian"}[locale]
    assert said["units"] == "km"
    assert said["same"] == "True"


def test_a_person_is_spoken_to_as_they_chose(asking: Flask) -> None:
    asking.extensions["hampa.locale"] = lambda: person("en", "Europe/Berlin", "solar", "miles")
    said = heard(asking, "/?lang=fa", "fa", {"tz": "Asia/Kabul"})
    assert {key: said[key] for key in ("locale", "timezone", "calendar", "units")} == {
        "locale": "en",
        "timezone": "Europe/Berlin",
        "calendar": "solar",
        "units": "miles",
    }


def test_who_chose_nothing_is_asked_of_the_browser(asking: Flask) -> None:
    asking.extensions["hampa.locale"] = person
    said = heard(asking, "/", "en", {"tz": "Asia/Kabul"})
    assert (said["locale"], said["timezone"], said["calendar"]) == ("en", "Asia/Kabul", "gregorian")


@pytest.mark.parametrize("zone", ["", "Nowhere", "../../etc/passwd", "Asia", "x" * 3000])
def test_a_cookie_with_no_zone_in_it_is_passed_over(asking: Flask, zone: str) -> None:
    assert heard(asking, cookies={"tz": zone})["timezone"] == "Asia/Tehran"


def test_a_chosen_language_is_kept_for_a_year(asking: Flask) -> None:
    client = asking.test_client()
    cookie = client.get("/?lang=en").headers["Set-Cookie"]
    assert cookie.startswith("lang=en;")
    for part in ("Max-Age=31536000", "SameSite=Lax", "HttpOnly", "Path=/"):
        assert part in cookie
    assert "Secure" not in cookie
    assert client.get("/", headers={"Accept-Language": "fa"}).get_json()["locale"] == "en"
    assert "Set-Cookie" not in client.get("/?lang=en").headers
    assert "Set-Cookie" not in client.get("/?lang=tlh").headers
    asking.config["SESSION_COOKIE_SECURE"] = True
    assert "Secure" in client.get("/?lang=fa").headers["Set-Cookie"]


def test_the_person_is_looked_up_once_a_request(asking: Flask) -> None:
    asked = []
    asking.extensions["hampa.locale"] = lambda: asked.append(1)
    heard(asking)
    assert len(asked) == 1


def test_when_the_person_can_not_be_looked_up_the_error_page_still_speaks(asking: Flask) -> None:
    def away() -> None:
        raise ConnectionError("database away")

    asking.extensions["hampa.locale"] = away
    with asking.test_request_context("/", headers={"Accept-Language": "en"}):
        with pytest.raises(ConnectionError):
            i18n.locale_context()
        assert i18n.get_locale_code() == "en"


def test_two_requests_in_one_app_context_do_not_share_a_context(asking: Flask) -> None:
    with asking.app_context():
        assert heard(asking, languages="en")["locale"] == "en"
        assert heard(asking, languages="fa")["locale"] == "fa"


def test_speaking_needs_no_request_and_ends_with_its_block() -> None:
    with i18n.use_locale("fa", "Asia/Kabul"):
        assert i18n.gettext("Today") == "امروز"
        assert i18n.timezone() == ZoneInfo("Asia/Kabul")
        assert i18n.calendar() == "solar"
        with i18n.use_locale("en", calendar="solar", units="miles"):
            assert i18n.gettext("Today") == "Today"
            assert (i18n.calendar(), i18n.units(), i18n.direction()) == ("solar", "miles", "ltr")
        assert i18n.gettext("Today") == "امروز"
    assert i18n.gettext("Today") == "Today"


def test_speaking_of_what_is_unknown_is_the_sites_own_way(speaker: Flask) -> None:
    with speaker.app_context(), i18n.use_locale(None, "Nowhere", "lunar", "versts") as voice:
        assert (voice.locale, voice.timezone.key, voice.calendar, voice.units) == ("fa", "Asia/Tehran", "solar", "km")


def test_speaking_ends_also_when_the_block_fails() -> None:
    with pytest.raises(ZeroDivisionError), i18n.use_locale("fa"):
        raise ZeroDivisionError
    assert i18n.get_locale_code() == "en"


def test_speaking_in_a_request_goes_before_the_request(asking: Flask) -> None:
    with i18n.use_locale("fa"):
        assert heard(asking, languages="en")["locale"] == "fa"


def test_each_thread_speaks_for_itself() -> None:
    said: list[str] = []
    with i18n.use_locale("fa"):
        other = threading.Thread(target=lambda: said.append(i18n.gettext("Today")))
        other.start()
        other.join()
    assert said == ["Today"]


def test_lazy_messages_are_looked_up_when_shown_and_escaped() -> None:
    label = i18n.lazy_gettext("Today")
    month = i18n.lazy_pgettext("month", "May")
    with i18n.use_locale("fa"):
        assert (str(label), str(month)) == ("امروز", "مه")
    assert (str(label), str(month)) == ("Today", "May")
    assert Markup("{}").format(i18n.lazy_gettext("%(name)s km", name="<b>")) == "&lt;b&gt; km"


@pytest.mark.parametrize(
    ("n", "english", "persian"),
    [
        (0, "0 days ago", "۰ روز پیش"),
        (1, "1 day ago", "۱ روز پیش"),
        (2, "2 days ago", "۲ روز پیش"),
        (1234, "1,234 days ago", "۱٬۲۳۴ روز پیش"),
    ],
)
def test_counted_things(speaker: Flask, n: int, english: str, persian: str) -> None:
    source = "{{ ngettext('%(num)d day ago', '%(num)d days ago', n) }}"
    for locale, expected in (("en", english), ("fa", persian)):
        with i18n.use_locale(locale):
            assert i18n.ngettext("%(num)d day ago", "%(num)d days ago", n) == expected
            assert speaker.jinja_env.from_string(source).render(n=n) == expected


def test_templates_escape_what_is_filled_in_but_not_the_message(speaker: Flask) -> None:
    with speaker.test_request_context("/"):
        made = render_template_string("{{ _('<b>%(name)s</b> km', name=name) }}{{ _('100% of') }}", name="<i>&")
        counted = render_template_string("{{ ngettext('%(num)d %(of)s', '%(num)d %(of)s', 3, of='<i>') }}")
        meant = render_template_string("{{ pgettext('month', 'May') }}{{ pgettext('x', '<b>%(a)s</b>', a='<') }}")
    assert made == "<b>&lt;i&gt;&amp;</b> km100% of"
    assert counted == "۳ &lt;i&gt;"
    assert meant == "مه<b>&lt;</b>"


@pytest.mark.parametrize(
    ("value", "places", "english", "persian"),
    [
        (0, 0, "0", "۰"),
        (1234567, 0, "1,234,567", "۱٬۲۳۴٬۵۶۷"),
        (8.5, 1, "8.5", "۸٫۵"),
        (8.0, 1, "8", "۸"),
        (10, 2, "10", "۱۰"),
        (-3.25, 2, "-3.25", "\u200e−۳٫۲۵"),
    ],
)
def test_numbers(value: float, places: int, english: str, persian: str) -> None:
    with i18n.use_locale("en"):
        assert i18n.number(value, places) == english
    with i18n.use_locale("fa"):
        assert i18n.number(value, places) == persian


def test_digits_follow_the_language() -> None:
    with i18n.use_locale("fa"):
        assert i18n.digits("6:05") == "۶:۰۵"
        assert i18n.digits(12) == "۱۲"
    with i18n.use_locale("en"):
        assert i18n.digits("6:05") == "6:05"


def test_the_catalogue_is_read_once_a_process() -> None:
    assert i18n.catalogue("fa") is i18n.catalogue("fa")


def test_every_filter_writes_for_the_viewer(speaker: Flask) -> None:
    source = (
        "{{ 14.0|km }} {{ 340|pace }} {{ pace_unit() }} {{ 80|duration }} {{ 5400|race_time }} "
        "{{ 1234|number }} {{ '6:00'|digits }} {{ '+989123456789'|phone }} {{ 'fri'|weekday_name }} "
        "{{ week()|first|weekday_name('letter') }} {{ 'tomorrow, x'|upper_first }} "
        "{{ direction() }} {{ get_locale_code() }} {{ calendar() }} {{ units() }} {{ 'Asia/Tehran'|zone_name }}"
    )
    with speaker.test_request_context("/"):
        assert render_template_string(source) == (
            "۱۴ کیلومتر ۵:۴۰ در کیلومتر ۱ ساعت و ۲۰ دقیقه ۱:۳۰:۰۰ ۱٬۲۳۴ ۶:۰۰ "
            '<bdi class="number" dir="ltr">۰۹۱۲ ۳۴۵ ۶۷۸۹</bdi> جمعه ش Tomorrow, x '
            "rtl fa solar km تهران"
        )
    with speaker.test_request_context("/?lang=en"):
        assert render_template_string(source) == (
            "14 km 5:40 /km 1 h 20 1:30:00 1,234 6:00 "
            '<bdi class="number" dir="ltr">0912 345 6789</bdi> Friday M Tomorrow, x '
            "ltr en gregorian km Tehran"
        )
