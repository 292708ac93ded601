"""examples/python/dask_fleet.py on a real cluster: two sites of two workers each, and what happens when one dies."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import stage3
from fleet import Fleet, device
from promptly import PATIENCE, check_in_time, check_within, repeated_when_late, settled

pytestmark = pytest.mark.skipif(importlib.util.find_spec("distributed") is None,
                                reason="needs distributed for Python (python3-distributed)")

EXAMPLE = Path(os.environ["STAGE3_SOURCE"]) / "examples" / "python" / "dask_fleet.py"
SITES = ["north", "south"]
PART = 500


class Cluster:
    """A scheduler and two workers a site on loopback, each a process of its own."""

    def __init__(self, directory, allowed_failures):
        self.directory = directory
        self.processes = {}
        self.started = 0
        self.workers = {}  # address to name
        env = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(allowed_failures)}
        try:
            where = directory / "scheduler.json"
            self.start("scheduler", "--port", "0", "--scheduler-file", where, "--no-show", env=env)
            self.address = self.announced("scheduler", "Scheduler at:")
            self.complete()
        except BaseException:
            self.close()
            raise

    def complete(self):
        """Starts the workers that are not there (any more). Dask may still know the ones before by their names."""
        missing = [name for name in (f"{site}{number}" for site in SITES for number in (1, 2)) if not self.is_alive(name)]
        for name in missing:
            self.started += 1
            self.start("worker", self.address, "--no-nanny", "--nthreads", "1", "--name", f"{name}-{self.started}",
                       "--resources", f"site-{name[:-1]}=1", "--local-directory", self.directory, name=name)
        self.workers.update({self.announced(name, "Start worker at:"): name for name in missing})
        for name in missing:
            self.announced(name, "Registered to:")

    def is_alive(self, name):
        return name in self.processes and self.processes[name].poll() is None

    def start(self, kind, *arguments, name="scheduler", env=None):
        with open(self.directory / f"{name}.log", "wb") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-B", "-m", "dask", kind, *map(str, arguments), "--host", "127.0.0.1",
                 "--no-dashboard", "--dashboard-address", "127.0.0.1:0"],
                cwd=self.directory, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def announced(self, name, words):
        """The address in that line of a process's log, once it is there."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.processes[name].poll() is None:
            for line in (self.directory / f"{name}.log").read_text().splitlines():
                if words in line:
                    return line.split()[-1]
            time.sleep(0.02)
        pytest.fail(f"no {words!r} of {name}:\n" + (self.directory / f"{name}.log").read_text())

    def listening(self):
        """The addresses at which any of the processes listens."""
        import psutil  # comes with distributed
        return {connection.laddr.ip for process in self.processes.values()
                for connection in psutil.Process(process.pid).connections("inet") if connection.status == "LISTEN"}

    def close(self):
        for process in self.processes.values():
            process.kill()
        for process in self.processes.values():
            process.wait()


@pytest.fixture(scope="module")
def clusters():
    """By the failures that they allow: to start one takes longer than a run on it."""
    standing = {}
    yield standing
    for cluster in standing.values():
        cluster.close()


@pytest.fixture
def make_cluster(clusters, tmp_path_factory, request):
    """A cluster that is whole. What an earlier try, or a test that has failed, has left may still be at work: away with it."""
    fresh = set()
    failed_before = request.session.testsfailed

    def make(allowed_failures):
        cluster = clusters.get(allowed_failures)
        if cluster and (allowed_failures in fresh or failed_before or not cluster.is_alive("scheduler")):
            clusters.pop(allowed_failures).close()
            cluster = None
        fresh.add(allowed_failures)
        if cluster:
            cluster.complete()
        else:
            clusters[allowed_failures] = cluster = Cluster(tmp_path_factory.mktemp("cluster"), allowed_failures)
        return cluster

    return make


