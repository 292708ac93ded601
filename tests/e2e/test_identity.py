"""Step 2: only the right device is written."""

import pytest

from fleet import device

INFO, CHECK = "Shelly.GetDeviceInfo", "Shelly.CheckForUpdate"
STRANGER = "B0B0B0B0B0B0"
INSTALL = {"ota": {"mode": "check_and_update"}}


def test_wrong_device_gets_nothing(make_fleet):
    old = {"ota_status": "up_to_date", "friendly_status": "ok", "device_name": "Mine", "fw": "1.0.0",
           "last_seen": "2026-01-01T00:00:00Z"}
    fleet = make_fleet([device("Neu", {"stage3": old, "hostname": None, "model": None}, key="A8032A0000FF",
                               name="Theirs", update={"stable": "9.9.9"}, auth={"password": "secret"})], INSTALL)
    run = fleet.run()
    assert "OTA=error | ERR=identity: found " in run.line and "Friendly" not in run.line
    assert run.exit == 1
    assert fleet.calls() == [INFO]
    recorded = fleet.recorded()
    assert recorded["ota_status"] == "error"
    assert recorded["error"] == "identity: expected A8032A0000FF, found A8032A000001"
    for field in ("friendly_status", "device_name", "fw", "last_seen"):
        assert recorded[field] == old[field]
    assert not {"hostname", "model"} & set(fleet.entry())


@pytest.mark.parametrize("aliases", ["A8032A000001", "a8:03:2a:00:00:01", ["B0B0B0B0B0B0", "a8-03-2a-00-00-01"]])
def test_alias_is_the_right_device(make_fleet, aliases):
    fleet = make_fleet([device("Neu", {"mac_aliases": aliases}, key="E08CFE96CCC4")])
    run = fleet.run()
    assert run.exit == 0 and "Friendly=ok ( -> Neu)" in run.line


def test_swapped_addresses(make_fleet):
    fleet = make_fleet([device("A", key="A8032A000002"), device("B", key="A8032A000001")], INSTALL)
    run = fleet.run()
    assert run.summary == "Stage 3 summary: total=2 ok=0 failed=2"
    assert fleet.calls(0) == fleet.calls(1) == [INFO]


def test_two_entries_at_one_address_are_asked_one_after_the_other(make_fleet):
    fleet = make_fleet([device("Neu", latency_ms={"*": 50})])
    entries = fleet.entries()
    entries["A8032A0000FF"] = dict(entries["A8032A000001"])
    fleet.write_state(entries)
    run = fleet.run()
    assert run.summary == "Stage 3 summary: total=2 ok=1 failed=1 names=1"
    assert fleet.calls().count("Sys.SetConfig") == 1
    assert fleet.sim.stop()["max_connections_per_device"] == 1


def test_one_connection_at_a_time_per_device(make_fleet):
    fleet = make_fleet([device("Neu", update={"stable": "9.0.0"}, latency_ms={"*": 20}) for _ in range(10)], INSTALL)
    fleet.run("--threads", "4")
    assert fleet.sim.stop()["max_connections_per_device"] == 1


def test_device_swapped_while_its_name_is_written(make_fleet):
    swap = {"kind": "mac", "from": 2, "rpc": INFO, "mac": STRANGER}
    fleet = make_fleet([device("Neu", update={"stable": "9.9.9"}, faults=[swap])], INSTALL)
    run = fleet.run()
    assert run.exit == 1
    assert f"found {STRANGER}" in fleet.recorded()["error"]
    assert "Shelly.Update" not in fleet.calls()
    assert "device_name" not in fleet.recorded()


def test_swap_seen_in_the_configuration(make_fleet):
    swap = {"kind": "mac", "from": 1, "rpc": "Sys.GetConfig", "mac": STRANGER}
    fleet = make_fleet([device("Neu", kind="wall_display", faults=[swap])])
    run = fleet.run()
    assert run.exit == 1
    assert "Sys.SetConfig" not in fleet.calls()


def test_gen1(make_fleet):
    fleet = make_fleet([device("Neu", kind="gen1")])
    run = fleet.run()
    assert "OTA=error | ERR=identity: Gen1 is not supported" in run.line and run.exit == 1
    assert fleet.calls() == [INFO, "/shelly"]
    assert fleet.recorded()["error"] == "identity: Gen1 is not supported"


def test_gen1_behind_a_login_is_sent_none(make_fleet):
    fleet = make_fleet([device("Neu", kind="gen1", auth={"password": "geheim"})],
                       {**INSTALL, "auth": {"secrets_file": "secrets.yaml"}})
    path = fleet.dir / "secrets.yaml"
    path.write_text("shelly: {password: geheim}\n")
    path.chmod(0o600)
    run = fleet.run()
    assert run.exit == 1 and fleet.recorded()["error"] == "identity: Gen1 is not supported"
    assert [(r["rpc"], r["auth"], r["status"]) for r in fleet.requests()] == [(INFO, None, 401), ("/shelly", None, 200)]


