"""Bugs in routing, in what is known of venues and markets, for the simulated world to find."""

from msgspec import structs
from planted_rule_bugs import leave_out_of_images

from oms_fix.core import placing
from oms_fix.core.orders import health
from oms_fix.core.routing import decide, limits


def let_no_wave_be_followed(patch):
    """What a wave leaves of an order is forgotten."""
    patch.setattr(placing, "wave_is_over", lambda _order, _child: False)


def count_no_probe(patch):
    """All orders try a venue once its suspension is over."""
    patch.setattr(health, "probe", lambda _turn, _child: None)


def end_no_suspension_in_time(patch):
    """A venue that was suspended gets orders at once."""
    patch.setattr(health, "_suspension", lambda _record, _now: None)


def know_no_limits_of_venues(patch):
    """A venue gets more orders than it may."""
    patch.setattr(health, "_limit", lambda *_known: None)


def protect_no_price(patch):
    """A market order is sent without a limit."""
    patch.setattr(decide, "protect", lambda legs, _demand: legs)


def count_no_children(patch):
    """An iceberg goes on for ever."""
    applied = limits.applied

    def applied_for_ever(route, demand, plan):
        return applied(structs.replace(route, child_count_max=10_000), demand, plan)

    patch.setattr(limits, "applied", applied_for_ever)
    patch.setattr(placing, "_child_count_max", lambda _state, _onward: None)


def leave_books_out_of_images(patch):
    """Whoever starts from a snapshot knows no books."""
    leave_out_of_images(patch, books={})


OF_ROUTING = (
    let_no_wave_be_followed,
    count_no_probe,
    end_no_suspension_in_time,
    know_no_limits_of_venues,
    protect_no_price,
    count_no_children,
    leave_books_out_of_images,
)
