"""Heartbeats, test requests and silence (FIX 4.4 Volume 2, "Heartbeat", "Test Request")."""


def test_heartbeat_after_an_interval_without_a_message_from_us(talk):
    """HeartBtInt(108) seconds after our last message, a Heartbeat; then again."""
    assert talk.wait(29.8) == []
    assert talk.wait(0.2) == ["35=0|34=2"]
    talk.hear("35=0|34=2")
    assert talk.wait(29.8) == []
    assert talk.wait(0.2) == ["35=0|34=3"]


def test_any_message_of_ours_is_as_good_as_a_heartbeat(talk):
    """The interval starts anew with every message."""
    talk.wait(20)
    talk.send("B", "148=news|33=1|58=x")
    talk.hear("35=0|34=2")
    assert talk.wait(29.8) == []


def test_no_heartbeats_with_an_interval_of_zero(start, version):
    """HeartBtInt(108)=0 switches heartbeats and test requests off."""
    talk = start(version)
    talk.log_on("98=0|108=0")
    assert talk.wait(300) == []


def test_test_request_is_answered_with_its_id(talk):
    """A Heartbeat with the TestReqID(112) that was sent."""
    assert talk.hear("35=1|34=2|112=HELLO") == ["35=0|34=2|112=HELLO"]


def test_silence_is_met_with_a_test_request_and_then_the_end(talk):
    """1.2 intervals of silence: TestRequest; as long again: disconnect."""
    assert talk.wait(30) == ["35=0|34=2"]
    assert talk.wait(5.8) == []
    assert talk.wait(0.2) == ["35=1|34=3|112=TEST"]
    assert talk.wait(35.8) == []
    assert talk.wait(0.2) == ["logged out", "disconnect"]


def test_any_message_answers_a_test_request(talk):
    """Whoever speaks is alive, even if the TestReqID(112) is missing."""
    talk.wait(36)
    talk.hear("35=0|34=2")
    assert talk.wait(35.8) == ["35=0|34=4"]


def test_frozen_clock_gives_the_other_side_a_chance(talk):
    """After a long pause of our own process a TestRequest comes before the end."""
    talk.now += 1_000_000_000_000
    assert talk.wait(0.2) == ["35=1|34=2|112=TEST"]


def test_clock_that_is_set_back_stops_no_heartbeat(talk):
    """What was noted lies in the future then; timing begins anew."""
    talk.now -= 100_000_000_000
    assert talk.wait(30.2) == ["35=0|34=2"]


def test_clock_that_is_set_back_stops_no_timeout(start, version):
    """As with heartbeats."""
    talk = start(version)
    talk.connect()
    talk.now -= 100_000_000_000
    assert talk.wait(10.2) == ["disconnect"]
