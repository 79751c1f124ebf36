"""A state, written down and read again as by a restart."""

import msgspec

from oms_fix.core.image import StateImage, image_of, state_of
from oms_fix.core.orders.order import Order


def written_and_read(state):
    """Return what becomes of a state in a file."""
    encoded = msgspec.msgpack.encode((image_of(state), list(state.orders.values())))
    return state_of(*msgspec.msgpack.decode(encoded, type=tuple[StateImage, list[Order]]))
