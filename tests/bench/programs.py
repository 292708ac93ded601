"""The simulated fleets that the benchmarks ask, and the programs that ask them."""

import json
import os
import pathlib
import platform
import sys

from measure import Failed, run
from sim import Simulator

PEERS = pathlib.Path(__file__).resolve().parent / "peers"

IN_SYNC = {"name": "Lamp {index}"}
# As in a house: every RPC takes its time, and the question for updates goes to the vendor's server.
RPC_SECONDS = 0.03
CHECK_SECONDS = 1
SLOW = {**IN_SYNC, "latency_ms": {"*": RPC_SECONDS * 1000, "Shelly.CheckForUpdate": CHECK_SECONDS * 1000}}
OFFLINE_EVERY = 10

ALL_AT_ONCE = {"connect_rate": 0}
# No answer is late where all of them come from this machine, however busy it is.
PATIENT = {"ping": 60, "reach": 60, "rpc": 60}


def intro(build, name):
    """What meson tells of a build directory."""
    return json.loads((build / "meson-info" / f"intro-{name}.json").read_text(encoding="utf-8"))


def versions(build):
    """What figures of a build depend on."""
    options = {option["name"]: option["value"] for option in intro(build, "buildoptions")}
    comment = run(["readelf", "--string-dump=.comment", build / "examples" / "c" / "c-minimal"]).out
    compilers = sorted({line.split("]", 1)[1].strip() for line in comment.splitlines() if "]" in line})
    libcurl = next(one["version"] for one in intro(build, "dependencies") if one["name"] == "libcurl")
    return {"machine": platform.machine(), "compiler": " + ".join(compilers), "optimization": options["optimization"],
            "cpp_args": " ".join(word for word in options["cpp_args"] if not word.startswith("-g")), "coverage": options["b_coverage"], "lto": options["b_lto"],
            "libcurl": libcurl, "libc": os.confstr("CS_GNU_LIBC_VERSION")}


def fleet(devices, settings=None, offline=False, **options):
    """A simulator whose devices are in sync: two calls each."""
    rules = [{"set": settings or IN_SYNC}]
    if offline:
        # Refused at once: the least trouble for those who wait with a thread for each of them.
        rules.append({"match": {"every": OFFLINE_EVERY}, "set": {"presence": "refused"}})
    return Simulator(devices=devices, scenario={"rules": rules}, log=False, lifetime=600, **options)


def online_of(devices):
    return devices - -(-devices // OFFLINE_EVERY)


def configure(sim, **config):
    """Writes the data/config.yaml that stage3 and the examples read in the simulator's directory."""
    directory = sim.directory / "data"
    directory.mkdir(exist_ok=True)
    config = {"ip_state_file": str(sim.state_path), **config}
    (directory / "config.yaml").write_text(f"stage3: {json.dumps(config)}\n", encoding="utf-8")


def run_cli(build, sim, *options, wanted_ok, prefix=(), **measured):
    """Runs the configured stage3 command; returns its Cost."""
    cost = run([*prefix, build / "examples" / "cli" / "stage3", "--json", *options], cwd=sim.directory, **measured)
    *told, summary = cost.out.splitlines()
    summary = json.loads(summary)
    if summary["ok"] != wanted_ok or len(told) != summary["total"]:
        raise Failed(f"stage3: {summary}, {len(told)} told, but {wanted_ok} should be ok")
    return cost


def run_minimal(build, sim, wanted_ok, program="c-minimal"):
    """Runs the smallest of the C examples, or another one; returns its Cost."""
    cost = run([build / "examples" / "c" / program], cwd=sim.directory)
    told = cost.out.count(" ok\n")
    if told != wanted_ok:
        raise Failed(f"{program}: {told} devices are ok instead of {wanted_ok}")
    return cost


def run_client(build, name, sim, devices, in_flight, tls=None):
    """Runs one of the clients that know nothing of stage 3; returns its Cost. `tls`: over the HTTPS port, and whether the
    second call of each device is to go on with the session of the first."""
    port = sim.port if tls is None else sim.tls_port
    cost = run([build / "tests" / "bench" / name, sim.ip(0), port, devices, in_flight])
    told = json.loads(cost.out)
    if told["answered"] != 2 * devices:
        raise Failed(f"{name}: {told['answered']} answers of {devices} devices")
    if tls is not None and told["resumed"] != (devices if tls else 0):
        raise Failed(f"{name}: {told['resumed']} sessions of {devices} devices went on")
    return cost


def run_peer(name, sim, in_flight, wanted_ok):
    """Runs one of the Python programs; returns what it printed: the seconds that the work took, without the interpreter's
    start."""
    found = json.loads(run([sys.executable, "-B", PEERS / name, sim.state_path, in_flight]).out)
    if found["ok"] != wanted_ok:
        raise Failed(f"{name}: {found['ok']} devices are ok instead of {wanted_ok}")
    return found
