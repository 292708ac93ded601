"""URL forms, header blocks, bad requests and the reading and writing RPCs."""

import http.client
import json
import socket

import pytest

from promptly import PATIENCE
from sim_client import (Simulator, address_of, call, exchange, get, mac_of, post, request_bytes,
                        rpc_target, set_name)

VERSIONS = ["0.14.1", "1.2.3", "1.4.4", "2.0.0"]


@pytest.fixture(scope="module")
def sim():
    rules = [{"match": {"index": i}, "set": {"ver": v}} for i, v in enumerate(VERSIONS)]
    rules += [
        {"match": {"index": 4}, "set": {"rejects_json_spaces": True}},
        {"match": {"index": 5}, "set": {"name_limit": 5}},
        {"match": {"index": 6}, "set": {"name_limit": 5, "name_write": "truncate"}},
        {"match": {"index": 7}, "set": {"name": "Alt", "name_write": "ignore"}},
        {"match": {"index": 8}, "set": {"kind": "gen1"}},
        {"match": {"index": 9}, "set": {"kind": "wall_display"}},
    ]
    with Simulator(devices=12, scenario={"rules": rules}) as running:
        yield running


def test_device_info_in_all_forms(sim):
    page = get(sim, 2, "/shelly").json()
    assert page["mac"] == mac_of(2) and page["ver"] == "1.4.4" and page["name"] is None
    assert page["id"] == "shellyplus1pm-" + mac_of(2).lower()
    assert call(sim, 2, "Shelly.GetDeviceInfo").json() == page
    assert post(sim, 2, "/rpc/Shelly.GetDeviceInfo", b"").json() == page
    frame = post(sim, 2, "/rpc", {"id": 7, "src": "me", "method": "Shelly.GetDeviceInfo"})
    assert frame.json() == {"id": 7, "src": page["id"], "dst": "me", "result": page}


def test_errors_depend_on_the_form(sim):
    unknown = call(sim, 2, "No.Such")
    assert unknown.status == 404
    assert unknown.json() == {"code": 404, "message": "No handler for No.Such"}
    invalid = call(sim, 2, "Sys.SetConfig")
    assert invalid.status == 500 and invalid.json()["code"] == -103
    for method, code in (("No.Such", 404), ("Sys.SetConfig", -103)):
        frame = post(sim, 2, "/rpc", {"id": 1, "method": method})
        assert frame.status == 200
        assert frame.json()["error"]["code"] == code and "result" not in frame.json()
        assert "dst" not in frame.json()


def test_header_block_of_1x_and_2x(sim):
    for index in (1, 2, 3):
        response = get(sim, index, "/shelly")
        assert response.raw.startswith(b"HTTP/1.1 200 OK\r\n")
        assert response.names == ["Content-Type", "Content-Length", "Server", "Connection"]
        assert response.header["server"] == "ShellyHTTP/1.0.0"
        assert response.header["connection"] == "close"
        assert response.header["content-type"] == "application/json"
        assert int(response.header["content-length"]) == len(response.body)
        assert response.body.endswith(b"}")


def test_header_block_of_0x(sim):
    response = get(sim, 0, "/shelly")
    assert response.header["server"] == "Mongoose/6.18"
    assert response.header["access-control-allow-origin"] == "*"
    assert response.header["connection"] == "close"
    assert response.body.endswith(b"}\r\n")
    assert int(response.header["content-length"]) == len(response.body)


def test_one_request_a_connection(sim):
    two = request_bytes("/shelly") * 2
    assert exchange(address_of(sim, 2), two).count(b"HTTP/1.1 ") == 1


def test_a_standard_client_understands_it(sim):
    connection = http.client.HTTPConnection(*address_of(sim, 2), timeout=PATIENCE)
    connection.request("GET", "/rpc/Shelly.GetDeviceInfo")
    assert json.loads(connection.getresponse().read())["mac"] == mac_of(2)
    connection.close()


BAD_REQUESTS = [
    b"nonsense\r\n\r\n",
    b"GET /shelly SPDY/9\r\n\r\n",
    b"GET shelly HTTP/1.1\r\n\r\n",
    b"GET /rpc/Sys.SetConfig?config={\"a\": 1} HTTP/1.1\r\n\r\n",
    b"GET /shelly HTTP/1.1\r\nno colon\r\n\r\n",
    b"POST /rpc HTTP/1.1\r\nContent-Length: many\r\n\r\n",
    b"GET /shelly HTTP/1.1\r\nX: " + b"x" * 5000 + b"\r\n\r\n",
]


@pytest.mark.parametrize("data", BAD_REQUESTS)
def test_bad_requests_get_400_since_1_3_0(sim, data):
    assert exchange(address_of(sim, 2), data).startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_old_firmware_just_closes_on_nonsense(sim):
    assert exchange(address_of(sim, 1), BAD_REQUESTS[0]) == b""


def test_bad_parts_of_well_formed_requests(sim):
    assert get(sim, 2, "/rpc/Sys.SetConfig?config=%7").status == 400
    assert post(sim, 2, "/rpc", b"{").status == 400
    assert post(sim, 2, "/rpc/Sys.SetConfig", b"[1]").status == 400
    delete = request_bytes("/shelly", method="DELETE")
    assert exchange(address_of(sim, 2), delete).startswith(b"HTTP/1.1 400 ")
    assert get(sim, 2, "/elsewhere").status == 404


