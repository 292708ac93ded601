"""The digest login of each kind of firmware."""

import time

import pytest

from promptly import check_in_time, check_within, repeated_when_late
from sim_client import (Simulator, authorization, call, challenge, challenge_fields, get, logged_in,
                        mac_of, post, rpc_target)

PASSWORD = "geheim"
TARGET = "/rpc/Sys.GetConfig"
WRITE = rpc_target("Sys.SetConfig", config={"device": {"name": "N"}})


def device(version, **auth):
    return {"ver": version, "auth": {"password": PASSWORD, **auth}}


@pytest.fixture(scope="module")
def sim():
    settings = [
        device("0.14.1"),
        device("1.4.4"),
        device("2.0.0", slots=1000),
        {"kind": "wall_display", "auth": {"password": PASSWORD}},
        device("2.0.0", nonce_uses=2),
        {"auth_en": True},
    ]
    rules = [{"match": {"index": i}, "set": s} for i, s in enumerate(settings)]
    with Simulator(devices=len(settings), scenario={"rules": rules}) as running:
        yield running


def test_identity_needs_no_login(sim):
    for index in range(5):
        for answer in (get(sim, index, "/shelly"), call(sim, index, "Shelly.GetDeviceInfo")):
            assert answer.status == 200
            assert answer.json()["auth_en"] is True
            assert answer.json()["auth_domain"] == answer.json()["id"]


def test_the_401(sim):
    for index in range(5):
        refused = get(sim, index, TARGET)
        assert refused.status == 401 and refused.body == b""
        assert refused.header["content-length"] == "0" and "content-type" not in refused.header
        given = challenge_fields(refused)
        assert given["algorithm"] == "SHA-256" and given["qop"] == "auth"
        assert given["realm"].upper().endswith(mac_of(index))
        assert "stale" not in given


def test_nonce_styles(sim):
    assert abs(int(challenge(sim, 0)["nonce"], 16) - time.time()) < 5
    assert abs(int(challenge(sim, 1)["nonce"]) - time.time()) < 5
    assert len(challenge(sim, 2)["nonce"]) == 64
    assert challenge(sim, 2)["nonce"] != challenge(sim, 2)["nonce"]


def test_login(sim):
    for index in range(4):
        given = challenge(sim, index)
        answer = logged_in(sim, index, TARGET, given, PASSWORD)
        assert answer.status == 200 and answer.json()["device"]["mac"] == mac_of(index)


@pytest.mark.parametrize("changed", [
    {"user": "root"}, {"username": '"root"'}, {"realm": '"other"'}, {"uri": '"/rpc/Other"'},
    {"algorithm": "MD5"}, {"algorithm": None}, {"qop": None}, {"nc": None}, {"cnonce": '"x"'},
    {"response": '"00"'}, {"response": None}, {"nonce": None},
])
def test_wrong_logins(sim, changed):
    given = challenge(sim, 1)
    assert logged_in(sim, 1, TARGET, given, PASSWORD, **changed).status == 401


def test_wrong_password_and_other_schemes(sim):
    given = challenge(sim, 1)
    assert logged_in(sim, 1, TARGET, given, "falsch").status == 401
    assert get(sim, 1, TARGET, {"Authorization": "Basic YWRtaW46Z2VoZWlt"}).status == 401
    assert sim.wait_for(mac=mac_of(1), auth="Basic")[0]["accepted"] is False
    assert sim.wait_for(mac=mac_of(1), auth="Digest", accepted=False)


def test_the_digest_covers_the_query_since_1_0_2(sim):
    assert logged_in(sim, 1, WRITE, challenge(sim, 1), PASSWORD).status == 200
    assert logged_in(sim, 0, WRITE, challenge(sim, 0), PASSWORD).status == 401
    header = authorization(challenge(sim, 0), "/rpc/Sys.SetConfig", PASSWORD, method="POST")
    body = {"config": {"device": {"name": "N"}}}
    assert post(sim, 0, "/rpc/Sys.SetConfig", body, {"Authorization": header}).status == 200


def test_wall_display_wants_its_opaque_back(sim):
    given = challenge(sim, 3)
    assert given["opaque"] == ""
    assert logged_in(sim, 3, TARGET, given, PASSWORD, opaque=None).status == 401
    assert logged_in(sim, 3, TARGET, given, PASSWORD).status == 200


