"""The simulated world finds bugs: each of these, put into the router, breaks a promise in it."""

import pytest
from msgspec import structs
from planted_routing_bugs import OF_ROUTING
from planted_rule_bugs import OF_REVIEWS_STATES_AND_TOTALS, leave_out_of_images

from oms_fix.core import (
    apply,
    engine,
    from_clients,
    from_operators,
    positions,
    stages,
)
from oms_fix.core.orders import (
    children,
    direct,
    mass,
    reports,
    splits,
    stops,
    trading_states,
)
from oms_fix.core.orders.order import ZERO, Order
from oms_fix.daemon import sequencer
from oms_fix.daemon.committer import Committer
from oms_fix.daemon.sequencer import Sequencer
from oms_fix.fix.conversation import Conversation
from oms_fix.journal.records import SessionNumbers, StoreError
from oms_fix.model.enums import ExecType, OrderOperation
from oms_fix.simulator.world.disk import DiskJournal, Platter
from oms_fix.simulator.world.runs import run

SEEDS_MAX = 200
ORDERS = 60


def release_before_the_commit(patch):
    """What is sent is stored a moment later."""
    commit, release = Committer._commit, Committer._release

    def commit_after_release(self):
        gathering = self._gathering
        release(self, gathering)
        gathering.writes, gathering.retrievals = [], []
        return commit(self)

    patch.setattr(Committer, "_commit", commit_after_release)


def release_before_the_sync(patch):
    """What is sent may be lost with the power: the disk is not waited for."""
    patch.setattr(DiskJournal, "sync", lambda _: None)


def take_an_exec_id_twice(patch):
    """Dedupe is off: a report that a venue repeats counts again."""
    why_not = children.why_not

    def why_not_again(child, command, **how):
        return why_not(structs.replace(child, exec_ids=()), command, **how)

    patch.setattr(children, "why_not", why_not_again)


def start_at_the_first_number(patch):
    """The next number to send is not restored."""
    forget(patch, lambda kept: SessionNumbers(kept.epoch, kept.next_in, 1))


def expect_the_last_message_again(patch):
    """The number of the last message that came in is lost when the process is."""
    forget(patch, lambda k: SessionNumbers(k.epoch, max(k.next_in - 1, 1), k.next_out))


def forget(patch, what):
    numbers = Sequencer.numbers

    def forgetful(self, session):
        kept = numbers(self, session)
        return kept if session in self.members else what(kept)

    patch.setattr(Sequencer, "numbers", forgetful)


def count_nothing_as_placed(patch):
    """What is at the venues already is not counted when more is placed."""
    patch.setattr(Order, "placed_qty", property(lambda _order: ZERO))


def answer_no_resend_request(patch):
    """What a counterparty has missed is not brought again."""
    patch.setattr(Conversation, "_resend", lambda *_args, **_options: None)


def use_an_id_again(patch):
    """ClOrdIDs towards venues are counted by children, not by requests."""
    patch.setattr(children, "next_id", lambda order: f"{order.order_id}.{len(order.children) + 1}")


def take_no_bust(patch):
    """A bust is noted and not booked."""
    ignore(patch, lambda command: command.exec_type is ExecType.TRADE_CANCEL)


def ignore(patch, which):
    why_not = children.why_not

    def why_not_that(child, command, **how):
        return "not today" if which(command) else why_not(child, command, **how)

    patch.setattr(children, "why_not", why_not_that)


def take_a_correction_for_a_fill(patch):
    """What a correction corrects stays."""
    book = children.book

    def book_as_fill(turn, order, child, command):
        if command.exec_type is ExecType.TRADE_CORRECT:
            command = structs.replace(command, exec_type=ExecType.TRADE)
        return book(turn, order, child, command)

    patch.setattr(children, "book", book_as_fill)


def keep_half_of_a_failed_commit(patch):
    """A commit that fails leaves its messages and numbers behind, without its events."""
    commit = DiskJournal.commit

    def commit_in_part(self, batch):
        try:
            commit(self, batch)
        except StoreError:
            if self._disk.fault and not self._is_closed:
                events, batch.events = batch.events, []
                self._disk.platter.write(batch)
                batch.events = events
            raise

    patch.setattr(DiskJournal, "commit", commit_in_part)


def take_a_possible_resend_for_an_order(patch):
    """An order with PossResend(97) that we have becomes a second order."""
    new_order = from_clients.new_order

    def new_order_anyhow(turn, command):
        if command.poss_resend:
            turn.state.orders_by_cl_ord_id.pop((command.session, command.cl_ord_id), None)
        new_order(turn, command)

    patch.setitem(engine._HANDLE, engine.cmd.NewOrderSingle, new_order_anyhow)


