"""Environment variables that the TLS library below libcurl would heed."""

import os

from fleet import device


def test_no_keys_of_connections_are_written(make_fleet):
    fleet = make_fleet([device("Neu", tls={"http": "refused"})])
    keys = fleet.dir / "keys.log"
    run = fleet.run(env={"SSLKEYLOGFILE": str(keys)})
    assert (run.exit, run.err) == (0, "")
    assert not keys.exists()


def test_no_foreign_configuration_is_read(make_fleet):
    """It could have a module loaded. Whoever opens this FIFO to read waits for ever."""
    fleet = make_fleet([device("Neu")])
    os.mkfifo(fleet.dir / "openssl.cnf")
    run = fleet.run(env={"OPENSSL_CONF": str(fleet.dir / "openssl.cnf")})
    assert run.exit == 0