def test_a_request_may_come_in_pieces(sim):
    data = request_bytes("/rpc/Sys.SetConfig", b'{"config":{"device":{"eco_mode":true}}}')
    with socket.create_connection(address_of(sim, 10), timeout=PATIENCE) as connection:
        for i in range(0, len(data), 7):
            connection.sendall(data[i:i + 7])
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
    assert call(sim, 10, "Sys.GetConfig").json()["device"]["eco_mode"] is True


def test_a_client_may_close_its_sending_side(sim):
    with socket.create_connection(address_of(sim, 2), timeout=PATIENCE) as connection:
        connection.sendall(request_bytes("/shelly"))
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    assert received.startswith(b"HTTP/1.1 200 OK\r\n") and received.endswith(b"}")


@pytest.mark.parametrize("name", ["Küche", "a b", "100 % + \"x\" \\ /?&=#", "名前", "12"])
def test_name_is_stored(sim, name):
    before = call(sim, 11, "Sys.GetConfig").json()["cfg_rev"]
    answer = set_name(sim, 11, name)
    assert answer.status == 200 and answer.json() == {"restart_required": False}
    config = call(sim, 11, "Sys.GetConfig").json()
    assert config["device"]["name"] == name and config["cfg_rev"] == before + 1
    assert call(sim, 11, "Shelly.GetDeviceInfo").json()["name"] == name
    assert call(sim, 11, "Shelly.GetConfig").json()["sys"] == config
    assert call(sim, 11, "Sys.GetStatus").json()["cfg_rev"] == before + 1


def test_null_unsets_the_name(sim):
    body = {"config": {"device": {"name": "kurz"}}}
    assert post(sim, 11, "/rpc/Sys.SetConfig", body).status == 200
    assert call(sim, 11, "Shelly.GetDeviceInfo").json()["name"] == "kurz"
    frame = {"id": 1, "method": "Sys.SetConfig", "params": {"config": {"device": {"name": None}}}}
    assert post(sim, 11, "/rpc", frame).json()["result"] == {"restart_required": False}
    assert call(sim, 11, "Shelly.GetDeviceInfo").json()["name"] is None


@pytest.mark.parametrize("config", ["Name", "12", "[1]", '{"device":1}', '{"device":{"name":12}}',
                                    '{"device":{"name":"a}', '{"device":{"eco_mode":1}}'])
def test_wrong_parameters_are_refused(sim, config):
    before = call(sim, 11, "Sys.GetConfig").json()
    answer = get(sim, 11, rpc_target("Sys.SetConfig", config=config))
    assert answer.status == 500 and answer.json()["code"] == -103
    assert call(sim, 11, "Sys.GetConfig").json() == before


def test_json_with_spaces_can_be_refused(sim):
    spaced = '{"device": {"name":"X"}}'
    assert get(sim, 4, rpc_target("Sys.SetConfig", config=spaced)).status == 500
    assert set_name(sim, 4, "X Y").status == 200
    assert get(sim, 2, rpc_target("Sys.SetConfig", config=spaced)).status == 200


def test_long_names(sim):
    assert set_name(sim, 5, "äöüß!").status == 200
    refused = set_name(sim, 5, "äöüß!!")
    assert refused.status == 500 and refused.json()["code"] == -103
    assert set_name(sim, 6, "äöüß!!").status == 200
    assert call(sim, 6, "Sys.GetConfig").json()["device"]["name"] == "äöüß!"
    assert set_name(sim, 7, "Neu").status == 200
    assert call(sim, 7, "Sys.GetConfig").json()["device"]["name"] == "Alt"


def test_status(sim):
    status = call(sim, 2, "Shelly.GetStatus").json()
    own = call(sim, 2, "Sys.GetStatus").json()
    assert status["sys"].keys() == own.keys()
    assert own["mac"] == mac_of(2) and 3600 <= own["uptime"] < 3700
    assert own["available_updates"] == {} and own["restart_required"] is False
    assert status["wifi"]["sta_ip"] == sim.ip(2)


def test_gen1(sim):
    info = get(sim, 8, "/shelly").json()
    assert info["type"] == "SHSW-1" and info["mac"] == mac_of(8)
    assert "gen" not in info and "id" not in info
    assert call(sim, 8, "Shelly.GetDeviceInfo").status == 404


def test_gen1_behind_a_login():
    with Simulator(scenario={"rules": [{"set": {"kind": "gen1", "auth": {"password": "geheim"}}}]}) as sim:
        assert get(sim, 0, "/shelly").json()["auth"] is True
        for target in (rpc_target("Shelly.GetDeviceInfo"), "/status", "/"):
            refused = get(sim, 0, target)
            assert refused.status == 401 and refused.header["www-authenticate"].startswith("Basic ")


def test_wall_display(sim):
    info = call(sim, 9, "Shelly.GetDeviceInfo").json()
    assert info["id"] == "ShellyWallDisplay-" + mac_of(9)
    assert "name" not in info and len(info) > 30 and info["gen"] == 2
    assert info["ver"].startswith("2.")
    assert set_name(sim, 9, "Flur").status == 200
    assert call(sim, 9, "Sys.GetConfig").json()["device"]["name"] == "Flur"
