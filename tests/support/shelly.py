"""What a healthy Shelly answers, for tests that change a part of it. The simulator is asked, so that Python knows no
answer of its own."""

import functools
import json
import urllib.request

from sim import Simulator, mac_of

INFO, CHECK, WRITE = "Shelly.GetDeviceInfo", "Shelly.CheckForUpdate", "Sys.SetConfig"


@functools.lru_cache(maxsize=None)
def _told():
    settings = {"name": "Neu", "update": {"stable": "1.7.5"}}
    with Simulator(devices=1, scenario={"rules": [{"set": settings}]}, log=False) as sim:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        urls = {rpc: f"http://{sim.ip(0)}:{sim.port}/rpc/{rpc}" for rpc in (INFO, CHECK)}
        return {rpc: opener.open(url, timeout=20).read() for rpc, url in urls.items()}


def told(rpc):
    """The body of its answer, parsed: of one that is called "Neu" and has 1.7.5 to offer."""
    return json.loads(_told()[rpc])


def as_of(mac, answer):
    """The bytes of an answer with the MAC of another device."""
    here = mac_of(0)
    return answer.replace(here.encode(), mac.encode()).replace(here.lower().encode(), mac.lower().encode())
