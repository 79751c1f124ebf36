"""A token bucket holds the tokens of one second and fills up evenly, on any clock."""

from hypothesis import given
from hypothesis import strategies as st

from oms_fix.fix.rate_limit import Pace, TokenBucket

SECOND = 1_000_000_000
START = 1_767_960_000 * SECOND


def taken(bucket, now, times):
    """Return how many of so many attempts get a token."""
    return sum(bucket.take(now) for _ in range(times))


def test_burst_of_one_second_is_free():
    """A full bucket gives as many tokens at once as it gets in a second."""
    assert taken(TokenBucket(10), START, 100) == 10


def test_tokens_come_back_evenly():
    """One every tenth of a second at ten a second, none before its time."""
    bucket = TokenBucket(10)
    taken(bucket, START, 10)
    assert bucket.wait(START) == SECOND // 10
    assert not bucket.take(START + SECOND // 10 - 1)
    assert taken(bucket, START + SECOND // 10, 5) == 1
    assert taken(bucket, START + SECOND // 2, 10) == 4


def test_no_more_than_a_full_bucket_gathers():
    """An hour of silence is good for one second's tokens."""
    bucket = TokenBucket(3)
    taken(bucket, START, 3)
    assert taken(bucket, START + 3600 * SECOND, 100) == 3


def test_clock_set_back_costs_a_second_at_most():
    """Nobody waits for the time that was before."""
    bucket = TokenBucket(5)
    taken(bucket, START, 5)
    earlier = START - 3600 * SECOND
    assert not bucket.take(earlier)
    assert taken(bucket, earlier + SECOND, 100) == 5


@given(
    rate=st.integers(1, 2_000),
    steps=st.lists(st.tuples(st.integers(0, SECOND), st.integers(1, 50)), max_size=30),
)
def test_rate_is_never_exceeded(rate, steps):
    """In any stretch of time: one second's tokens, and those that came in it."""
    bucket, now, got = TokenBucket(rate), START, 0
    for pause, times in steps:
        now += pause
        got += taken(bucket, now, times)
    assert got <= rate + (now - START) // (SECOND // rate)


def test_administrative_messages_need_no_token_but_do_not_overtake():
    """Order is kept; nothing waits without a cause."""
    order, heartbeat = b"8=FIX.4.4\x019=5\x0135=D\x01", b"8=FIX.4.4\x019=5\x0135=0\x01"
    pace = Pace(1)
    assert list(pace.due([heartbeat, order, heartbeat, order, heartbeat], START)) == [
        heartbeat,
        order,
        heartbeat,
    ]
    assert (len(pace), pace.wait(START)) == (2, SECOND)
    assert list(pace.due([], START + SECOND)) == [order, heartbeat]
    assert pace.wait(START + SECOND) == 0