def tell_only_who_is_there(patch):
    """A report for a client who is logged out is dropped."""
    tell = Sequencer._tell

    def tell_if_there(self, event, event_id, now):
        member = self.members.get(getattr(event, "session", ""))
        if member is None or member.link.session.logged_on:
            tell(self, event, event_id, now)

    patch.setattr(Sequencer, "_tell", tell_if_there)


def book_no_fill_while_a_cancel_is_pending(patch):
    """A fill that crosses a cancel is lost."""
    why_not = children.why_not

    def why_not_now(child, command, **how):
        is_late = child.request is not None and command.exec_type is ExecType.TRADE
        return "too late" if is_late else why_not(child, command, **how)

    patch.setattr(children, "why_not", why_not_now)


def keep_a_suspension_to_oneself(patch):
    """A client with direct access does not hear that its order is suspended."""
    follow = direct.follow

    def follow_the_rest(turn, order, child, command):
        if command.exec_type is not ExecType.SUSPENDED:
            follow(turn, order, child, command)

    patch.setattr(direct, "follow", follow_the_rest)


def pass_no_refusal_on(patch):
    """What a venue refuses to a client with direct access stays pending."""
    patch.setattr(direct, "refused", lambda *_args: False)


def answer_under_the_old_id(patch):
    """A client with direct access is told of a request that it is accepted, by its old id."""
    words = direct._in_words_of

    def in_old_words(order, command, status):
        word = words(order, command, status)
        return lambda report: structs.replace(word(report), cl_ord_id=order.cl_ord_id)

    patch.setattr(direct, "_in_words_of", in_old_words)


def keep_doubts_to_oneself(patch):
    """What a client does not know of is asked of no venue."""
    doubted = reports.doubted
    patch.setattr(
        reports, "doubted", lambda state, said: structs.replace(doubted(state, said), venue="")
    )


def take_back_the_first_order_only(patch):
    """A mass cancel, or a mass status request, is about one order."""
    open_orders = mass._open_orders
    patch.setattr(mass, "_open_orders", lambda *asked: list(open_orders(*asked))[:1])


def leave_positions_out_of_images(patch):
    """Neither a snapshot nor the file of the next day has the positions."""
    leave_out_of_images(patch, positions=[])


def leave_requests_out_of_images(patch):
    """Neither a snapshot nor the file of the next day has the ids of requests to venues."""
    leave_out_of_images(patch, child_cl_ord_ids=[])


def give_exec_ids_again_after_images(patch):
    """Executions are counted anew by whoever starts from a snapshot or a new file."""
    leave_out_of_images(patch, executions_count=0)


def carry_filled_orders_only(patch):
    """Open orders are not in the file of the next day."""
    carried_of = sequencer.carried_of

    def carried_in_part(day, state):
        carried = carried_of(day, state)
        is_open = {f'"{order.order_id}"' for order in state.orders.values() if order.is_open}
        rows = [row for row in carried.rows if f'"{row[1]}"' not in is_open]
        return structs.replace(carried, rows=rows)

    patch.setattr(sequencer, "carried_of", carried_in_part)


def forget_what_has_ended_today(patch):
    """The end of a day forgets the orders that ended on it, which may be busted tomorrow."""

    def forget(state, _event):
        ended = {order.order_id for order in state.orders.values() if order.is_over}
        apply._forget(state, ended)

    patch.setitem(apply._APPLY, apply.ev.TradingDayEnded, forget)


def miss_an_event_after_a_snapshot(patch):
    """What comes after a snapshot is looked for one event too late."""
    base = Platter.base

    def base_too_late(self):
        found = base(self)
        return found._replace(event_id=found.event_id + (self.snapshot is not None))

    patch.setattr(Platter, "base", base_too_late)


def trigger_a_stop_by_any_price(patch):
    """A held stop order is triggered as soon as its instrument has a price."""
    patch.setattr(
        stops,
        "is_due",
        lambda state, order: order.awaits_price and order.terms.symbol in state.last_prices,
    )


def trigger_a_stop_to_sell_like_one_to_buy(patch):
    """Whatever its side, a stop order waits for the price to rise."""

    def is_due(state, order):
        last_px = state.last_prices.get(order.terms.symbol)
        is_waiting = order.awaits_price and not order.suspended
        is_traded = not trading_states.holds_back(state, order) and last_px is not None
        return is_waiting and is_traded and last_px >= order.terms.stop_px

    patch.setattr(stops, "is_due", is_due)


