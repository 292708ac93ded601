"""The fixture of all tests that want simulated fleets. A conftest.py imports it."""

import pytest

from fleet import Fleet


@pytest.fixture
def make_fleet(tmp_path):
    """Makes fleets, `make_fleet([device(...), ...], config={...})`, that end with the test."""
    made = []

    def make(devices, config=None, **options):
        directory = tmp_path / f"fleet{len(made)}"
        directory.mkdir()
        made.append(Fleet(directory, devices, config, **options))
        return made[-1]

    yield make
    for fleet in made:
        fleet.close()
