"""A simulated fleet in a directory of its own, and the stage3 command run on it."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from promptly import PATIENCE
from sim import Simulator

CLI = os.environ.get("STAGE3_CLI", "stage3")

# Who started the tests may ignore signals, as nohup does, and the programs that they start would inherit that.
for number, heeded in ((signal.SIGHUP, signal.SIG_DFL), (signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, heeded)


def device(wanted=None, entry=None, key=None, **settings):
    """One simulated device.

    wanted    the wanted name
    entry     further members of its entry in the state file; None leaves a member out
    key       the key of that entry, if it is not the device's MAC
    settings  of the simulator's scenario, see docs/simulator.md
    """
    entry = dict(entry or {})
    if wanted is not None:
        entry["friendly_name"] = wanted
    return {"entry": entry, "key": key, "settings": settings}


def yaml_of(value, indent=0):
    """Nested dictionaries as block-style YAML."""
    lines = []
    for key, item in value.items():
        pad = " " * indent
        if isinstance(item, dict):
            lines.append(f"{pad}{key}:\n{yaml_of(item, indent + 2)}" if item else f"{pad}{key}: {{}}")
        else:
            lines.append(f"{pad}{key}: {json.dumps(item)}")
    return "\n".join(lines)


class Run:
    """What a run of the command printed and returned."""

    def __init__(self, status, out, err, seconds):
        self.exit = status
        self.out = out
        self.err = err
        self.seconds = seconds
        everything = out.splitlines()
        self.lines = [line for line in everything if line.startswith("●")]
        self.summary = next((line for line in everything if line.startswith("Stage 3 summary:")), None)

    @property
    def json(self):
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def line(self):
        assert len(self.lines) == 1, self
        return self.lines[0]

    def __repr__(self):
        return f"exit {self.exit}\n--- stdout\n{self.out}--- stderr\n{self.err}"


def run_cli(*args, cwd, env=None, timeout=PATIENCE, prefix=(), **options):
    """Runs the command in `cwd` to its end."""
    begin = time.monotonic()
    done = subprocess.run([*prefix, CLI, *args], cwd=cwd, env=cli_env(env), timeout=timeout,
                          stdin=subprocess.DEVNULL, capture_output=True, check=False, **options)
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode(), time.monotonic() - begin)


def cli_env(extra=None):
    env = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")}
    env.update(extra or {})
    return env


class Fleet:
    """Simulated devices, a directory with data/config.yaml and data/ip_state.json, and what happened.

    `devices` is a list of device(); `simulator` are further arguments of Simulator. `state` is what the
    state file holds instead of the entries that fit the devices.
    """

    def __init__(self, directory, devices, config=None, state=None, **simulator):
        self.dir = Path(directory)
        (self.dir / "data").mkdir(exist_ok=True)
        self.state_path = self.dir / "data" / "ip_state.json"
        self.config_path = self.dir / "data" / "config.yaml"
        self.devices = devices
        rules = [{"match": {"index": i}, "set": d["settings"]}
                 for i, d in enumerate(devices) if d["settings"]]
        self.sim = Simulator(devices=len(devices), scenario={"rules": rules}, **simulator)
        self.sim.start()
        known = self.sim.state()
        self.macs = list(known)
        self.addresses = [entry["ip"] for entry in known.values()]
        self.write_config(config or {})
        self.write_state(self.entries() if state is None else state)

    def close(self):
        self.sim.close()

    def key(self, index):
        """The key of a device's entry."""
        return self.devices[index]["key"] or self.macs[index]

    def entries(self):
        """The entries of the state file that fit the devices."""
        entries = {}
        for index, known in enumerate(self.devices):
            entry = {"ip": self.addresses[index], "model": "S1", **known["entry"]}
            entries[self.key(index)] = {k: v for k, v in entry.items() if v is not None}
        return entries

    def write_config(self, config):
        if self._all_answer_at_once():
            # None is late because the machine has other things to do.
            config = {"timeouts": {"reach": 30, "rpc": 30}, **config}
        self.config_path.write_text(yaml_of({"stage3": config}) + "\n")

    def _all_answer_at_once(self):
        """Whether no device is silent, slow or away on purpose: that is given up after the product's own time."""
        return not any({"presence", "faults", "latency_ms", "sleep"} & d["settings"].keys() for d in self.devices)

    def write_state(self, state):
        """`state`: a value to be written as JSON, or the exact text or bytes."""
        if isinstance(state, bytes):
            self.state_path.write_bytes(state)
        else:
            self.state_path.write_text(state if isinstance(state, str) else json.dumps(state, indent=2))

    def run(self, *args, **options):
        return run_cli(*args, cwd=self.dir, **options)

    def start(self, *args, env=None, prefix=(), **options):
        """Starts the command and returns the process."""
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen([*prefix, CLI, *args], cwd=self.dir, env=cli_env(env), stdin=subprocess.DEVNULL,
                                **options)

    @property
    def state(self):
        return json.loads(self.state_path.read_text())

    def entry(self, index=0):
        """A device's entry as the state file has it now."""
        state = self.state
        return state.get("devices", state)[self.key(index)]

    def recorded(self, index=0):
        """The `stage3` member of a device's entry; empty if there is none."""
        return self.entry(index).get("stage3", {})

    def requests(self, index=None, **equal):
        """The requests that a device (or all of them) got, as the simulator logged them."""
        time.sleep(0.05)  # the simulator writes its log every 20 ms
        if index is not None:
            equal["mac"] = self.macs[index]
        return self.sim.log(**equal)

    def calls(self, index=None):
        """The names of the RPCs that a device got, in order."""
        return [request["rpc"] for request in self.requests(index)]
