from fleet_fixture import make_fleet  # noqa: F401