def trigger_a_stop_while_trading_is_halted(patch):
    """A halt stops new orders, but not the stop orders that are held."""
    is_due = stops.is_due

    def is_due_anyway(state, order):
        states, state.trading_states = state.trading_states, {}
        try:
            return is_due(state, order)
        finally:
            state.trading_states = states

    patch.setattr(stops, "is_due", is_due_anyway)


def look_at_no_held_stop(patch):
    """A stop order is triggered only if something else happens to it."""
    patch.setattr(stages, "look_at_stops", lambda *_args: None)


def tell_nobody_of_a_trigger(patch):
    """A client does not hear that its stop order was triggered."""
    patch.setattr(reports, "triggered", lambda *_args: None)


def leave_prices_out_of_images(patch):
    """Whoever starts from a snapshot knows no last price."""
    leave_out_of_images(patch, last_prices={})


def leave_fills_in_the_units_of_before(patch):
    """A split changes OrderQty(38) and CumQty(14), and no fill."""

    def restate_position(state, order, cum_qty):
        positions.book(state, order, cum_qty - order.cum_qty, ZERO)

    patch.setattr(apply, "_restate_executions", restate_position)


def leave_the_position_in_the_units_of_before(patch):
    """A split changes orders, and not what their accounts have."""
    patch.setattr(apply.positions, "book", _book_of_trades(positions.book))


def _book_of_trades(book):
    def book_if_it_cost_something(state, order, quantity, price):
        if price:
            book(state, order, quantity, price)

    return book_if_it_cost_something


def follow_no_split(patch):
    """A split is restated like a decline in part: what is filled stays as it was."""
    patch.setattr(splits, "restates", lambda _command: False)


def note_what_operators_bust_only(patch):
    """A bust of an operator is on record and changes nothing."""
    bust = from_operators._OPERATIONS[OrderOperation.BUST]._replace(carry_out=lambda *_: None)
    patch.setitem(from_operators._OPERATIONS, OrderOperation.BUST, bust)


def drop_what_is_filled_after_force_done(patch):
    """What a venue fills of an order that an operator has closed is booked by nobody."""
    book_trade = children.book_trade

    def book_if_not_forced(turn, order, child, command, word):
        if not child.forced:
            book_trade(turn, order, child, command, word)

    patch.setattr(children, "book_trade", book_if_not_forced)


def correct_no_price_for_operators(patch):
    """A correction of an operator leaves the price as it was."""
    corrected = from_operators._corrected

    def corrected_in_part(execution, command):
        return corrected(execution, structs.replace(command, price=None))

    patch.setattr(from_operators, "_corrected", corrected_in_part)


def tell_nobody_of_what_operators_enter(patch):
    """An order that an operator enters is New to no client."""
    accepted = reports.accepted

    def accepted_silently(turn, order, text):
        if "OPERATOR" not in (text or ""):
            accepted(turn, order, text)

    patch.setattr(reports, "accepted", accepted_silently)


MUTATIONS = (
    release_before_the_commit,
    release_before_the_sync,
    take_an_exec_id_twice,
    start_at_the_first_number,
    expect_the_last_message_again,
    count_nothing_as_placed,
    answer_no_resend_request,
    use_an_id_again,
    take_no_bust,
    take_a_correction_for_a_fill,
    keep_half_of_a_failed_commit,
    take_a_possible_resend_for_an_order,
    tell_only_who_is_there,
    book_no_fill_while_a_cancel_is_pending,
    keep_a_suspension_to_oneself,
    pass_no_refusal_on,
    answer_under_the_old_id,
    keep_doubts_to_oneself,
    take_back_the_first_order_only,
    leave_positions_out_of_images,
    leave_requests_out_of_images,
    give_exec_ids_again_after_images,
    carry_filled_orders_only,
    forget_what_has_ended_today,
    miss_an_event_after_a_snapshot,
    trigger_a_stop_by_any_price,
    trigger_a_stop_to_sell_like_one_to_buy,
    trigger_a_stop_while_trading_is_halted,
    look_at_no_held_stop,
    tell_nobody_of_a_trigger,
    leave_prices_out_of_images,
    leave_fills_in_the_units_of_before,
    leave_the_position_in_the_units_of_before,
    follow_no_split,
    note_what_operators_bust_only,
    drop_what_is_filled_after_force_done,
    correct_no_price_for_operators,
    tell_nobody_of_what_operators_enter,
    *OF_REVIEWS_STATES_AND_TOTALS,
    *OF_ROUTING,
)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_mutation_is_caught(mutation, monkeypatch):
    """A bug of this kind is found within 200 worlds."""
    mutation(monkeypatch)
    seeds = range(1, SEEDS_MAX + 1)
    caught = next((seed for seed in seeds if run(seed, ORDERS).violations), None)
    assert caught is not None
