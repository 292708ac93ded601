"""Starts the simulated fleet (`stage3-sim`) for tests.

    from sim import Simulator

    def test_name_is_written():
        rules = [{"match": {"index": 0}, "set": {"name": "Alt"}}]
        with Simulator(devices=3, scenario={"rules": rules}) as sim:
            run_the_cli(state=sim.state_path)
            writes = sim.log(rpc="Sys.SetConfig")
            summary = sim.stop()
        assert summary["names_written"] == 3

This folder has to be on PYTHONPATH. Standard library only. docs/simulator.md is the reference of the scenario. The environment variable
STAGE3_SIM names the binary.
"""

import ipaddress
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time

from promptly import PATIENCE

MAC_BASE = 0xA8032A000001
BASE = "127.1.0.1"


class SimulatorError(Exception):
    """The simulator did not start or did not end as it should; the text has its output."""


def binary():
    """The path of the simulator, from STAGE3_SIM."""
    path = os.environ.get("STAGE3_SIM")
    if not path:
        raise SimulatorError("STAGE3_SIM is not set: it must name the stage3-sim binary")
    return path


def mac_of(index):
    """The MAC of the made-up device `index` (without captures and without a rule that sets it)."""
    return f"{MAC_BASE + index:012X}"


def ip_of(index, base=BASE):
    """The address of the device `index`."""
    return str(ipaddress.ip_address(base) + index)


