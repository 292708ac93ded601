"""What a robustness harness has measured, for the table of promises in docs/reliability.md (tools/reliability)."""

import json
import os


def tell(promise, text):
    """Prints the figure reached for a promise (its number), and appends it to the file STAGE3_FIGURES, if any."""
    print(f"promise {promise}: {text}")
    path = os.environ.get("STAGE3_FIGURES")
    if path:
        test = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps({"promise": promise, "test": test, "figure": text}) + "\n")
