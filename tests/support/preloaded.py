"""The command disturbed from below, by e2e/preload/disturb.c: for tests that cannot have a file server that hangs or a clock of
their own."""

import os

import pytest


def disturbed(**settings):
    """The environment of a command that is disturbed so: `stalled` or `year_10000`, each with a path."""
    library = os.environ.get("STAGE3_DISTURB")
    if not library:
        pytest.skip("a build with sanitizers takes no LD_PRELOAD")
    return {"LD_PRELOAD": library, **{f"STAGE3_{name.upper()}": str(path) for name, path in settings.items()}}
