"""The fleet as the runbook's program provisions it: requests, a session a device, eight threads, names always written.

The pings are left out, to its advantage: on loopback the kernel answers them for every address, at once.
"""

import datetime
import json
from concurrent.futures import ThreadPoolExecutor

import measured
import requests

CONCURRENCY = 8
OTA_TIMEOUT = 20
RPC_TIMEOUT = 5


def call(session, ip, rpc, timeout, params=None):
    answer = session.get(f"http://{ip}/rpc/{rpc}", params=params, timeout=timeout)
    answer.raise_for_status()
    return answer.json()


def set_device_name(session, ip, name):
    config = json.dumps({"device": {"name": name}}, separators=(",", ":"))
    call(session, ip, "Sys.SetConfig", RPC_TIMEOUT, {"config": config})


def check_for_update(session, ip):
    """The ota_status; None stands for a device that is not there."""
    try:
        offers = call(session, ip, "Shelly.CheckForUpdate", OTA_TIMEOUT)
    except (requests.ConnectionError, requests.Timeout):
        return None
    except (requests.RequestException, ValueError):
        return "check_failed"
    return "update_available" if "stable" in offers else "up_to_date"


def synchronise_name(session, ip, wanted):
    if not wanted:
        return "no_value"
    try:
        call(session, ip, "Sys.GetConfig", RPC_TIMEOUT)
    except (requests.RequestException, ValueError):
        pass  # not fatal: the device's name is unknown then
    try:
        set_device_name(session, ip, wanted)
    except (requests.RequestException, ValueError):
        return "error"
    return "ok"


def provision_device(entry):
    stage3 = entry.setdefault("stage3", {})
    stage3["last_run"] = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    with requests.Session() as session:
        status = check_for_update(session, entry["ip"])
        stage3["ota_status"] = status or "offline"
        if status is None:
            return "offline"
        stage3["friendly_status"] = synchronise_name(session, entry["ip"], entry.get("friendly_name"))
    return "failed" if "check_failed" in stage3.values() or "error" in stage3.values() else "ok"


def provision(path, _):
    with open(path, encoding="utf-8") as file:
        state = json.load(file)
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        outcomes = list(pool.map(provision_device, state.values()))
    measured.save(path, state)
    return outcomes


if __name__ == "__main__":
    measured.main(provision)
