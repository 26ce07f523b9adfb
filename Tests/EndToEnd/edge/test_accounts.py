"""Accounts on two gateways: what is done at one holds at the other."""

import json
import re
import time

import pytest

from gateways import NAMES
from meshes import MeshError, eventually

pytestmark = pytest.mark.timeout(180)

PASSWORD = "correct horse battery"
ADMIN = "admin@example.com"
# Longer than a gateway may remember what another one has revoked.
REMEMBERED = 8


class Person:
    """Somebody with an account, by a bearer token unless another way is asked for."""

    def __init__(self, edge, email, token):
        self.edge, self.email, self.token = edge, email, token

    def ask(self, method, path, body=None, gateway="edge", **headers):
        return ask(self.edge, method, path, body, gateway, Authorization=f"Bearer {self.token}", **headers)

    def status(self, gateway="edge"):
        return self.ask("GET", "/v1/sessions/current", gateway=gateway).status


def ask(edge, method, path, body=None, gateway="edge", limited=False, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(body)
    return edge.ask(path, gateway, headers, method=method, body=body, limited=limited)


def sql(edge, text):
    return edge.mesh.sql(text, "fiyatradari")


def sign_in(edge, email, password=PASSWORD, gateway="edge", **more):
    return ask(edge, "POST", "/v1/sessions", {"email": email, "password": password, **more}, gateway)


def signed_in(edge, email, password=PASSWORD, gateway="edge"):
    answer = sign_in(edge, email, password, gateway)
    assert answer.status == 201, answer.body
    return Person(edge, email, answer.json["token"])


def person(edge, name):
    """Somebody who has signed up and, as far as the database knows, followed the mail's link."""
    email = f"{name}@example.com"
    answer = ask(edge, "POST", "/v1/accounts", {"email": email, "password": PASSWORD})
    assert answer.status == 202, answer.body
    assert sign_in(edge, email).status == 401
    sql(edge, f"UPDATE edge.account SET verified_at = now() WHERE email_key = '{email}'")
    return signed_in(edge, email)


@pytest.fixture(scope="module")
def admin(edge):
    assert edge.mesh.create_admin(ADMIN, PASSWORD) == f"{ADMIN} is an admin"
    return signed_in(edge, ADMIN)


@pytest.fixture(scope="module")
def ayse(edge):
    return person(edge, "ayse")


@pytest.fixture(scope="module")
def can(edge):
    return person(edge, "can")


def test_a_second_admin_is_made_by_force_only_and_a_weak_password_is_refused(edge, admin):
    with pytest.raises(MeshError, match="there is an admin already"):
        edge.mesh.create_admin("other@example.com", PASSWORD)
    with pytest.raises(MeshError, match="10 to 256 characters"):
        edge.mesh.create_admin("other@example.com", "short", "--force")
    with pytest.raises(MeshError, match="e-mail address"):
        edge.mesh.create_admin("other", PASSWORD, "--force")
    assert "other@example.com" in edge.mesh.create_admin("other@example.com", PASSWORD, "--force")


def test_signing_up_and_resetting_answer_the_same_for_every_address(edge, ayse):
    for path, body in (("/v1/accounts", {"password": PASSWORD}), ("/v1/accounts/password-reset", {})):
        answers = [ask(edge, "POST", path, {"email": email, **body})
                   for email in (ayse.email, f"stranger{time.time_ns()}@example.com")]
        assert [answer.status for answer in answers] == [202, 202]
        assert answers[0].body == answers[1].body
    refusals = [sign_in(edge, email, "wrong horse battery") for email in (ayse.email, "stranger@example.com")]
    problems = [{**answer.json, "requestId": ""} for answer in refusals]
    assert problems[0] == problems[1] and problems[0]["status"] == 401


def test_a_session_holds_at_every_gateway_and_ends_at_all(edge, ayse):
    other = signed_in(edge, ayse.email, gateway="edge2")
    assert [other.status(gateway) for gateway in NAMES] == [200, 200]
    sessions = other.ask("GET", "/v1/sessions").json["sessions"]
    current = [session for session in sessions if session["current"]]
    assert len(current) == 1 and len(sessions) >= 2 and "fs_" not in json.dumps(sessions)
    assert ayse.ask("DELETE", f"/v1/sessions/{current[0]['id']}").status == 204
    assert other.status("edge") == 401
    eventually("the other gateway has forgotten it", lambda: other.status("edge2") == 401, REMEMBERED)
    third = signed_in(edge, ayse.email)
    assert ayse.ask("DELETE", "/v1/sessions").status == 204
    assert third.status() == 401 and ayse.status() == 200
    fourth = signed_in(edge, ayse.email)
    assert fourth.ask("DELETE", "/v1/sessions/current").status == 204 and fourth.status() == 401


def test_a_browser_has_a_cookie_and_changes_nothing_without_its_csrf_token(edge, ayse):
    answer = sign_in(edge, ayse.email, cookie=True)
    assert answer.status == 201 and answer.json["token"] == ""
    cookie, *attributes = answer.headers["set-cookie"].split("; ")
    assert cookie.startswith("session=fs_") and {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(attributes)
    read = ask(edge, "GET", "/v1/sessions/current", Cookie=cookie, gateway="edge2")
    csrf = read.json["csrfToken"]
    assert read.status == 200 and csrf == answer.json["csrfToken"] and read.json["session"]["cookie"]

    def change(**headers):
        return ask(edge, "PATCH", "/v1/accounts/current", {"language": "en"}, Cookie=cookie, **headers)
    assert change().status == 403 and change(X_CSRF_Token="x" * 43).status == 403
    assert change(X_CSRF_Token=csrf, Origin="https://evil.example").status == 403
    assert change(X_CSRF_Token=csrf, Sec_Fetch_Site="cross-site").status == 403
    changed = change(X_CSRF_Token=csrf, Origin=f"http://127.0.0.1:{edge.port()}")
    assert changed.status == 200 and changed.json["language"] == "en"
    # The second gateway is reached by another name, and knows its own.
    assert ask(edge, "PATCH", "/v1/accounts/current", {"language": "tr"}, "edge2", Cookie=cookie, X_CSRF_Token=csrf,
               Origin=f"http://127.0.0.1:{edge.port('edge2')}").json["language"] == "tr"
    out = ask(edge, "DELETE", "/v1/sessions/current", Cookie=cookie, X_CSRF_Token=csrf)
    assert out.status == 204 and out.headers["set-cookie"].startswith("session=; Max-Age=0")
    assert ask(edge, "GET", "/v1/sessions/current", Cookie=cookie).status == 401


def test_an_old_cookie_gets_a_new_token_and_stays_the_same_session(edge, ayse):
    answer = sign_in(edge, ayse.email, cookie=True)
    session, old = answer.json["session"]["id"], answer.headers["set-cookie"].split("; ")[0]
    sql(edge, f"UPDATE edge.session SET rotated_at = now() - interval '13 hours' WHERE id = {session}")
    rotated = ask(edge, "GET", "/v1/sessions/current", Cookie=old)
    new = rotated.headers["set-cookie"].split("; ")[0]
    assert new != old and rotated.json["session"]["id"] == session
    for cookie in (new, old):
        again = ask(edge, "GET", "/v1/sessions/current", Cookie=cookie, gateway="edge2")
        assert again.status == 200 and "set-cookie" not in again.headers
    sql(edge, f"UPDATE edge.session SET previous_until = now() WHERE id = {session}")
    eventually("the old token is of no use", lambda: ask(
        edge, "GET", "/v1/sessions/current", Cookie=old).status == 401, REMEMBERED)
    assert ask(edge, "GET", "/v1/sessions/current", Cookie=new).status == 200


def test_a_key_is_shown_once_has_its_scopes_and_its_tier_and_can_be_revoked(edge, ayse, admin):
    made = ayse.ask("POST", "/v1/api-keys", {"name": "script", "scopes": ["read"]}).json
    key, record = made["key"], made["apiKey"]
    assert key.startswith(record["prefix"]) and record["tier"] == "KEY_TIER_FREE" and record["scopes"] == ["read"]
    listed = ayse.ask("GET", "/v1/api-keys").body.decode()
    assert record["prefix"] in listed and key not in listed

    def by_key(path, method="GET", body=None, gateway="edge"):
        return ask(edge, method, path, body, gateway, limited=True, X_Api_Key=key)

    def policy(gateway):
        return by_key("/v1/products?limit=1", gateway=gateway).headers["ratelimit-policy"]
    assert '"free";q=10' in policy("edge")
    assert by_key("/v1/alerts").status == 200
    assert by_key("/v1/alerts", "POST", {"productId": "1", "anyChange": {}}).status == 403
    # What is the account's owner's alone, and what is the operators'.
    assert by_key("/v1/api-keys").status == 403 and by_key("/v1/admin/jobs").status == 403
    # One bucket for both gateways: 10 at once, some of which are gone.
    statuses = [by_key("/v1/products?limit=1", gateway=NAMES[turn % 2]).status for turn in range(24)]
    assert 429 in statuses and statuses.count(200) <= 14, statuses
    path = f"/v1/admin/keys/{record['id']}"
    assert ayse.ask("PATCH", path, {"tier": "KEY_TIER_PRO"}).status == 403
    assert admin.ask("PATCH", path, {"tier": "KEY_TIER_PARTNER"}).json["tier"] == "KEY_TIER_PARTNER"
    assert '"partner";q=200' in policy("edge")
    eventually("the other gateway knows the tier", lambda: '"partner";q=200' in policy("edge2"), REMEMBERED)
    assert ayse.ask("DELETE", f"/v1/api-keys/{record['id']}").status == 204
    assert by_key("/v1/products?limit=1").status == 401
    eventually("the other gateway has forgotten it", lambda: by_key(
        "/v1/products?limit=1", gateway="edge2").status == 401, REMEMBERED)
    assert ask(edge, "GET", "/v1/products?limit=1", limited=True, X_Api_Key="fk_" + "A" * 43).status == 401


def test_what_is_somebody_elses_is_not_there(edge, ayse, can):
    session = can.ask("GET", "/v1/sessions/current").json["session"]["id"]
    key = can.ask("POST", "/v1/api-keys", {"name": "k", "scopes": ["read", "alerts"]}).json["apiKey"]["id"]
    for path in ("/v1/sessions/{}", "/v1/api-keys/{}"):
        own = session if "sessions" in path else key
        answers = [ayse.ask("DELETE", path.format(number)) for number in (own, 987_654_321)]
        assert [answer.status for answer in answers] == [404, 404]
        assert {**answers[0].json, "requestId": ""} == {**answers[1].json, "requestId": ""}
    assert can.status() == 200
    channel = can.ask("POST", "/v1/channels", {
        "kind": "CHANNEL_KIND_WEBHOOK", "address": "https://example.com/hook"}).json["channel"]["id"]
    alert = can.ask("POST", "/v1/alerts", {"productId": "1", "anyChange": {}}).json["id"]
    assert ayse.ask("POST", f"/v1/channels/{channel}/test").status == 404
    assert ayse.ask("PATCH", f"/v1/alerts/{alert}", {"paused": True}).status == 404
    ayse.ask("DELETE", f"/v1/channels/{channel}")
    ayse.ask("DELETE", f"/v1/alerts/{alert}")
    assert [item["id"] for item in can.ask("GET", "/v1/channels").json["channels"]] == [channel]
    assert [item["id"] for item in can.ask("GET", "/v1/alerts").json["alerts"]] == [alert]
    export = can.ask("GET", "/v1/accounts/current/export")
    assert export.json["channels"][0]["id"] == channel and export.json["alerts"][0]["id"] == alert
    assert export.json["account"]["email"] == can.email and export.headers["cache-control"] == "no-store"


def test_roles_are_given_taken_and_written_down(edge, can, admin):
    account = can.ask("GET", "/v1/accounts/current").json["id"]
    assert can.ask("GET", "/v1/admin/jobs").status == 403
    changed = admin.ask("PATCH", f"/v1/admin/accounts/{account}", {"role": "ROLE_OPERATOR"})
    assert changed.json["role"] == "ROLE_OPERATOR"
    assert can.ask("GET", "/v1/admin/jobs").status == 200 and can.ask("GET", "/v1/admin/accounts").status == 403
    eventually("the other gateway knows the role", lambda: can.ask(
        "GET", "/v1/admin/jobs", gateway="edge2").status == 200, REMEMBERED)
    assert can.ask("POST", "/v1/admin/jobs/price-check/pause", X_Request_Id="pause-1").status == 200
    assert can.ask("POST", "/v1/admin/jobs/price-check/resume").status == 200
    found = admin.ask("GET", f"/v1/admin/audit?account={account}").json["entries"]
    assert [(entry["operation"], entry["status"]) for entry in found] == [("resumeJob", 200), ("pauseJob", 200)]
    assert found[1]["requestId"] == "pause-1" and found[1]["arguments"] == ["price-check"]
    assert found[1]["clientAddress"] == "127.0.0.1" and found[1]["credential"].startswith("session ")
    assert can.ask("GET", "/v1/admin/audit").status == 403
    change = admin.ask("GET", "/v1/admin/audit?operation=changeAccount&limit=1").json
    assert change["entries"][0]["detail"] == "role operator" and change["entries"][0]["arguments"] == [account]
    first = admin.ask("GET", "/v1/admin/accounts?limit=1&email=can").json
    assert [entry["email"] for entry in first["accounts"]] == [can.email]
    page = admin.ask("GET", "/v1/admin/accounts?limit=1").json
    assert page["nextPageToken"]
    assert admin.ask("GET", f"/v1/admin/accounts?limit=1&page_token={page['nextPageToken']}").json["accounts"] != page[
        "accounts"]
    assert admin.ask("PATCH", f"/v1/admin/accounts/{account}", {"role": "ROLE_USER"}).status == 200
    assert can.ask("GET", "/v1/admin/jobs").status == 403


def test_one_who_is_disabled_is_out_at_once_and_the_last_admin_stays(edge, admin):
    eve = person(edge, "eve")
    key = eve.ask("POST", "/v1/api-keys", {"name": "k", "scopes": ["read"]}).json["key"]
    account = eve.ask("GET", "/v1/accounts/current").json["id"]
    assert admin.ask("PATCH", f"/v1/admin/accounts/{account}", {"disabled": True}).json["disabled"]
    assert eve.status() == 401 and sign_in(edge, eve.email).status == 401
    assert ask(edge, "GET", "/v1/alerts", limited=True, X_Api_Key=key).status == 401
    assert admin.ask("PATCH", f"/v1/admin/accounts/{account}", {"disabled": False}).status == 200
    assert sign_in(edge, eve.email).status == 201
    sql(edge, f"UPDATE edge.account SET role = 1 WHERE email_key <> '{ADMIN}'")
    own = admin.ask("GET", "/v1/accounts/current").json["id"]
    assert admin.ask("PATCH", f"/v1/admin/accounts/{own}", {"role": "ROLE_USER"}).status == 409
    assert admin.ask("DELETE", "/v1/accounts/current", {"password": PASSWORD}).status == 409
    assert admin.ask("GET", "/v1/admin/accounts/987654321").status == 404


def test_too_many_failures_lock_an_address_out_at_both_gateways_and_tell_nobody(edge):
    victim = person(edge, "victim")
    refusals = [sign_in(edge, victim.email, "wrong horse battery", NAMES[turn % 2]) for turn in range(6)]
    locked = [sign_in(edge, victim.email, gateway=gateway) for gateway in NAMES]
    assert {answer.status for answer in refusals + locked} == {401}
    assert len({json.dumps({**answer.json, "requestId": ""}) for answer in refusals + locked}) == 1
    # Who is signed in stays so.
    assert victim.status() == 200
    sql(edge, "UPDATE edge.lockout SET locked_until = now()")
    assert sign_in(edge, victim.email).status == 201


def test_attempts_are_slowed_down(edge):
    statuses = [ask(edge, "POST", "/v1/sessions", {"email": "nobody@example.com", "password": "x"}, limited=True).status
                for _ in range(12)]
    assert 429 in statuses and set(statuses) <= {401, 429}, statuses


def test_a_deleted_account_is_gone_with_all_that_it_had(edge):
    leaver = person(edge, "leaver")
    leaver.ask("POST", "/v1/channels", {"kind": "CHANNEL_KIND_WEBHOOK", "address": "https://example.com/hook"})
    leaver.ask("POST", "/v1/alerts", {"productId": "1", "anyChange": {}})
    account = leaver.ask("GET", "/v1/accounts/current").json["id"]
    assert leaver.ask("DELETE", "/v1/accounts/current", {"password": "wrong horse battery"}).status == 400
    assert leaver.ask("DELETE", "/v1/accounts/current", {"password": PASSWORD}).status == 204
    assert leaver.status() == 401 and sign_in(edge, leaver.email).status == 401
    for table in ("channel", "alert"):
        eventually(f"no {table} is left", lambda table=table: sql(
            edge, f"SELECT count(*) FROM notifier.{table} WHERE subscriber = 'account:{account}'") == "0", 30)
    assert sql(edge, f"SELECT count(*) FROM edge.account WHERE id = {account}") == "0"


def test_every_operation_that_is_described_as_secured_is(edge):
    document = ask(edge, "GET", "/openapi.json").json
    secured = [(method, path) for path, operations in document["paths"].items()
               for method, operation in operations.items() if operation.get("security")]
    assert len(secured) >= 37
    for method, path in secured:
        answer = ask(edge, method.upper(), re.sub(r"\{\w+\}", "7", path), {} if method in ("post", "patch") else None)
        assert answer.status == 401, (method, path, answer.body)


def test_no_secret_is_in_the_log(edge, ayse):
    log = "".join((edge.mesh.folder / "log" / f"{name}.log").read_text() for name in NAMES)
    for secret in (PASSWORD, ayse.token, edge.mesh.secret_file("edge-secret-key").read_text().strip()):
        assert secret not in log