def test_the_count_must_rise(sim):
    given = challenge(sim, 2)
    assert logged_in(sim, 2, TARGET, given, PASSWORD, count=1).status == 200
    assert logged_in(sim, 2, TARGET, given, PASSWORD, count=1).status == 401
    assert logged_in(sim, 2, TARGET, given, PASSWORD, count=5).status == 200
    assert logged_in(sim, 2, TARGET, given, PASSWORD, count=4).status == 401


@repeated_when_late
def test_an_expired_nonce_is_stale(slots):
    sim = slots(nonce_lifetime=0.3)
    given = challenge(sim, 0)
    time.sleep(0.4)
    refused = logged_in(sim, 0, TARGET, given, PASSWORD)
    fresh = challenge_fields(refused)
    assert refused.status == 401 and fresh["stale"] == "true"
    check_in_time(logged_in(sim, 0, TARGET, fresh, PASSWORD).status == 200, "the fresh one has expired, too")


def test_a_worn_out_nonce_is_stale(sim):
    given = challenge(sim, 4)
    for count in (1, 2):
        assert logged_in(sim, 4, TARGET, given, PASSWORD, count=count).status == 200
    refused = logged_in(sim, 4, TARGET, given, PASSWORD, count=3)
    assert refused.status == 401 and challenge_fields(refused)["stale"] == "true"


def test_stale_is_told_only_to_who_knows_the_password(sim):
    given = dict(challenge(sim, 2), nonce="unknown")
    assert "stale" not in challenge_fields(logged_in(sim, 2, TARGET, given, "falsch"))
    assert challenge_fields(logged_in(sim, 2, TARGET, given, PASSWORD))["stale"] == "true"


@pytest.fixture
def slots():
    """Makes a simulator with one device of firmware 2.0.0."""
    running = []

    def make(**auth):
        running.append(Simulator(scenario={"rules": [{"set": device("2.0.0", **auth)}]}).start())
        return running[-1]

    yield make
    for sim in running:
        sim.close()


FOREIGN = {"realm": "r", "nonce": "n"}
WINDOW = 0.5


def status(sim):
    """Of a request without a login."""
    return get(sim, 0, TARGET).status


def test_a_lost_nonce_gets_429_for_ever_and_starts_no_window(slots):
    sim = slots(slots=3, slots_used=3, slot_window=WINDOW)
    for _ in range(3):
        refused = logged_in(sim, 0, TARGET, FOREIGN, PASSWORD)
        assert refused.status == 429 and "www-authenticate" not in refused.header
        time.sleep(WINDOW / 2)
    assert status(sim) == 429, "only now the window begins"


@repeated_when_late
def test_full_slots_free_one_after_the_window(slots):
    sim = slots(slots_used=32, slot_window=WINDOW)
    begin = time.monotonic()
    answers = [status(sim) for _ in range(3)]
    check_within(WINDOW, time.monotonic() - begin)
    assert answers == [429, 429, 429]
    assert logged_in(sim, 0, TARGET, FOREIGN, PASSWORD).status == 429
    time.sleep(WINDOW)
    given = challenge(sim, 0)
    for count in (1, 2, 3):
        assert logged_in(sim, 0, TARGET, given, PASSWORD, count=count).status == 200
    assert status(sim) == 429, "the challenge has taken the only free slot"


def test_requests_within_the_window_do_not_prolong_it(slots):
    sim = slots(slots=1, slots_used=1, slot_window=WINDOW)
    begin = time.monotonic()
    while status(sim) == 429:
        assert time.monotonic() - begin < 10 * WINDOW
        time.sleep(0.05)
    assert time.monotonic() - begin >= WINDOW


@repeated_when_late
def test_the_window_is_two_seconds(slots):
    sim = slots(slots_used=32)
    begin = time.monotonic()
    while status(sim) == 429:
        time.sleep(0.1)
    seconds = time.monotonic() - begin
    assert seconds >= 2
    check_within(4, seconds)


