"""Strategy ``manual``: to a trader's desk, where the order waits until somebody places it."""

from oms_fix.core.routing.decision import Demand, Plan
from oms_fix.model.routes import Manual


def plan(route: Manual, demand: Demand) -> Plan:
    """Return no leg, and whose it is."""
    del demand
    return Plan((), desk=route.desk)
