"""Devices by HTTPS: a key is learnt, recorded and held on to, and changed only where a program says so."""

import asyncio
import inspect
import json
from pathlib import Path

import pytest

import stage3
from fleet import device
from json_schema import violations

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs/json-output.schema.json").read_text(encoding="utf-8"))


def blocking(inventory, **arguments):
    return list(stage3.run(devices=inventory, **arguments))


def in_loop(inventory, **arguments):
    async def main():
        return [result async for result in stage3.aio.run(devices=inventory, **arguments)]
    return asyncio.run(main())


both = pytest.mark.parametrize("run", [blocking, in_loop])


def asked(fleet):
    """What was asked, in clear and by TLS; not what a handshake came to."""
    requests = [request for request in fleet.requests() if request["method"]]
    return tuple([request["rpc"] for request in requests if (request["tls"] is not None) is by_tls] for by_tls in (False, True))


@pytest.fixture
def fleet(make_fleet):
    """A device that goes over to HTTPS."""
    return make_fleet([device(name="Flur", tls={"http": "redirected"})])


class Renewed:
    """A device whose key is not the one on record."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.mac, = fleet.macs
        self.recorded = stage3.Tls(fleet.sim.tls_port, fleet.sim.keys()[self.mac])
        self.key = fleet.sim.keys()[f"{self.mac}/1"]
        self.inventory = {self.mac: {"ip": fleet.addresses[0], "stage3": {"tls": self.recorded._asdict()}}}


@pytest.fixture
def renewed(make_fleet):
    return Renewed(make_fleet([device(name="Flur", tls={"http": "redirected", "faults": [{"kind": "key"}]})]))


@both
def test_a_key_is_learnt_and_then_pinned(run, fleet):
    mac, = fleet.macs
    fresh = {mac: {"ip": fleet.addresses[0]}}
    result, = run(fresh)
    assert (result.outcome, result.error) == ("ok", "")
    assert (result.tls_port, result.tls_key) == (fleet.sim.tls_port, fleet.sim.keys()[mac])
    assert (result.tls_certificate, result.tls_key_changed) == ("valid", False)
    assert violations(result.to_dict(), SCHEMA) == []
    assert violations({**result.to_dict(), "tls_key": result.tls_key[:-1]}, SCHEMA) != []
    known = stage3.merge_results(fresh, [result])
    assert known[mac]["stage3"]["tls"] == {"port": result.tls_port, "key": result.tls_key}
    again, = run(known)
    assert (again.outcome, again.tls_key) == ("ok", result.tls_key)
    in_clear, by_tls = asked(fleet)
    assert in_clear == ["Shelly.GetDeviceInfo"] and by_tls.count("Shelly.GetDeviceInfo") == 2
    # The state of a part has it as well.
    assert stage3.merge_results(fresh, known) == known
    assert stage3.merge_results(known, [again])[mac]["stage3"]["tls"] == known[mac]["stage3"]["tls"]


@both
@pytest.mark.parametrize("arguments", [{}, {"on_key_change": None}, {"on_key_change": lambda *_: False}])
def test_another_key_is_refused(run, renewed, arguments):
    result, = run(renewed.inventory, **arguments)
    assert (result.outcome, result.ota_status, result.error) == ("failed", "error", "identity: TLS key changed")
    assert result.errors[0].cause == "tls_key"
    assert (result.tls_port, result.tls_key, result.tls_certificate, result.tls_key_changed) == (None, "", "", False)
    known = stage3.merge_results(renewed.inventory, [result])
    assert known[renewed.mac]["stage3"]["tls"] == renewed.recorded._asdict()
    assert asked(renewed.fleet) == ([], [])


@both
def test_another_key_is_taken_where_a_program_says_so(run, renewed):
    questions = []
    result, = run(renewed.inventory, on_key_change=lambda *arguments: questions.append(arguments) or True)
    assert (result.outcome, result.tls_key, result.tls_key_changed) == ("ok", renewed.key, True)
    (one, key), = questions
    assert key == renewed.key
    assert (one.mac, one.address, one.on_record.tls) == (renewed.mac, renewed.fleet.addresses[0], renewed.recorded)
    known = stage3.merge_results(renewed.inventory, [result])
    assert known[renewed.mac]["stage3"]["tls"] == {"port": renewed.recorded.port, "key": renewed.key}
    again, = run(known, on_key_change=lambda *arguments: questions.append(arguments))
    assert (again.outcome, again.tls_key_changed, len(questions)) == ("ok", False, 1)
    assert asked(renewed.fleet)[0] == []


@both
@pytest.mark.parametrize("answer, kind", [(None, "NoneType"), (1, "int"), ("yes", "str")])
def test_true_and_false_only(run, renewed, answer, kind):
    with pytest.raises(TypeError, match=f"^on_key_change must return True or False, not {kind}$"):
        run(renewed.inventory, on_key_change=lambda *_: answer)
    assert asked(renewed.fleet) == ([], [])


@both
@pytest.mark.filterwarnings("error")
def test_a_coroutine_is_no_answer_and_is_closed(run, renewed):
    made = []

    async def yes():
        return True

    with pytest.raises(TypeError, match="^on_key_change must return .*coroutine"):
        run(renewed.inventory, on_key_change=lambda *_: made.append(yes()) or made[0])
    assert asked(renewed.fleet) == ([], [])
    assert inspect.getcoroutinestate(made[0]) == inspect.CORO_CLOSED


class Oops(Exception):
    pass


@both
def test_what_is_raised_arrives(run, renewed):
    def raise_oops(*_):
        raise Oops("on purpose")

    with pytest.raises(Oops, match="on purpose"):
        run(renewed.inventory, on_key_change=raise_oops)
    assert asked(renewed.fleet) == ([], [])


def test_a_dry_run_looks_and_records_nothing(renewed):
    path = renewed.fleet.state_path
    renewed.fleet.write_state(renewed.inventory)
    result, = stage3.run(state=path, dry_run=True, on_key_change=lambda *_: True)
    assert result.tls_key_changed and renewed.fleet.state == renewed.inventory
    result, = stage3.run(state=path, on_key_change=lambda *_: True)
    assert result.tls_key_changed
    assert stage3.StateStore(path).devices[0].on_record.tls == stage3.Tls(renewed.recorded.port, renewed.key)


def test_a_certificate_that_has_expired_is_told_and_taken(make_fleet, caplog):
    fleet = make_fleet([device(name="Flur", tls={"http": "redirected", "certificate": {"validity": "expired"}})])
    with caplog.at_level("WARNING", "stage3"):
        result, = blocking({fleet.macs[0]: {"ip": fleet.addresses[0]}})
    assert (result.outcome, result.tls_certificate) == ("ok", "expired")
    assert "its TLS certificate is expired" in caplog.text


def test_what_an_address_says(fleet):
    mac, = fleet.macs
    with_scheme = f"https://{fleet.sim.ip(0)}:{fleet.sim.tls_port}"
    result, = blocking({mac: {"ip": with_scheme}})
    assert (result.outcome, result.tls_port) == ("ok", fleet.sim.tls_port)
    assert (result.address, result.ip, result.port) == (with_scheme, fleet.sim.ip(0), fleet.sim.tls_port)
    assert asked(fleet)[0] == []
    result, = blocking({mac: {"ip": f"http://{fleet.addresses[0]}"}})
    assert (result.ip, result.port) == (fleet.sim.ip(0), fleet.sim.port)
    assert (result.errors[0].cause, result.tls_key) == ("tls_only", "")
