"""What holds for all tests: those that run side by side take different ports."""

import os

from oms_fix.simulator import rebalance


def pytest_configure():
    """Leave each process its share of the ports: one found free stays so until it is bound."""
    share = len(rebalance.PORTS) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    place = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    rebalance.PORTS = rebalance.PORTS[place * share :][:share]
