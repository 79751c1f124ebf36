"""The end of a connection (FIX 4.4 Volume 2, "Logout")."""


def test_logout_is_answered_and_the_connection_closed(talk):
    """The other side logs out: Logout back, and the number counts."""
    assert talk.hear("35=5|34=2") == ["35=5|34=2", "logged out", "disconnect"]
    assert (talk.session.next_in, talk.session.next_out) == (3, 3)


def test_logout_too_high_is_answered_too(talk):
    """Nothing more will come on this connection; the gap shows at the next Logon."""
    assert talk.hear("35=5|34=9") == ["35=5|34=2", "logged out", "disconnect"]
    assert talk.session.next_in == 2


def test_our_logout_waits_for_the_answer(talk, order):
    """What was under way still arrives; the answer closes the connection."""
    assert talk.logout("end of day") == ["35=5|34=2|58=end of day", "logged out"]
    assert talk.hear(f"35=D|34=2|{order}") == ["deliver D 2"]
    assert talk.hear("35=5|34=3") == ["disconnect"]


def test_our_logout_waits_no_longer_than_its_timeout(talk):
    """LogoutTimeout, two seconds."""
    talk.logout("")
    assert talk.wait(1.8) == []
    assert talk.wait(0.2) == ["disconnect"]


def test_message_sent_after_the_logout_waits_for_the_next_logon(talk):
    """It is persisted with its number and not written."""
    talk.logout("")
    assert talk.send("8", "37=1") == []
    assert 3 in talk.sent


def test_nothing_is_looked_at_after_the_end(talk, order):
    """Bytes after the Logout belong to nobody; their numbers stay unused."""
    said = talk.hear("35=5|34=2", f"35=D|34=3|{order}")
    assert said == ["35=5|34=2", "logged out", "disconnect"]
    assert talk.session.next_in == 3


def test_logout_before_the_logon_disconnects(start, version):
    """There is nobody to say goodbye to."""
    talk = start(version)
    talk.connect()
    assert talk.logout("stop") == ["disconnect"]


def test_no_reset_on_logout_without_a_logout(start, version):
    """ResetOnLogout=Y does not touch the numbers when the connection breaks."""
    talk = start(version, reset_on_logout=True)
    talk.log_on()
    assert talk.disconnect() == ["logged out"]
    assert talk.session.next_in == 2


def test_reset_on_disconnect(start, version):
    """ResetOnDisconnect=Y: the numbers go back to 1 whenever the connection ends."""
    talk = start(version, reset_on_disconnect=True)
    talk.log_on()
    assert talk.disconnect() == ["logged out", "reset"]
