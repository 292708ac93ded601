#!/usr/bin/env python3
"""One inventory, provisioned from several sites at once: each site's devices by dask workers in that site's network.

    dask_fleet.py SCHEDULER CONFIG (--site-key KEY | --site NAME=RANGE ...) [--part DEVICES] [--patience SECONDS]

    dask-scheduler
    dask-worker tcp://scheduler:8786 --nthreads 1 --resources "site-north=1"    # on machines in the site "north"
    dask_fleet.py tcp://scheduler:8786 data/config.yaml --site north=10.1.0.0/16 --site south=10.2.0.0/16

The state file and its run lock stay here; workers get entries and give results, which are saved as they come in. A
worker needs this package, and the secrets file under the same path: passwords are not sent to it. Who reaches the
scheduler can have the workers do anything: give it certificates (tls://), or a network of its own.

A partition whose worker is lost runs again elsewhere in its site, but starts no updates then, since the lost worker
may have started them: the next run sees what became of them. Dask also runs things again by itself (a worker that
stops, a result that is lost with it), so a partition may only start updates with the one ticket that there is for it,
and only while the scheduler knows it to be at work on that worker. The ticket is taken when the first update may start:
a worker that is lost before leaves it to the next. No setting of the scheduler matters to that.

`ota.rate` and `ota.max_per_run` hold for the whole fleet: each partition gets its share. Exit status 1: a device
failed, or was left out because it has no site, its site has no worker, or its partition failed.
"""

import argparse
import collections
import contextlib
import ipaddress
import json
import pathlib
import sys
import time
import urllib.parse
import uuid

import stage3
from distributed import CancelledError, Client, KilledWorker, Queue, TimeoutError, get_client, get_worker, wait

ATTEMPTS = 3


class Partition:
    """A piece of one site's inventory, and how far it is."""

    def __init__(self, site, number, inventory):
        self.name = f"{site}/{number}"
        self.resource = f"site-{site}"
        self.inventory = inventory
        self.config = None
        self.ticket = None
        self.attempts = 0
        self.worker_seen = time.monotonic()


def run_partition(config, inventory, ticket):
    """Runs on a worker. Returns its address, whether it was free to start updates, and the results."""
    client, worker = get_client(), get_worker()
    address, key = worker.address, worker.get_current_task()
    tickets = Queue(ticket, client=client)
    updates = None  # nobody has wanted one

    def may_start(device, version):
        nonlocal updates
        if updates is None:
            updates = bool(tickets.get(batch=True))  # takes the ticket, or finds that it has been taken before
        return updates and key in client.processing().get(address, ())

    try:
        results = list(stage3.run(config, devices=inventory, on_permit=may_start))
    finally:
        tickets.close()
    return address, updates is not False, results


# --- What goes where

def site_of(entry, arguments):
    """The name of the site that an entry belongs to; None if it belongs to none."""
    if not isinstance(entry, dict):
        return None
    if arguments.site_key:
        name = entry.get(arguments.site_key)
        return name if isinstance(name, str) else None
    text = str(entry.get("ip"))
    try:
        is_bare = text.count(":") > 1 and "[" not in text  # an IPv6 address without a port
        address = ipaddress.ip_address(text if is_bare else urllib.parse.urlsplit(f"//{text}").hostname or "")
    except ValueError:
        return None
    return next((name for name, network in arguments.site if address in network), None)


