"""A run of the command over devices that mean no good, or answer oddly, beside healthy ones (stage3-sim)."""

import json
import os
import re
import select
import subprocess
import tempfile
import threading
import time
import zlib
from pathlib import Path

from fleet import CLI, cli_env, yaml_of
from promptly import PATIENCE
from sim import Simulator

LONG = os.environ.get("STAGE3_LONG") == "1"
PASSWORD = "k4nari-v0gel"
HEALTHY_MS = 30
RPC_SECONDS = 2
CONFIG = {
    "concurrency": 16384,
    "timeouts": {"ping": 0.25, "reach": RPC_SECONDS, "rpc": RPC_SECONDS},
    "ota": {"timeout": RPC_SECONDS, "mode": "check_and_update", "rate": 0},
    "auth": {"secrets_file": "secrets.yaml"},
}


class Server:
    """A running program that plays many devices; it says on which port and how many, and reports on each at its end.

    With the option --tls in `words` they speak nothing else.
    """

    def __init__(self, directory, base, words):
        self.scheme = "https://" if "--tls" in words else ""
        self.report_path = Path(directory) / "devices.jsonl"
        self.base = int.from_bytes(bytes(int(part) for part in base.split(".")), "big")
        words = [str(word) for word in (*words, "--base", base, "--report", self.report_path)]
        self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        readable, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        line = self._process.stdout.readline().decode() if readable else ""
        found = re.fullmatch(r"[a-z-]+: ready port=(\d+) devices=(\d+)\n", line)
        if not found:
            self.close()
            raise RuntimeError(f"{Path(words[0]).name} did not start: {line!r}")
        self.port, self.count = int(found[1]), int(found[2])

    def macs(self):
        """The devices' MACs, in the order of their addresses."""
        raise NotImplementedError

    def addresses(self):
        for index in range(self.count):
            yield self.scheme + ".".join(str(part) for part in (self.base + index).to_bytes(4, "big")) + f":{self.port}"

    def stop(self):
        """Ends it; returns how many came where redirects lead, and what each device has got."""
        self._process.terminate()
        assert self._process.wait(PATIENCE) == 0
        self._process.stdout.close()
        trap, *devices = (json.loads(line) for line in self.report_path.read_text().splitlines())
        return trap["trapped"], devices

    def close(self):
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


class Finished:
    """A run that has ended: its results by MAC, when each came, and the peak of its memory in KiB."""

    def __init__(self, status, lines, errors, peak, seconds):
        self.exit = status
        self.errors = errors
        self.peak = peak
        self.seconds = seconds
        self.results, self.told_at, self.twice = {}, {}, []
        self.summary = None
        for at, line in lines:
            if not line.endswith(b"\n"):  # the program was ended in the middle
                continue
            told = json.loads(line)
            if told["type"] == "summary":
                self.summary = told
                continue
            if told["mac"] in self.results:
                self.twice.append(told["mac"])
            self.results[told["mac"]] = told
            self.told_at[told["mac"]] = at


def run_timed(words, cwd, timeout=600):
    """Runs a program that prints JSON lines to its end."""
    begin = time.monotonic()
    with open(Path(cwd) / "stderr.txt", "wb") as errors, \
            subprocess.Popen(words, cwd=cwd, env=cli_env(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=errors) as process:
        peak = [0]
        watch = threading.Thread(target=watch_memory, args=(process.pid, peak))
        watch.start()
        alarm = threading.Timer(timeout, process.kill)
        alarm.start()
        lines = [(time.monotonic(), line) for line in process.stdout]
        watch.join()
        status = process.wait()
        alarm.cancel()
    return Finished(status, lines, (Path(cwd) / "stderr.txt").read_text(), peak[0], time.monotonic() - begin)


def watch_memory(pid, peak):
    """The high-water mark of a process until it ends. rusage would not do: it has the parent's before exec()."""
    while True:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return
        found = re.search(r"VmHWM:\s+(\d+)", status)
        if not found:
            return
        peak[0] = int(found[1])
        time.sleep(0.01)


class Battle:
    """Evil and healthy devices in one state file, and what came of a run over them. Goes with its directory.

    `start` is given the directory and starts the Server with the evil ones.
    """

    def __init__(self, start, healthy=100, config=None, scenario=None):
        self._place = tempfile.TemporaryDirectory(prefix="torture-battle-")
        self.dir = Path(self._place.name)
        (self.dir / "data").mkdir()
        self.config = {**CONFIG, **(config or {})}
        settings = {"name": "Alt", "latency_ms": {"*": HEALTHY_MS}}
        self.sim = Simulator(devices=healthy, scenario=scenario or {"rules": [{"set": settings}]})
        self.evil = None
        try:
            self.evil = start(self.dir)
            self.sim.start()
        except BaseException:
            self.close()
            raise
        (self.dir / "data/config.yaml").write_text(yaml_of({"stage3": self.config}) + "\n")
        secrets = self.dir / "secrets.yaml"
        secrets.write_text(f"shelly:\n  password: {PASSWORD}\n")
        secrets.chmod(0o600)
        self.write_state()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def write_state(self):
        entries = {mac: {**entry, "friendly_name": "Neu", "room": {"other": 1.50}}
                   for mac, entry in self.sim.state().items()}
        self.healthy = list(entries)
        for mac, address in zip(self.evil.macs(), self.evil.addresses()):
            entries[mac] = {"ip": address, "friendly_name": "Neu", "room": {"other": 1.50}}
        # Each healthy one among evil ones.
        macs = sorted(entries, key=lambda mac: zlib.crc32(mac.encode()))
        self.before = {mac: entries[mac] for mac in macs}
        (self.dir / "data/ip_state.json").write_text(json.dumps(self.before, indent=2))

    def close(self):
        self.sim.close()
        if self.evil is not None:
            self.evil.close()
        self._place.cleanup()

    def run(self, *words):
        """The command over all of them."""
        return self.run_program([CLI, "--json", *words])

    def run_program(self, words):
        """A program in its place that prints JSON lines as it does."""
        self.finished = run_timed(words, self.dir)
        self.collect()
        return self.finished

    def collect(self):
        self.trapped, self.devices = self.evil.stop()
        self.sim.stop()

    def state(self):
        return json.loads((self.dir / "data/ip_state.json").read_text())

    def sum(self, what, kind=None):
        return sum(device[what] for device in self.devices if kind is None or device["kind"] == kind)

    def healthy_seconds(self):
        """From each healthy device's first request to its result, sorted."""
        first = {}
        for request in self.sim.log():
            first.setdefault(request["mac"], request["t"])
        return sorted(self.finished.told_at[mac] - first[mac] for mac in self.healthy)
