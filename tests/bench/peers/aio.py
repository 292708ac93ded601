"""The fleet by aiohttp: a task a device, a semaphore, and the calls that stage3 makes: GetDeviceInfo tells
identity and name, CheckForUpdate the rest."""

import asyncio
import datetime
import json

import aiohttp
import measured

REACH = aiohttp.ClientTimeout(total=1)
RPC = aiohttp.ClientTimeout(total=5)
OTA = aiohttp.ClientTimeout(total=20)


async def call(session, ip, rpc, timeout, **params):
    async with session.get(f"http://{ip}/rpc/{rpc}", params=params, timeout=timeout) as answer:
        answer.raise_for_status()
        return await answer.json(content_type=None)


async def check_for_update(session, ip):
    try:
        offers = await call(session, ip, "Shelly.CheckForUpdate", OTA)
    except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
        return "check_failed"
    return "update_available" if "stable" in offers else "up_to_date"


async def synchronise_name(session, ip, name, wanted):
    if not wanted:
        return "no_value"
    if name == wanted:
        return "ok"
    try:
        config = json.dumps({"device": {"name": wanted}}, separators=(",", ":"))
        await call(session, ip, "Sys.SetConfig", RPC, config=config)
    except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
        return "error"
    return "ok"


async def provision_device(session, permits, mac, entry):
    stage3 = entry.setdefault("stage3", {})
    async with permits:
        stage3["last_run"] = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            info = await call(session, entry["ip"], "Shelly.GetDeviceInfo", REACH)
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
            stage3["ota_status"] = "offline"
            return "offline"
        if info.get("mac") != mac:
            stage3["ota_status"] = "error"
            return "failed"
        stage3["friendly_status"] = await synchronise_name(
            session, entry["ip"], info.get("name"), entry.get("friendly_name"))
        stage3["ota_status"] = await check_for_update(session, entry["ip"])
    return "failed" if "check_failed" in stage3.values() or "error" in stage3.values() else "ok"


async def provision_all(state, in_flight):
    permits = asyncio.Semaphore(in_flight)
    # The semaphore is the limit. Devices close their connections: none is worth keeping.
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        return await asyncio.gather(
            *(provision_device(session, permits, mac, entry) for mac, entry in state.items()))


def provision(path, in_flight):
    with open(path, encoding="utf-8") as file:
        state = json.load(file)
    outcomes = asyncio.run(provision_all(state, in_flight))
    measured.save(path, state)
    return outcomes


if __name__ == "__main__":
    measured.main(provision)