def split(inventory, arguments):
    """The partitions, and the number of entries that belong to no site."""
    sites = stage3.partition(inventory, lambda key, entry: site_of(entry, arguments))
    homeless = entries_in(sites.pop(None, {}))
    return [Partition(site, number, piece)
            for site, part in sites.items()
            for number, piece in enumerate(stage3.partition(part, -(-entries_in(part) // arguments.part)), 1)], homeless


def entries_in(inventory):
    return len(inventory.get("devices", inventory))


def slots_by_resource(client):
    slots = collections.Counter()
    for worker in client.scheduler_info()["workers"].values():
        slots.update(worker["resources"])
    return slots


# --- The fleet

class Dispatcher:
    """Hands partitions to workers and yields what becomes of them."""

    def __init__(self, client, config, partitions, patience):
        self.client = client
        self.partitions = partitions
        self.patience = patience
        self.run_id = uuid.uuid4().hex
        slots = slots_by_resource(client)
        at_once = min(len(partitions), sum(slots[resource] for resource in {p.resource for p in partitions}))
        most_updates = int(config["ota.max_per_run"])
        for index, partition in enumerate(partitions):
            share = (most_updates + len(partitions) - 1 - index) // len(partitions)
            partition.config = config.copy()
            partition.config["ota.rate"] = float(config["ota.rate"]) / max(1, at_once)
            partition.config["ota.max_per_run"] = share
            partition.ticket = Queue(f"stage3-{self.run_id}-{partition.name}", client=client)
            if share > 0 or most_updates == 0:
                partition.ticket.put(True)

    def results(self):
        """Yields each partition with (worker, updates, results), or with an exception in their place."""
        pending = {self.submit(partition): partition for partition in self.partitions}
        while pending:
            for future in self.finished(pending):
                partition = pending.pop(future)
                error = future.exception()
                if isinstance(error, KilledWorker) and partition.attempts < ATTEMPTS:
                    pending[self.submit(partition)] = partition
                else:
                    yield partition, error or future.result()
            for future in self.stranded(pending):
                future.cancel()
                partition = pending.pop(future)
                yield partition, RuntimeError(f"no worker with the resource {partition.resource}")

    def submit(self, partition):
        partition.attempts += 1
        return self.client.submit(
            run_partition, partition.config, partition.inventory, partition.ticket.name, pure=False, retries=0,
            key=f"stage3-{self.run_id}-{partition.name}-{partition.attempts}", resources={partition.resource: 1})

    def finished(self, pending):
        try:
            return wait(list(pending), timeout=1, return_when="FIRST_COMPLETED").done
        except TimeoutError:
            return []

    def stranded(self, pending):
        """The partitions whose site has been without any worker for too long."""
        now, slots = time.monotonic(), slots_by_resource(self.client)
        for partition in pending.values():
            if slots[partition.resource] > 0:
                partition.worker_seen = now
        return [future for future, partition in pending.items() if now - partition.worker_seen > self.patience]

    def close(self):
        """Nobody may begin to start updates from now on."""
        with contextlib.suppress(OSError):  # a scheduler that is gone gives no tickets
            for partition in self.partitions:
                partition.ticket.get(batch=True)
                partition.ticket.close()


def provision(client, arguments):
    """Runs the whole fleet; returns the exit status."""
    config = stage3.Config.load(arguments.config)
    path = config["ip_state_file"]
    with stage3.RunLock(path):
        store = stage3.StateStore(path, config["friendly.field_name"])
        store.check_writable()
        partitions, left_out = split(json.loads(pathlib.Path(path).read_bytes()), arguments)
        if left_out:
            print(f"{left_out} entries belong to no site: left out", file=sys.stderr)
        dispatcher = Dispatcher(client, config, partitions, arguments.patience)
        counts = collections.Counter()
        try:
            for partition, came in dispatcher.results():
                if isinstance(came, Exception):
                    left_out += entries_in(partition.inventory)
                    print(stage3.escape(f"{partition.name}: not run: {came}"), file=sys.stderr)
                    continue
                tell(partition, *came)
                store.record(came[2])
                store.save()
                counts.update(result.outcome for result in came[2])
        finally:
            dispatcher.close()
    print(f"{sum(counts.values())} devices, {counts['failed']} failed, {counts['offline']} offline, "
          f"{left_out} left out")
    return 1 if counts["failed"] or left_out else 0


def tell(partition, worker, updates, results):
    sent = sum(result.update_sent for result in results)
    how = f"{sent} updates started" if updates else "no updates in this attempt"
    print(stage3.escape(f"{partition.name}: {len(results)} devices on {worker}: {how}"), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("scheduler", help="the address of the dask scheduler, e.g. tcp://10.0.0.1:8786")
    parser.add_argument("config", help="the configuration, which names the state file")
    sites = parser.add_mutually_exclusive_group(required=True)
    sites.add_argument("--site-key", metavar="KEY", help="the member of an entry that names its site")
    sites.add_argument("--site", metavar="NAME=RANGE", action="append", type=named_range,
                       help="a site and its addresses, e.g. north=10.1.0.0/16; may be given again")
    parser.add_argument("--part", metavar="DEVICES", type=positive, default=500,
                        help="at most so many in one task (500)")
    parser.add_argument("--patience", metavar="SECONDS", type=float, default=60,
                        help="for a site without any worker (60)")
    arguments = parser.parse_args()
    try:
        with Client(arguments.scheduler) as client:
            return provision(client, arguments)
    except CancelledError:
        sys.exit("the scheduler is gone: what came in before is saved")
    except (stage3.Stage3Error, OSError) as error:
        sys.exit(str(error))


def named_range(text):
    name, _, network = text.partition("=")
    try:
        return name, ipaddress.ip_network(network)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"must be a name, = and a range of addresses: {error}") from None


def positive(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number from 1 on")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
