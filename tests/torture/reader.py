"""Reads a state file over and over until stdin ends: reader.py FILE. Prints {"reads": how many, "errors": which}."""

import json
import select
import sys


def main(path):
    reads = 0
    errors = []
    while not select.select([sys.stdin], [], [], 0)[0]:
        reads += 1
        try:
            with open(path, "rb") as file:
                json.loads(file.read())
        except (OSError, ValueError) as error:
            errors.append(str(error))
    print(json.dumps({"reads": reads, "errors": errors[:5]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
