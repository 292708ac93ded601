"""Another stage: changes the entries of a state file without any lock.

    foreign_writer.py FILE rename|in-place WRITES PAUSE_US

Each write reads the file, puts its number into `foreign` of one entry and writes the file back. Each read looks
whether all that was written before is still there. Prints {"lost": how many of the writes were not, "foreign": what
each entry's must be now}.
"""

import json
import os
import sys
import time


def write(path, text, how):
    if how == "in-place":
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return
    temporary = f"{path}.foreign"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, path)


def lost_since(state, written):
    """How many of our writes are gone. They count once: from now on what stands there is expected."""
    lost = {mac: number for mac, number in written.items() if state[mac].get("foreign") != number}
    for mac in lost:
        written[mac] = state[mac].get("foreign")
    return len(lost)


def main(path, how, writes, pause_us):
    written = {}
    lost = 0
    for number in range(int(writes)):
        with open(path, "rb") as file:
            state = json.loads(file.read())
        lost += lost_since(state, written)
        mac = list(state)[number % len(state)]
        state[mac]["foreign"] = written[mac] = number
        write(path, json.dumps(state, indent=2), how)
        if int(pause_us):
            time.sleep(int(pause_us) / 1e6)
    print(json.dumps({"lost": lost, "foreign": written}))


if __name__ == "__main__":
    main(*sys.argv[1:])
