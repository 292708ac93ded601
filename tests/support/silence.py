"""Addresses where nobody answers at all, in a network namespace of its own (root only)."""

import contextlib
import os
import shutil
import subprocess

_DEAD_MAC = "02:00:00:00:00:99"


class Unavailable(Exception):
    """There can be no such namespace here; the text tells why."""


def _ip(*words, check=True, **options):
    return subprocess.run(["ip", *words], capture_output=True, check=check, **options)


@contextlib.contextmanager
def silent_network(hosts, mac="02:00:00:00:00:01"):
    """Yields the words that run a command in a namespace whose one interface, v0 with the address `mac` and the peer v1, is
    10.99.0.1/16. The `hosts` are neighbours that are known for good and never answer: packets leave, nothing comes back.
    Raises Unavailable."""
    name = f"stage3-{os.getpid()}"
    if os.geteuid() != 0 or shutil.which("ip") is None:
        raise Unavailable("needs root and ip(8): makes a network namespace")
    if _ip("netns", "add", name, check=False).returncode != 0:
        raise Unavailable("this machine makes no network namespaces")
    try:
        if _ip("-n", name, "link", "set", "lo", "up", check=False).returncode != 0:
            raise Unavailable("network namespaces cannot be entered here (is /sys mounted?)")
        lines = [f"link add v0 address {mac} type veth peer name v1", "link set v0 up", "link set v1 up",
                 "address add 10.99.0.1/16 dev v0"]
        lines += [f"neigh replace {host} lladdr {_DEAD_MAC} dev v0 nud permanent" for host in hosts]
        _ip("-n", name, "-batch", "-", input="\n".join(lines).encode())
        yield ["ip", "netns", "exec", name]
    finally:
        _ip("netns", "delete", name, check=False)
