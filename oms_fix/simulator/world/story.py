"""The story of a run that went wrong: of the orders concerned, and of what befell everybody."""

import re
from collections.abc import Iterable, Iterator

from oms_fix.simulator.world.client import Client
from oms_fix.simulator.world.trace import Line, Trace

_NAME = re.compile(r"[A-Z0-9]+-E?\d+")
_OF_EVERYBODY = ("world", "router")


def story(trace: Trace, clients: Iterable[Client]) -> Iterator[Line]:
    """Yield the lines that concern the orders that the violations name, and the faults.

    If the violations name no order, all lines.
    """
    concerned = {name for text in trace.violations for name in _NAME.findall(text)}
    for client in clients:
        for order in client.orders.values():
            names = {order.order_id, *client.names_of(order)}
            if names & concerned:
                concerned |= names
    for line in trace.lines:
        is_of_all = line.where in _OF_EVERYBODY
        if not concerned or is_of_all or not concerned.isdisjoint(_NAME.findall(line.words)):
            yield line