@pytest.fixture
def make_sites(tmp_path):
    """2,000 devices in two sites; all want a name, every fifth an update that takes longer than the test."""
    made = []

    def make(config, check_ms=5):
        devices = [device(f"Name {i}", {"site": SITES[i % 2]}, latency_ms={"*": [5, 25], "Shelly.CheckForUpdate": [check_ms, check_ms]},
                          **({"update": {"stable": "9.9.9", "apply_seconds": 120}} if i // 2 % 5 == 0 else {}))
                   for i in range(2000)]
        devices[7]["settings"]["presence"] = "refused"
        devices[8]["entry"]["ip"] = "nonsense"
        directory = tmp_path / f"fleet{len(made)}"
        directory.mkdir()
        # No device is late because three workers, a scheduler and a busy machine keep its simulator waiting.
        made.append(Fleet(directory, devices, {"timeouts": {"reach": 60, "rpc": 60}, **config}))
        return made[-1]

    yield make
    for fleet in made:
        fleet.close()


@pytest.fixture
def start():
    """Starts the example as a user would."""
    started = []

    def start_on(cluster, fleet, *arguments):
        started.append(subprocess.Popen(
            [sys.executable, "-B", EXAMPLE, cluster.address, fleet.config_path, *arguments], cwd=fleet.dir, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"}))  # instead of 30 s
        return started[-1]

    yield start_on
    for process in started:
        process.kill()
        process.communicate()


def start_by_site(start, cluster, fleet):
    return start(cluster, fleet, "--site-key", "site", "--part", str(PART))


def updates_of(fleet):
    """When each device was told to update: MAC to times."""
    times = {}
    for request in fleet.requests(rpc="Shelly.Update"):
        times.setdefault(request["mac"], []).append(request["t"])
    return times


def require_complete(fleet):
    """Each device has its one result in the inventory, and nothing else has changed in it."""
    state = fleet.state
    assert list(state) == list(fleet.entries())
    statuses = {}
    for key, entry in fleet.entries().items():
        recorded = state[key].pop("stage3", {})
        state[key].pop("hostname", None)
        assert state[key] == entry
        statuses.setdefault((recorded.get("ota_status"), recorded.get("friendly_status")), []).append(key)
    assert {what: len(keys) for what, keys in statuses.items()} == {
        ("up_to_date", "ok"): 1598, ("update_available", "ok"): 400, ("offline", None): 1, (None, None): 1}
    assert statuses["offline", None] == [fleet.key(7)] and statuses[None, None] == [fleet.key(8)]


# On a busy machine: a time-out of dask's own that came after nobody waited for it any more, and what distributed logs of a worker
# that dies while its result is on its way.
TOLD_BY_DASK = re.compile(
    r"Future exception was never retrieved\nfuture: <Future finished exception=TimeoutError\('Timeout'\)>\n"
    r"(?:Traceback .*\n(?: .*\n)*)?[\w.]*TimeoutError: Timeout\n"
    r"|^[-\d]+ [:,\d]+ - distributed\.\S+ - WARNING - .*\n", re.M)


def finish(process, status):
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, TOLD_BY_DASK.sub("", err)) == (status, ""), out + err
    return out.splitlines()


def part_of(fleet, name):
    """The entries of a partition, as the example splits them."""
    site, number = name.split("/")
    return stage3.partition(stage3.partition(fleet.entries(), "site")[site], 1000 // PART)[int(number) - 1]


def wait_for_updates(fleet, count):
    """Waits until so many devices in each partition of the north have been told to update."""
    parts = [part_of(fleet, name) for name in ("north/1", "north/2")]
    deadline = time.monotonic() + PATIENCE
    while True:
        updated = updates_of(fleet)
        if min(sum(mac in part for mac in updated) for part in parts) >= count:
            return
        assert time.monotonic() < deadline


def updates_of_retried(fleet, lines):
    """When the devices of the partition that was run again were told to update. Nobody was told twice."""
    retried = [line for line in lines if "no updates in this attempt" in line]
    check_in_time(retried, "no partition was at work any more when it was disturbed")
    assert len(retried) == 1 and len(lines) == 5
    name = retried[0].split(":")[0]
    assert name.startswith("north/")
    times = updates_of(fleet)
    assert all(len(sent) == 1 for sent in times.values())
    part = part_of(fleet, name)
    sent = [sent for mac, (sent,) in times.items() if mac in part]
    assert len(times) == 300 + len(sent)  # all the other partitions have sent theirs
    return sent


def test_undisturbed(start, make_cluster, make_sites):
    cluster = make_cluster(allowed_failures=0)
    assert cluster.listening() == {"127.0.0.1"}
    fleet = make_sites({"ota": {"mode": "check_and_update", "rate": 0}})
    lines = finish(start_by_site(start, cluster, fleet), 1)
    require_complete(fleet)
    assert lines[-1] == "2000 devices, 1 failed, 1 offline, 0 left out"
    workers = {}
    for line in lines[:-1]:
        name, devices, _, _, address, *how = line.replace(":", "", 1).replace(": ", " ").split(" ")
        assert (devices, how) == ("500", ["100", "updates", "started"])
        workers[name] = cluster.workers[address]
    assert sorted(workers) == ["north/1", "north/2", "south/1", "south/2"]
    assert sorted(workers.values()) == ["north1", "north2", "south1", "south2"]
    assert all(worker[:5] == name[:5] for name, worker in workers.items())
    assert len(updates_of(fleet)) == 400 and all(len(sent) == 1 for sent in updates_of(fleet).values())
    assert set(fleet.sim.stop()["rpcs"].items()) >= {("Shelly.Update", 400), ("Sys.SetConfig", 1998)}


def test_sites_by_address(start, make_cluster, make_fleet):
    cluster = make_cluster(allowed_failures=0)
    fleet = make_fleet([device("Name", update={"stable": "9.9.9"}) for _ in range(12)],
                       {"ota": {"mode": "check_and_update", "max_per_run": 3}})
    arguments = ["--site", "north=127.1.0.0/30", "--site", "south=127.1.0.4/30", "--site", "west=127.1.0.8/31",
                 "--part", "3", "--patience", "0.5"]
    run = start(cluster, fleet, *arguments)
    out, err = run.communicate(timeout=PATIENCE)
    # north has .1 to .3, south .4 to .7, west (without a worker) .8 and .9
    assert run.returncode == 1
    assert sorted(line.split(" on ")[0] for line in out.splitlines()) == [
        "7 devices, 0 failed, 0 offline, 5 left out", "north/1: 3 devices", "south/1: 2 devices", "south/2: 2 devices"]
    # On a busy machine distributed has something to say as well.
    said = ["3 entries belong to no site: left out", "west/1: not run: no worker with the resource site-west"]
    assert [line for line in err.splitlines() if line in said] == said and ": not run: " not in err.replace(said[1], "")
    assert [index for index in range(12) if not fleet.recorded(index)] == [7, 8, 9, 10, 11]
    assert len(updates_of(fleet)) == 3  # of which each partition had its share
    with stage3.RunLock(fleet.state_path):
        run = start(cluster, fleet, *arguments)
        out, err = run.communicate(timeout=PATIENCE)
    assert (run.returncode, out) == (1, "") and "another run" in err


def check_disturbed(sent):
    """That the partition was still at it."""
    check_in_time(len(sent) < 100, "all of its updates had left before it was disturbed")


@pytest.mark.parametrize("allowed_failures", [
    0,  # the partition comes back to the program, which sends it out again
    3,  # dask sends it out again
])
@repeated_when_late
def test_a_worker_is_lost(start, make_cluster, make_sites, allowed_failures):
    cluster = make_cluster(allowed_failures)
    fleet = make_sites({"ota": {"mode": "check_and_update", "rate": 160}})
    run = start_by_site(start, cluster, fleet)
    wait_for_updates(fleet, 20)
    cluster.processes["north1"].kill()
    lost_at = time.monotonic()
    lines = finish(run, 1)
    require_complete(fleet)
    sent = updates_of_retried(fleet, lines)
    assert len(sent) >= 20
    check_disturbed(sent)
    check_within(0.5, max(sent) - lost_at)


@repeated_when_late
def test_a_worker_is_lost_before_its_first_update(start, make_cluster, make_sites):
    """It has taken no ticket: who does its work starts the updates."""
    cluster = make_cluster(allowed_failures=0)
    fleet = make_sites({"ota": {"mode": "check_and_update", "rate": 0}}, check_ms=3000)
    run = start_by_site(start, cluster, fleet)
    parts = [part_of(fleet, name) for name in ("north/1", "north/2")]
    deadline = time.monotonic() + PATIENCE
    while not all(any(request["mac"] in part for request in fleet.requests(rpc="Shelly.GetDeviceInfo")) for part in parts):
        assert time.monotonic() < deadline
    cluster.processes["north1"].kill()
    check_in_time(not updates_of(fleet), "updates had left before the worker was lost")
    lines = finish(run, 1)
    require_complete(fleet)
    assert len(updates_of(fleet)) == 400 and all(len(sent) == 1 for sent in updates_of(fleet).values())
    assert not [line for line in lines if "no updates in this attempt" in line]


@repeated_when_late
def test_a_worker_stops(start, make_cluster, make_sites):
    """Dask sends its partition out again whatever is allowed; the worker works on for a while, but updates nothing."""
    cluster = make_cluster(allowed_failures=0)
    fleet = make_sites({"ota": {"mode": "check_and_update", "rate": 120}})
    run = start_by_site(start, cluster, fleet)
    wait_for_updates(fleet, 10)
    cluster.processes["north1"].terminate()
    lines = finish(run, 1)
    require_complete(fleet)
    sent = updates_of_retried(fleet, lines)
    assert len(sent) >= 10
    check_disturbed(sent)


@repeated_when_late
def test_a_result_is_lost(start, make_cluster, make_sites):
    """Its worker dies after its work, but before anybody has taken what came of it: dask does it all again."""
    cluster = make_cluster(allowed_failures=0)
    fleet = make_sites({"ota": {"mode": "check_and_update", "rate": 160}})
    run = start_by_site(start, cluster, fleet)
    wait_for_updates(fleet, 1)
    run.send_signal(signal.SIGSTOP)
    wait_for_updates(fleet, 100)
    time.sleep(0.5)
    cluster.processes["north1"].kill()
    time.sleep(0.3)
    run.send_signal(signal.SIGCONT)
    lines = finish(run, 1)
    require_complete(fleet)
    assert len(updates_of_retried(fleet, lines)) == 100


@repeated_when_late
def test_the_scheduler_is_lost(start, make_cluster, make_sites):
    """The run ends, what has come in is saved, and no worker starts an update any more."""
    cluster = make_cluster(allowed_failures=0)
    fleet = make_sites({"ota": {"mode": "check_and_update", "rate": 40}})
    run = start_by_site(start, cluster, fleet)
    wait_for_updates(fleet, 2)
    cluster.processes["scheduler"].kill()
    lost_at = time.monotonic()
    out, err = run.communicate(timeout=PATIENCE)
    assert run.returncode == 1 and err.endswith("the scheduler is gone: what came in before is saved\n")
    known = settled(lambda: len(updates_of(fleet)), 1)
    check_in_time(known < 400, "all updates had left before the scheduler was lost")
    check_within(0.5, max(max(sent) for sent in updates_of(fleet).values()) - lost_at)
    stage3.RunLock(fleet.state_path).release()
