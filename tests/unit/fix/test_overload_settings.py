"""The keys of a settings file that say how much is too much."""

import pytest

from oms_fix.fix import ConfigError, load_settings
from oms_fix.fix.overload_settings import OverloadSettings, RateLimitAction

ACCEPTOR = """\
[DEFAULT]
ConnectionType=acceptor
SenderCompID=OMSFIX
SocketAcceptPort=9876
[SESSION]
BeginString=FIX.4.4
TargetCompID=PEER
"""
INITIATOR = """\
[DEFAULT]
ConnectionType=initiator
SenderCompID=OMSFIX
SocketConnectHost=localhost
SocketConnectPort=9876
HeartBtInt=30
[SESSION]
BeginString=FIX.4.4
TargetCompID=PEER
"""


@pytest.fixture
def load(tmp_path):
    """Return the overload settings of a session with these lines."""

    def load(lines, head=ACCEPTOR):
        path = tmp_path / "sessions.cfg"
        path.write_text(f"{head}{lines}\n")
        (settings,) = load_settings(path)
        return settings.overload

    return load


def test_without_keys_only_memory_is_bounded(load):
    """No limit on rates and ages; a peer that does not read is cut off all the same."""
    assert load("") == OverloadSettings(
        max_backlog_bytes=67_108_864,
        max_backlog_seconds=30,
        max_messages_per_second=0,
        rate_limit_action=RateLimitAction.DELAY,
        max_order_age_seconds=0,
    )


def test_all_keys(load):
    """Each sets what it is named after."""
    lines = (
        "MaxBacklogBytes=1048576\nMaxBacklogSeconds=5\nMaxMessagesPerSecond=100\n"
        "RateLimitAction=reject\nMaxOrderAgeSeconds=60"
    )
    assert load(lines) == OverloadSettings(
        max_backlog_bytes=1_048_576,
        max_backlog_seconds=5,
        max_messages_per_second=100,
        rate_limit_action=RateLimitAction.REJECT,
        max_order_age_seconds=60,
    )


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("MaxBacklogBytes=1000", "a whole number from 1048576 to 999999999"),
        ("MaxBacklogSeconds=0", "a whole number from 1 to 86400"),
        ("MaxMessagesPerSecond=-1", "a whole number from 0 to 1000000"),
        ("RateLimitAction=drop", "delay or reject"),
        ("MaxOrderAgeSeconds=1.5", "a whole number from 0 to 86400"),
    ],
)
def test_values_that_are_not_allowed(load, line, allowed):
    """Each is named with its line and what is allowed."""
    with pytest.raises(ConfigError) as caught:
        load(line)
    assert [(p.line, p.text) for p in caught.value.problems] == [
        (8, f"{line}: not allowed; {allowed}")
    ]


def test_nothing_that_a_venue_says_is_refused(load):
    """What it has done is done: an initiator's session may delay it, not reject it."""
    with pytest.raises(ConfigError) as caught:
        load("RateLimitAction=reject", INITIATOR)
    assert [p.text for p in caught.value.problems] == [
        "RateLimitAction means nothing for ConnectionType=initiator"
    ]
    assert load("MaxMessagesPerSecond=5", INITIATOR).max_messages_per_second == 5