def test_the_oldest_nonce_loses_its_slot(slots):
    sim = slots(slots=2, slot_window=0)
    oldest, newer = challenge(sim, 0), challenge(sim, 0)
    assert logged_in(sim, 0, TARGET, oldest, PASSWORD).status == 200
    given = challenge(sim, 0)
    assert logged_in(sim, 0, TARGET, oldest, PASSWORD, count=2).status == 429
    assert logged_in(sim, 0, TARGET, newer, PASSWORD).status == 200
    assert logged_in(sim, 0, TARGET, given, PASSWORD).status == 200


def test_slots_that_are_never_freed(slots):
    sim = slots(slots_used=32, slot_window=0, frees_slots=False)
    assert {status(sim) for _ in range(5)} == {429}
    assert logged_in(sim, 0, TARGET, FOREIGN, PASSWORD).status == 429


def test_a_wrong_password_keeps_full_slots_full(slots):
    sim = slots(slots=2, slots_used=1)
    given = challenge(sim, 0)
    refused = logged_in(sim, 0, TARGET, given, "falsch")
    assert refused.status == 401
    assert logged_in(sim, 0, TARGET, given, PASSWORD).status == 429
    assert logged_in(sim, 0, TARGET, challenge_fields(refused), PASSWORD).status == 200
    assert status(sim) == 429


@repeated_when_late
def test_nonces_are_lost_after_so_many_logins(slots):
    sim = slots(lost_after=2, slot_window=WINDOW)
    given = challenge(sim, 0)
    answers = [logged_in(sim, 0, TARGET, given, PASSWORD, count=count).status for count in (1, 2, 3, 4)]
    assert answers == [200, 200, 429, 429]
    check_in_time(status(sim) == 429, "the window was over")
    time.sleep(WINDOW)
    given = challenge(sim, 0)
    assert [logged_in(sim, 0, TARGET, given, PASSWORD, count=count).status for count in (1, 2, 3)] == [200] * 3


def test_the_first_count_of_a_nonce_is_one(slots):
    sim = slots()
    given = challenge(sim, 0)
    assert logged_in(sim, 0, TARGET, given, PASSWORD, count=2).status == 401
    assert logged_in(sim, 0, TARGET, given, PASSWORD, count=1).status == 200


@repeated_when_late
def test_lock_out(slots):
    sim = slots(lockout_after=2, lockout_seconds=0.4)
    given = challenge(sim, 0)
    for count in (1, 2):
        assert logged_in(sim, 0, TARGET, given, "falsch", count=count).status == 401
    check_in_time(logged_in(sim, 0, TARGET, given, PASSWORD, count=3).status == 429, "it was free again")
    time.sleep(0.5)
    assert logged_in(sim, 0, TARGET, challenge(sim, 0), PASSWORD).status == 200


@repeated_when_late
def test_each_failure_beyond_the_limit_locks_again(slots):
    sim = slots(lockout_after=2, lockout_seconds=0.2)
    given = challenge(sim, 0)
    for count in (1, 2, 3):
        assert logged_in(sim, 0, TARGET, given, "falsch", count=count).status == 401
        if count > 1:
            locked = logged_in(sim, 0, TARGET, given, PASSWORD, count=count)
            check_in_time(locked.status == 429, "it was free again")
            time.sleep(0.25)
    assert logged_in(sim, 0, TARGET, given, PASSWORD).status == 200
    assert logged_in(sim, 0, TARGET, given, "falsch", count=2).status == 401
    assert logged_in(sim, 0, TARGET, given, PASSWORD, count=2).status == 200, "a good login has forgotten them"


def test_old_failures_do_not_count(slots):
    sim = slots(lockout_after=2, lockout_memory=0.2)
    given = challenge(sim, 0)
    for count in (1, 2):
        assert logged_in(sim, 0, TARGET, given, "falsch", count=count).status == 401
        time.sleep(0.3)
    assert logged_in(sim, 0, TARGET, given, PASSWORD).status == 200


def test_auth_en_without_a_password_is_served(sim):
    assert get(sim, 5, "/shelly").json()["auth_en"] is True
    assert get(sim, 5, TARGET).status == 200


def test_the_log_tells_whether_a_login_was_accepted(sim):
    logged_in(sim, 2, TARGET, challenge(sim, 2), PASSWORD)
    accepted = sim.wait_for(mac=mac_of(2), accepted=True)[-1]
    assert accepted["auth"] == "Digest" and accepted["status"] == 200
    assert sim.log(mac=mac_of(5), auth="Digest") == []
