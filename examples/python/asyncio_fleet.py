#!/usr/bin/env python3
"""Several fleets in one asyncio loop, each with its own state file, beside the program's other work.

    asyncio_fleet.py SECONDS STATE...

A fleet that takes longer than SECONDS is stopped; what is known of it by then is saved.
"""

import asyncio
import sys

import stage3


async def provision(state, seconds):
    done = 0
    try:
        async with asyncio.timeout(seconds):
            async for result in stage3.aio.run(state=state):
                done += result.outcome == stage3.Outcome.ok
    except TimeoutError:
        return f"{state}: stopped, {done} ok so far"
    except stage3.Stage3Error as error:
        return f"{state}: {error}"
    return f"{state}: {done} ok"


async def other_work(turns):
    """Whatever else the loop serves: it goes on all the time."""
    while True:
        await asyncio.sleep(0.01)
        turns.append(None)


async def main(seconds, states):
    turns = []
    worker = asyncio.create_task(other_work(turns))
    for told in await asyncio.gather(*(provision(state, seconds) for state in states)):
        print(told)
    worker.cancel()
    print(f"meanwhile {len(turns)} turns of other work")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: asyncio_fleet.py SECONDS STATE...")
    asyncio.run(main(float(sys.argv[1]), sys.argv[2:]))
