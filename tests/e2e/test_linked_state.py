"""A state file that is a symbolic link: what stands beside it stands beside the file itself, for everyone who looks for it."""

import pytest

from fleet import device

REAL = "real.json"


def linked(fleet):
    """The state file becomes a link to one in another directory."""
    place = fleet.dir / "elsewhere"
    place.mkdir()
    fleet.state_path.rename(place / REAL)
    fleet.state_path.symlink_to(f"../elsewhere/{REAL}")
    return place


@pytest.mark.parametrize("suffix", [".bak", ".run.lock", ".lock"])
@pytest.mark.parametrize("key, told", [("report.html_file", "would be lost"), ("logging.base_path", "would ruin")])
def test_nothing_else_is_kept_at_the_names_beside_it(make_fleet, suffix, key, told):
    fleet = make_fleet([device("Neu")])
    path = linked(fleet) / (REAL + suffix)
    assert fleet.run().exit == 0
    calls, before = fleet.calls(), path.read_bytes()  # of the run lock: who held it last
    section, member = key.split(".")
    fleet.write_config({section: {member: f"elsewhere/{path.name}"}})
    for arguments in ([], ["--check-config"]):
        run = fleet.run(*arguments)
        assert run.exit == 2 and told in run.err and path.name in run.err, run
    assert (path.read_bytes() == before or path.read_bytes().strip().isdigit()) and fleet.calls() == calls


def test_what_has_changed_is_told_by_the_backup_beside_the_file(make_fleet):
    fleet = make_fleet([device("Lamp", name="Alt")])
    linked(fleet)
    fleet.state_path.with_name("ip_state.json.bak").write_text("{}")  # of a time before there was a link
    assert fleet.run().exit == 0
    page = fleet.run("report", "--html", "-").out
    assert "New: 0" not in page and "There is no earlier state" not in page
    fleet.write_state(fleet.state_path.read_text().replace('"friendly_name": "Lamp', '"friendly_name": "Hall'))
    assert fleet.run().exit == 0
    page = fleet.run("report", "--html", "-").out
    assert "Has another name: 1" in page and "<bdi>Lamp</bdi> → <bdi>Hall</bdi>" in page


def test_an_unusable_entry_is_told_once(make_fleet):
    fleet = make_fleet([device("Neu"), device("Neu", entry={"ip": "nonsense"})])
    linked(fleet)
    told = [fleet.run("--changes").out.count("unusable") for _ in range(3)]
    assert told == [1, 0, 0]
