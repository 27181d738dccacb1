"""A program signs a person in: by a code, for as long as its tokens say, and no longer than the session lasts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import jwt
import pytest
from sqlalchemy import select

from hampa.auth.models import Device, Session, SignInCode
from hampa.notifications.models import Notification
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.api.serving import operations_of
from hampa.platform.db import db
from hampa.platform.security import access_tokens
from hampa.tokens.actions.personal import generate_text
from hampa.tokens.models import SCOPES
from tests.auth.signing_in import ahead, codes_sent, wrong
from tests.factories.people import let_be, make_person
from tests.factories.tokens import make_personal_token
from tests.page import Page
from tests.program import Program, Reply

NEW = "+989121117070"
INSTALLATION = "a-secret-that-this-installation-keeps"
ELSEWHERE = {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}


def ask(program: Program, phone: str, **more: Any) -> str:
    """Ask for a code, and return it."""
    installation = {"installation": more.pop("installation")} if "installation" in more else {}
    program.post("/auth/otp", {"phone": phone, **installation}, 200, **more)
    return codes_sent(phone)[-1]


def verify(program: Program, phone: str, code: str, status: int = 200, **more: Any) -> Reply:
    fields = {name: more.pop(name) for name in ("installation", "stays", "timezone") if name in more}
    return program.post("/auth/verify", {"phone": phone, "code": code, **fields}, status, **more)


def signed_in(program: Program, phone: str) -> dict[str, Any]:
    return verify(program, phone, ask(program, phone)).data


def with_token(program: Program, token: str) -> Program:
    return Program(program.app, program.language, token)


def test_a_code_opens_a_session_of_a_program(program: Program, page: Page):
    data = signed_in(program, NEW)
    assert data["token_type"] == "Bearer" and data["expires_in"] == 15 * 60
    assert data["person"]["phone"] == NEW
    inside = with_token(program, data["access_token"])
    assert inside.get("/me", 200).data["id"] == data["person"]["id"]
    me = inside.get("/auth/me", 200).data
    assert (me["scopes"], me["session_id"], me["token_id"]) == (["all"], data["session_id"], None)
    person = db.session.scalars(select(Person).where(Person.phone == NEW)).one()
    shown = page.as_(person).get("/me/sessions")
    assert "by a program" in shown.words


def test_numbers_are_taken_as_people_write_them(program: Program):
    program.post("/auth/otp", {"phone": "۰۹۱۲ ۱۱۱ ۷۰۷۰"}, 200)
    code = codes_sent(NEW)[-1]
    spaced = f"{code[:3]} {code[3:]}".translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    assert verify(program, "0098 912 111 7070", spaced).data["person"]["phone"] == NEW


def test_the_answer_is_the_same_whether_a_number_has_an_account_or_not(program: Program, owner):
    known = program.post("/auth/otp", {"phone": owner.phone}, 200)
    unknown = program.post("/auth/otp", {"phone": NEW}, 200)
    assert known.data == unknown.data
    refused = [verify(program, phone, wrong(codes_sent(phone)[-1]), 401) for phone in (owner.phone, NEW)]
    assert refused[0].error == refused[1].error


def test_a_number_that_gets_no_code_is_refused_beside_its_field(program: Program):
    assert "phone" in program.post("/auth/otp", {"phone": "021 1234"}, 422).details
    assert "phone" in program.post("/auth/otp", {}, 422).details


def test_a_wrong_code_says_how_many_tries_are_left(program: Program):
    code = ask(program, NEW)
    for left in (4, 3, 2, 1, 0):
        error = verify(program, NEW, wrong(code), 401).error
        assert error["code"] == "UNAUTHORIZED" and error["attempts_left"] == left
    assert verify(program, NEW, code, 401).error["attempts_left"] == 0, "the tries are used up"


@pytest.mark.parametrize("how", ["late", "used", "never asked"])
def test_a_code_that_is_not_good_any_more_lets_nobody_in(program: Program, how):
    code = "123456" if how == "never asked" else ask(program, NEW)
    if how == "used":
        verify(program, NEW, code)
    with ahead(minutes=6 if how == "late" else 0):
        assert verify(program, NEW, code, 401).error["attempts_left"] == 0


def test_asking_again_too_soon_has_to_wait(program: Program):
    ask(program, NEW)
    assert 0 < int(program.post("/auth/otp", {"phone": NEW}, 429).headers["Retry-After"]) <= 60
    with ahead(seconds=61):
        old, new = codes_sent(NEW)[-1], ask(program, NEW)
        verify(program, NEW, old, 401)
        verify(program, NEW, new)


def test_a_code_opens_nothing_for_a_program_elsewhere_which_uses_no_tries_up(program: Program, owner):
    code = ask(program, owner.phone)
    for _try in range(6):
        assert verify(program, owner.phone, code, 401, **ELSEWHERE).error["attempts_left"] == 0
    assert db.session.scalars(select(SignInCode.attempts)).one() == 0
    verify(program, owner.phone, code)


def test_an_installation_is_known_from_whatever_network(program: Program, owner):
    code = ask(program, owner.phone, installation=INSTALLATION)
    verify(program, owner.phone, code, 401)  # here, but not by this installation
    verify(program, owner.phone, code, installation=INSTALLATION, **ELSEWHERE)
    device = db.session.scalars(select(Device).where(Device.person_id == owner.id)).one()
    with ahead(minutes=2):
        again = ask(program, owner.phone, installation=INSTALLATION)
        asked = db.session.scalars(select(SignInCode).order_by(SignInCode.created_at.desc())).first()
        assert asked is not None and asked.device_id == device.id, "it is a known device"
        verify(program, owner.phone, again, installation=INSTALLATION)


def test_a_browser_can_not_use_the_code_of_a_program(program: Program, page: Page, owner):
    code = ask(program, owner.phone)
    assert page.post("/login/code", {"code": code}, 303).location == "/login"


@pytest.mark.parametrize("state", ["suspended", "banned"])
def test_who_is_shut_out_is_told_so_after_the_right_code(program: Program, owner, state):
    let_be(owner, state)
    code = ask(program, owner.phone)
    verify(program, owner.phone, wrong(code), 401)
    assert "suspended" in verify(program, owner.phone, code, 403).error["message"]
    assert not db.session.scalars(select(Session)).all()


def test_a_person_who_is_leaving_says_whether_to_stay(program: Program):
    leaver = make_person(state="leaving")
    code = ask(program, leaver.phone)
    assert "deleted" in verify(program, leaver.phone, code, 403).error["message"]
    assert verify(program, leaver.phone, wrong(code), 401, stays=True).error["attempts_left"] == 0
    assert verify(program, leaver.phone, code, 401, stays=True), "one wrong try, and the right one is spent"
    with ahead(minutes=5):
        code = ask(program, leaver.phone)
        verify(program, leaver.phone, code, 403)
        verify(program, leaver.phone, code, stays=True)
    db.session.refresh(leaver)
    assert leaver.state == "active"


def test_the_owner_hears_of_a_program_that_is_new(program: Program, owner):
    db.session.add(Device(person_id=owner.id, token_hash="phone", last_sign_in_at=clock.now()))
    signed_in(program, owner.phone)
    notice = db.session.scalars(select(Notification).where(Notification.type == "account_security")).one()
    assert notice.data["what"] == "new_program"


def test_an_access_token_says_no_more_than_it_must(program: Program, owner):
    token = signed_in(program, owner.phone)["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    names = {"iss", "aud", "sub", "sid", "typ", "scope", "role", "iat", "nbf", "exp", "jti"}
    assert set(claims) == names
    assert (claims["typ"], claims["role"], claims["scope"]) == ("access", "person", "all")
    assert claims["exp"] - claims["iat"] == 15 * 60 and claims["sub"] == str(owner.id)
    assert owner.phone not in str(claims)


def test_what_is_no_token_of_ours_opens_nothing(program: Program, owner):
    token = program.as_(owner).token or ""
    claims = jwt.decode(token, options={"verify_signature": False})
    header = jwt.get_unverified_header(token)
    forged = [
        token[:-4] + "AAAA",
        jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": header["kid"]}),
        jwt.encode(claims, None, algorithm="none", headers={"kid": header["kid"]}),
        jwt.encode(claims, "x" * 32, algorithm="HS256"),
        jwt.encode(claims, "\0" * 32, algorithm="HS256", headers={"kid": "../../../../dev/zero"}),
        signed_in(program, make_person().phone)["refresh_token"],
        "hampa_pat_" + "A" * 38,
        "..",
        "é.é.é",
        "a" * 9_000,
    ]
    for text in forged:
        with_token(program, text).get("/me", 401)
    key = dict(access_tokens._keys())[header["kid"]]
    for name, value in [
        ("typ", "refresh"),
        ("aud", "https://other.example"),
        ("iss", "x"),
        ("sid", "no id"),
        ("exp", "a"),
        ("exp", claims["iat"] - 1),
        ("nbf", claims["exp"] - 1),
    ]:
        signed = jwt.encode({**claims, name: value}, key, algorithm="HS256", headers={"kid": header["kid"]})
        with_token(program, signed).get("/me", 401)
    with pytest.warns(jwt.warnings.InsecureKeyLengthWarning):
        longer = jwt.encode(claims, key, algorithm="HS512", headers={"kid": header["kid"]})
    with_token(program, longer).get("/me", 401)
    missing = {name: value for name, value in claims.items() if name != "sid"}
    with_token(program, jwt.encode(missing, key, headers={"kid": header["kid"]})).get("/me", 401)
    with_token(program, token).get("/me", 200)


def test_an_access_token_is_over_after_a_quarter_of_an_hour_and_refreshed(program: Program, owner):
    data = signed_in(program, owner.phone)
    inside = with_token(program, data["access_token"])
    with ahead(minutes=14):
        inside.get("/me", 200)
    with ahead(minutes=16):
        inside.get("/me", 401)
        fresh = program.post("/auth/refresh", {"refresh_token": data["refresh_token"]}, 200).data
        with_token(program, fresh["access_token"]).get("/me", 200)
        assert fresh["session_id"] == data["session_id"]
    with ahead(minutes=17):
        program.post("/auth/refresh", {"refresh_token": data["refresh_token"]}, 401)
        with_token(program, fresh["access_token"]).get("/me", 401), "an old one ends the family"
        program.post("/auth/refresh", {"refresh_token": fresh["refresh_token"]}, 401)


def test_five_wrong_refresh_tokens_a_minute_from_an_address(program: Program, owner):
    data = signed_in(program, owner.phone)
    for _try in range(5):
        program.post("/auth/refresh", {"refresh_token": "hampa_rt_wrong"}, 401)
    assert program.post("/auth/refresh", {"refresh_token": "hampa_rt_wrong"}, 429).headers["Retry-After"]
    program.post("/auth/refresh", {"refresh_token": data["refresh_token"]}, 200)


def test_signing_out_ends_all_that_came_with_the_session(program: Program, owner):
    data = signed_in(program, owner.phone)
    inside = with_token(program, data["access_token"])
    inside.post("/auth/logout", status=204)
    inside.get("/me", 401)
    program.post("/auth/refresh", {"refresh_token": data["refresh_token"]}, 401)
    program.post("/auth/logout", status=401)


@pytest.mark.parametrize("how", ["here", "others", "page"])
def test_ending_the_session_anywhere_holds_at_the_next_request(program: Program, page: Page, owner, how):
    inside, other = program.as_(owner), program.as_(owner)
    mine = other.get("/auth/me").data["session_id"]
    if how == "here":
        inside.delete(f"/me/sessions/{mine}", 204)
    elif how == "others":
        assert inside.delete("/me/sessions", 200).data["ended"] == 1
    else:
        page.as_(owner).post(f"/me/sessions/{mine}/end", {}, 303)
    other.get("/me", 401)
    inside.get("/me", 200)


@pytest.mark.parametrize("state", ["suspended", "banned", "leaving", "erased"])
def test_suspension_holds_for_every_token(program: Program, owner, state):
    text = generate_text()
    make_personal_token(owner, text, scopes=["me:read"])
    programs = [program.as_(owner), with_token(program, text)]
    for inside in programs:
        inside.get("/me", 200)
    let_be(owner, state)
    for inside in programs:
        inside.get("/me", 401)


def test_a_personal_token_does_what_it_allows_and_is_noted(program: Program, owner):
    text = generate_text()
    token = make_personal_token(owner, text, scopes=["me:read"])
    inside = with_token(program, text)
    assert inside.get("/me", 200).data["phone"] == owner.phone
    inside.patch("/me", {"city": "Yazd"}, 403)
    inside.get("/me/sessions", 403)
    for method, path in [("GET", "/me/tokens"), ("POST", "/me/tokens"), ("POST", "/me/account/deletion")]:
        inside.ask(
            method, path, 403, json={"name": "x", "scopes": ["me:read"], "code": "123456"} if method != "GET" else None
        )
    db.session.refresh(token)
    assert token.last_used_at is not None
    who = inside.get("/auth/me", 200).data
    assert (who["token_id"], who["session_id"], who["phone"]) == (str(token.id), None, owner.phone)
    inside.post("/auth/logout", status=204)
    inside.get("/me", 401)


def test_a_token_without_the_scope_does_not_show_the_number(program: Program, owner):
    text = generate_text()
    make_personal_token(owner, text, scopes=["cards:read"])
    assert with_token(program, text).get("/auth/me", 200).data["phone"] is None


def test_a_token_costs_one_statement(program: Program, owner, statements):
    narrow, wide = generate_text(), generate_text()
    make_personal_token(owner, narrow, scopes=["me:read"], last_used_at=clock.now())
    make_personal_token(owner, wide, scopes=["me:read", "coaching:read"], last_used_at=clock.now())
    for inside, counted in ((program.as_(owner), 1), (with_token(program, wide), 1), (with_token(program, narrow), 2)):
        with statements() as seen:
            inside.get("/me", 200)
        assert len(seen) == counted, seen
    assert "set_config" in seen[1], "the transaction is told that it lacks the power of coaching"


def test_a_visit_is_recorded_without_a_cookie(program: Program, owner):
    inside = program.as_(owner)
    session = db.session.scalars(select(Session)).one()
    session.last_seen_at = clock.now() - timedelta(minutes=10)
    inside.get("/me", 200)
    db.session.refresh(session)
    assert session.last_seen_at > clock.now() - timedelta(minutes=1)


def test_every_scope_is_on_the_list_or_for_tokens_of_sign_ins_alone(app):
    alone = {"auth", "account", "tokens", "mail", "passwords"}
    for operation in operations_of(app):
        name = operation.resource.name
        known = (
            operation.scope is None or operation.scope in SCOPES or name in alone or operation.scope == "export:write"
        )
        assert known, f"{operation.name}: {operation.scope} is not among the scopes of hampa/tokens/models.py"


def test_answers_with_tokens_are_kept_nowhere(program: Program, owner):
    reply = verify(program, owner.phone, ask(program, owner.phone))
    assert "no-store" in reply.headers["Cache-Control"]
