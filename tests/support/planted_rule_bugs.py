"""Bugs of reviews, trading states and running totals, for the simulated world to find."""

from msgspec import structs

from oms_fix.core import from_reviewers, stages, totals
from oms_fix.core.compliance.evaluate import Verdict
from oms_fix.core.orders import reviews, trading_states
from oms_fix.daemon.review_times import ReviewTimes
from oms_fix.journal import carry, snapshot
from oms_fix.model.enums import OrdStatus


def leave_out_of_images(patch, **without):
    image_of = carry.image_of
    for module in (carry, snapshot):
        patch.setattr(module, "image_of", lambda s: structs.replace(image_of(s), **without))


def release_without_another_check(patch):
    """What was approved goes on, whatever the checks say by then."""
    check = stages.check

    def check_once(turn, order, cl_ord_id, terms, *, again=False):
        if again:
            return Verdict((), (), (), ())
        return check(turn, order, cl_ord_id, terms)

    patch.setattr(stages, "check", check_once)


def approve_whatever_is_held_now(patch):
    """An approval of what an operator has seen before is one of what has come in its place."""
    problem_of = from_reviewers._problem

    def problem_of_now(turn, order, review, command):
        if review is not None:
            command = structs.replace(command, review=review.opened.review_id)
        return problem_of(turn, order, review, command)

    patch.setattr(from_reviewers, "_problem", problem_of_now)


def approve_twice(patch):
    """One operator is enough where two are needed."""
    problem_of = from_reviewers._problem

    def problem_but_for_names(turn, order, review, command):
        return problem_of(turn, order, review, structs.replace(command, operator="another"))

    patch.setattr(from_reviewers, "_problem", problem_but_for_names)


def place_what_is_held(patch):
    """A held order waits for operators, and is at its venues meanwhile."""
    hold_order = reviews.hold_order

    def hold_and_place(turn, order, holds, text=None):
        hold_order(turn, order, holds, text)
        decision = stages.route(turn, order, order.leaves_qty)
        if decision is not None:
            stages.place(turn, order, decision)

    patch.setattr(reviews, "hold_order", hold_and_place)


def watch_over_no_review_from_before(patch):
    """What was held when the router was started is never overdue."""
    begin, look = ReviewTimes.__init__, ReviewTimes.look

    def begin_anew(self, state, *more):
        begin(self, state, *more)
        self.before = set(state.reviews)

    def look_at_what_is_new(self):
        overdue = self._overdue
        self._overdue = lambda order_id: order_id in self.before or overdue(order_id)
        look(self)
        self._overdue = overdue

    patch.setattr(ReviewTimes, "__init__", begin_anew)
    patch.setattr(ReviewTimes, "look", look_at_what_is_new)


def leave_trading_states_out_of_images(patch):
    """Whoever starts from a snapshot or a new file knows of no halt."""
    leave_out_of_images(patch, trading_states=[])


def leave_token_buckets_out_of_images(patch):
    """Whoever starts from a snapshot or a new file has not counted any message."""
    image_of = carry.image_of

    def image_without(state):
        image = image_of(state)
        return structs.replace(image, today=structs.replace(image.today, buckets={}))

    for module in (carry, snapshot):
        patch.setattr(module, "image_of", image_without)


def keep_canceled_orders_in_totals(patch):
    """What was open of a canceled order stays counted."""
    recount = totals.recount

    def recount_what_is_not_canceled(state, order):
        if order.status is not OrdStatus.CANCELED:
            recount(state, order)

    patch.setattr(totals, "recount", recount_what_is_not_canceled)


def count_replaces_twice(patch):
    """What a replace adds comes on top of what was open before."""
    open_of = totals._open_of

    def open_of_both(state, order):
        now = open_of(state, order)
        if now is None or not totals._pending(order):
            return now
        return structs.replace(now, quantity=now.quantity + order.leaves_qty)

    patch.setattr(totals, "_open_of", open_of_both)


def forget_replaces_in_totals(patch):
    """A replace is counted, and what was open before it is given back a second time."""
    difference = totals._difference

    def difference_twice(before, now):
        found = difference(before, now)
        if before is None or now is None or found.quantity >= 0:
            return found
        return structs.replace(found, quantity=found.quantity * 2)

    patch.setattr(totals, "_difference", difference_twice)


def book_busts_on_the_day_of_the_bust(patch):
    """What is undone is taken out of today's turnover, whenever it was traded."""
    book = totals.book

    def book_today(state, order, quantity, price, *, is_of_today):
        del is_of_today
        book(state, order, quantity, price, is_of_today=True)

    patch.setattr(totals, "book", book_today)


def let_all_reduce(patch):
    """While positions are only to be reduced, everything is taken."""
    patch.setattr(trading_states, "reduces", lambda *_args: True)


def cancel_with_all_that_is_open_what_is_placed(patch):
    """To cancel all that is open leaves what is held for review."""
    covers = trading_states.covers

    def covers_what_is_placed(scope, name, order):
        return order.review is None and covers(scope, name, order)

    patch.setattr(trading_states, "covers", covers_what_is_placed)


def place_again_while_halted(patch):
    """A halt stops new orders, and not what comes back from a venue."""
    patch.setattr(trading_states, "halt_problem", lambda *_args: None)


OF_REVIEWS_STATES_AND_TOTALS = (
    release_without_another_check,
    approve_whatever_is_held_now,
    approve_twice,
    place_what_is_held,
    watch_over_no_review_from_before,
    leave_trading_states_out_of_images,
    leave_token_buckets_out_of_images,
    keep_canceled_orders_in_totals,
    count_replaces_twice,
    forget_replaces_in_totals,
    book_busts_on_the_day_of_the_bust,
    let_all_reduce,
    cancel_with_all_that_is_open_what_is_placed,
    place_again_while_halted,
)
