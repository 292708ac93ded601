"""What mypy makes of the package: of its own source, and of a program that uses it."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

import stage3

if importlib.util.find_spec("mypy") is None:
    pytest.skip("no mypy: install it (Debian: mypy)", allow_module_level=True)

PACKAGE = Path(stage3.__file__).parent

PROGRAM = """
import asyncio
import stage3

for result in stage3.run("config.yaml", dry_run=True, ips=["127.0.0.1"]):
    reveal_type(result)  # stage3._result.Result
    reveal_type(result.mac)  # Union[builtins.str, None]
    reveal_type(result.ota_status)  # Union[stage3._words.OtaStatus, None]
    reveal_type(result.errors[0].http_status)  # builtins.int
    reveal_type(result.tls_port)  # Union[builtins.int, None]
    reveal_type(result.tls_key)  # builtins.str
    reveal_type(result.to_dict())  # builtins.dict[builtins.str, Any]

def may_start(device: stage3.Device, version: str) -> bool:
    return device.wanted_name is not None

def may_have(device: stage3.Device, key: str) -> bool:
    assert device.on_record is not None and device.on_record.tls is not None
    reveal_type(device.on_record.tls.port)  # builtins.int
    return device.on_record.tls.key == key

with stage3.Runner({"ota.mode": "check_only"}, devices={}, on_permit=may_start, on_key_change=may_have) as runner:
    reveal_type(runner.summary.ok)  # builtins.int
    reveal_type(runner.permit("A8032A000001", True))  # builtins.bool

def decide(request: stage3.UpdateRequest) -> bool | stage3.UpdateDecision:
    reveal_type(request.record.sent_at)  # Union[datetime.datetime, None]
    return stage3.LATER if request.device.on_record is None else request.version != "1.0.0"

async def decide_later(request: stage3.UpdateRequest) -> bool:
    return request.app == "Plus1"

stage3.run(on_update=decide, resume=True)
stage3.run(on_update=decide_later)  # error
stage3.aio.run(on_update=decide_later)
stage3.aio.run(on_update=decide)
stage3.aio.run(on_update=lambda request: "later")  # error

async def main() -> None:
    async for result in stage3.aio.run(password=lambda mac, realm: None):
        reveal_type(result)  # stage3._result.Result
    async with stage3.aio.Runner() as runner:
        reveal_type(runner.devices[0].aliases)  # builtins.tuple[builtins.str, ...]

reveal_type(stage3.partition({}, 3))  # builtins.list[builtins.dict[builtins.str, Any]]
reveal_type(stage3.partition({}, lambda key, entry: len(key)))  # builtins.dict[builtins.int, builtins.dict[builtins.str, Any]]
reveal_type(stage3.merge_results({}, [result], {}))  # builtins.dict[builtins.str, Any]
stage3.run(5)  # error
stage3.run(dry_runn=True)  # error
stage3.run(on_permit=lambda device: True)  # error
stage3.run(on_key_change=lambda device, key: "yes")  # error
result.mac = "x"  # error
"""


def mypy(*arguments, module="mypy", cwd):
    return subprocess.run([sys.executable, "-B", "-m", module, *map(str, arguments)], cwd=cwd, text=True,
                          env={**os.environ, "MYPYPATH": str(PACKAGE.parent)}, capture_output=True, check=False)


def test_the_package(tmp_path):
    done = mypy("--strict", "--cache-dir", tmp_path, PACKAGE, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_a_program(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    done = mypy("--strict", "--no-error-summary", "--cache-dir", tmp_path, "program.py", cwd=tmp_path)
    told = {}
    for line in done.stdout.splitlines():
        if not line.startswith("program.py:"):
            continue
        _, number, text = line.split(":", 2)
        told.setdefault(int(number), text.strip())
    for number, line in enumerate(PROGRAM.splitlines(), 1):
        code, _, expected = line.partition("  # ")
        if expected == "error":
            assert told.pop(number).startswith("error: "), line
        elif expected:
            assert told.pop(number) == f'note: Revealed type is "{expected}"', line
    assert told == {}


def test_the_stub_of_the_module(tmp_path):
    # pybind11's classes have a metaclass of their own; their members are checked all the same.
    classes = ["Config", "DeviceList", "DeviceList.__init__", "Lock", "Session", "Store"]
    (tmp_path / "known").write_text("\n".join(f"stage3._stage3.{name}".replace(".", "\\.") for name in classes))
    done = mypy("--concise", "--allowlist", "known", "stage3._stage3", module="mypy.stubtest", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