class Simulator:
    """A running simulator. A context manager: it runs inside of the `with` block.

    devices   number of made-up devices; None: 1, or none with `captures`
    scenario  a dict (see docs/simulator.md) or the path of a scenario file
    captures  directory of captured devices
    port      port of all devices; 0: a free one, which `port` tells
    tls_port  HTTPS port of all devices that speak it; 0: a free one, which `tls_port` tells
    wrapped   write the state file with version and "devices"
    base      address of the first device
    log       False: keep no request log (for measurements)
    lifetime  seconds after which the simulator ends even if nobody stops it
    args      further arguments of the command line
    prefix    words before the command, e.g. those of silence.silent_network, where ports 80 and 443 are free

    After the start: `port`, `tls_port` (None where no device has it), `device_count`, `pid`, and the paths `directory` (a temporary one,
    removed at the end), `state_path` (the matching ip_state.json), `log_path`, `summary_path`, `ca_path`
    (the CA of the devices whose certificate has the issuer "ca"), `keys_path`.
    """

    def __init__(self, devices=None, scenario=None, captures=None, *, port=0, tls_port=0,
                 wrapped=False, base=BASE, log=True, lifetime=1800, args=(), prefix=()):
        self.base = base
        self.port = None
        self.tls_port = None
        self.device_count = None
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="stage3-sim-"))
        self.state_path = self.directory / "ip_state.json"
        self.log_path = self.directory / "requests.jsonl" if log else None
        self.summary_path = self.directory / "summary.json"
        self.ca_path = self.directory / "ca.pem"
        self.keys_path = self.directory / "keys.json"
        self._process = None
        self._command = self._make_command(devices, scenario, captures, port, wrapped, lifetime)
        self._command = [*prefix, *self._command, "--tls-port", str(tls_port), *args]

    def _make_command(self, devices, scenario, captures, port, wrapped, lifetime):
        command = [binary(), "--port", str(port), "--base", self.base,
                   "--lifetime", str(lifetime), "--write-state", str(self.state_path),
                   "--summary", str(self.summary_path)]
        if devices is not None:
            command += ["--devices", str(devices)]
        if isinstance(scenario, dict):
            path = self.directory / "scenario.json"
            path.write_text(json.dumps(scenario, ensure_ascii=False), encoding="utf-8")
            scenario = path
        if scenario is not None:
            command += ["--scenario", str(scenario)]
        if captures is not None:
            command += ["--captures", str(captures)]
        if wrapped:
            command.append("--wrapped")
        if self.log_path is not None:
            command += ["--log", str(self.log_path)]
        if self._has_tls(scenario):
            command += ["--write-ca", str(self.ca_path), "--write-keys", str(self.keys_path)]
        return command

    @staticmethod
    def _has_tls(scenario):
        return scenario is not None and '"tls"' in pathlib.Path(scenario).read_text(encoding="utf-8")

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    def start(self, timeout=PATIENCE):
        """Starts the process and waits until it listens. Returns self."""
        # An own log file for stderr: a pipe that nobody reads could fill and block the simulator.
        with open(self.directory / "stderr.txt", "wb") as errors:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL,
                                             stdout=subprocess.PIPE, stderr=errors)
        readable, _, _ = select.select([self._process.stdout], [], [], timeout)
        line = self._process.stdout.readline().decode() if readable else ""
        if not line.startswith("stage3-sim: ready "):
            self._process.kill()
            status = self._process.wait()
            raise SimulatorError(f"no ready line within {timeout} s, got {line!r}, "
                                 f"status {status}: {self.errors()}")
        facts = dict(word.split("=") for word in line.split()[2:])
        self.port = int(facts["port"])
        self.device_count = int(facts["devices"])
        self.tls_port = int(facts["tls_port"]) if "tls_port" in facts else None
        return self

    @property
    def pid(self):
        """The process id, for signals and for measurements."""
        return self._process.pid

    def errors(self):
        """What the simulator wrote to stderr."""
        path = self.directory / "stderr.txt"
        return path.read_text(errors="replace") if path.exists() else ""

    def ip(self, index):
        """The address of the device `index`, without its port."""
        return ip_of(index, self.base)

    def state(self):
        """The state file as it is now, parsed."""
        return json.loads(self.state_path.read_text(encoding="utf-8"))

    def keys(self):
        """The public keys of the devices that speak HTTPS, "sha256//..." by MAC; by "<MAC>/1" the one that its first
        fault of kind "key" gives it."""
        return json.loads(self.keys_path.read_text(encoding="utf-8"))

    def log(self, **equal):
        """The requests so far, oldest first, as dicts with the keys of docs/simulator.md.

        Keyword arguments select: `sim.log(mac="A8032A000001", rpc="Sys.SetConfig")`. The simulator
        writes its log every 20 ms: after `stop()` it is complete, before that use `wait_for`.
        """
        if self.log_path is None:
            raise SimulatorError("this simulator was started with log=False")
        text = self.log_path.read_bytes()
        complete = text[:text.rfind(b"\n") + 1].decode("utf-8", "surrogateescape")
        records = [json.loads(line) for line in complete.split("\n") if line]
        return [r for r in records if all(r[key] == value for key, value in equal.items())]

    def wait_for(self, count=1, timeout=PATIENCE, **equal):
        """Waits until the log has `count` requests of that kind and returns them."""
        deadline = time.monotonic() + timeout
        while True:
            records = self.log(**equal)
            if len(records) >= count:
                return records
            if time.monotonic() > deadline:
                raise SimulatorError(f"{len(records)} of {count} requests {equal} in {timeout} s")
            time.sleep(0.01)

    def stop(self, timeout=PATIENCE, number=signal.SIGTERM):
        """Ends the simulator with the signal `number` and returns its summary as a dict.

        The files stay until the `with` block ends, so that log and state can still be read.
        Raises SimulatorError when the simulator crashed or does not end.
        """
        if self._process.poll() is None:
            self._process.send_signal(number)
        try:
            status = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise SimulatorError(f"did not end within {timeout} s of signal {int(number)}") from None
        self._process.stdout.close()
        if status != 0:
            raise SimulatorError(f"ended with status {status}: {self.errors()}")
        return json.loads(self.summary_path.read_text(encoding="utf-8"))

    def close(self):
        """Ends the simulator if it still runs and removes the directory."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._process is not None:
            self._process.stdout.close()
        shutil.rmtree(self.directory, ignore_errors=True)