def raw(body, status="200 OK"):
    return {"kind": "raw", "text": f"HTTP/1.1 {status}\r\nContent-Length: {len(body.encode())}\r\n\r\n{body}"}


@pytest.mark.parametrize("status", ["0 x", "000 x", "40 x", "099 x", "600 x", "999 x", "40", "x"])
def test_status_that_http_does_not_have(make_fleet, status):
    fleet = make_fleet([device("Neu", faults=[{"rpc": INFO, **raw("{}", status)}])])
    run = fleet.run()
    assert run.exit == 1 and "HTTP " + status not in run.out
    assert fleet.recorded()["error"] == "identity: cannot be read: answer is not HTTP"


def test_byte_order_mark_is_not_told_as_that_of_a_file(make_fleet):
    fleet = make_fleet([device("Neu", faults=[{"rpc": INFO, **raw("\ufeff{}")}])])
    fleet.run()
    assert fleet.recorded()["error"] == "identity: cannot be read: answer is not JSON (byte order mark)"


def test_broken_name_locks_no_device_out(make_fleet, tmp_path):
    answer = tmp_path / "answer"
    body = b'{"mac":"A8032A000001","id":"x","gen":2,"app":null,"fw_id":7,"ver":"1.4.4","name":"K\xfcche","t":[1e999]}'
    answer.write_bytes(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    broken = {"kind": "raw", "rpc": INFO, "file": str(answer)}
    fleet = make_fleet([device("Neu", {"hostname": None, "model": None}, update={"stable": "9.0.0"}, faults=[broken])],
                       INSTALL)
    run = fleet.run()
    assert run.exit == 0 and "Friendly=ok ( -> Neu)" in run.line and run.summary.endswith(" updates=1 names=1")
    assert fleet.calls().count("Sys.SetConfig") == 1 and fleet.recorded()["fw"] == "1.4.4"
    assert fleet.entry()["hostname"] == "x" and "model" not in fleet.entry()


def test_wall_display(make_fleet):
    fleet = make_fleet([device(entry={"hostname": None, "model": None}, kind="wall_display", ver="2.4.3",
                               id="ShellyWallDisplay-{mac}")])
    run = fleet.run()
    assert run.exit == 0 and run.line.startswith("● WallDisplay @ ")
    assert fleet.entry()["hostname"] == f"ShellyWallDisplay-{fleet.macs[0]}"


@pytest.mark.parametrize("fault, cause", [
    ({"kind": "status", "status": 200, "body": "{}"}, ""),
    ({"kind": "status", "status": 200, "body": "[1]"}, ""),
    ({"kind": "status", "status": 200, "body": "{\"mac\":\"nonsense\",\"id\":\"x\"}"}, ""),
    ({"kind": "status", "status": 200, "body": ""}, ""),
    ({"kind": "status", "status": 403, "body": ""}, "HTTP 403"),
    ({"kind": "error", "code": -114, "message": "x"}, "HTTP 500 (-114 x)"),
    ({"kind": "garbage"}, ""),
    ({"kind": "garbage", "part": "http"}, ""),
    ({"kind": "truncate"}, ""),
    ({"kind": "endless"}, "answer too large"),
    ({"kind": "headers"}, ""),
    ({"kind": "redirect"}, "HTTP 302"),
])
def test_identity_that_cannot_be_read(make_fleet, fault, cause):
    fleet = make_fleet([device("Neu", faults=[{"rpc": INFO, **fault}])])
    run = fleet.run()
    assert "OTA=error | ERR=identity: " in run.line and run.exit == 1
    assert fleet.recorded()["error"].startswith(f"identity: cannot be read: {cause}")
    assert set(fleet.calls()) == {INFO}
    assert all(request["auth"] is None for request in fleet.requests())


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 404}, {"kind": "challenge"}])
def test_neither_gen2_nor_gen1(make_fleet, fault):
    fleet = make_fleet([device("Neu", faults=[{"rpc": [INFO, "/shelly"], **fault}])])
    run = fleet.run()
    assert f"ERR=identity: cannot be read: HTTP {fault.get('status', 401)}" in run.line
    assert fleet.calls() == [INFO, "/shelly"]


@pytest.mark.parametrize("key", ["A8032A000001", "a8032a000001", "a8:03:2a:00:00:01", "A8-03-2A-00-00-01"])
def test_spellings_of_a_mac_are_kept(make_fleet, key):
    fleet = make_fleet([device("Neu", key=key)])
    assert fleet.run().exit == 0
    assert list(fleet.state) == [key]
    assert fleet.recorded()["friendly_status"] == "ok"
