"""What a robustness harness has measured, for the table of promises in docs/reliability.md (tools/reliability)."""

import json
import os


def tell(promise, text):
    """Prints the figure reached for a promise (its number), and appends it to the file STAGE3_FIGURES, if any."""
    print(f"promise {promise}: {text}")
    _append(promise=promise, figure=text)


def cell(file_system, fault, text):
    """The same for a cell of the table of file systems and faults: what a run does there."""
    print(f"{file_system} | {fault} | {text}")
    _append(file_system=file_system, fault=fault, figure=text)


def _append(**record):
    path = os.environ.get("STAGE3_FIGURES")
    if path:
        record["test"] = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
