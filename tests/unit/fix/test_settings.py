"""Session settings: QuickFIX-format files, and every problem in them at once."""

import pytest

from oms_fix.fix import ConfigError, ConnectionType, load_settings

ACCEPTOR = """\
[DEFAULT]
ConnectionType=acceptor
SenderCompID=OMSFIX
SocketAcceptPort=9876

[SESSION]
BeginString=FIX.4.4
TargetCompID=BUYSIDE44
"""


@pytest.fixture
def load(tmp_path):
    """Load settings from a text."""

    def load(text):
        path = tmp_path / "clients.cfg"
        path.write_text(text)
        return load_settings(path)

    return load


@pytest.fixture
def problems(load):
    """Return the problems of a text as ``line: text``."""

    def problems(text):
        with pytest.raises(ConfigError) as caught:
            load(text)
        return [f"{problem.line}: {problem.text}" for problem in caught.value.problems]

    return problems


def test_defaults_are_shared_and_overridden(load):
    """A [SESSION] has what [DEFAULT] says, unless it says otherwise itself."""
    first, second = load(
        ACCEPTOR + "HeartBtInt=20\n\n[SESSION]\nBeginString=FIX.4.2\nTargetCompID=BUYSIDE42\n"
        "SocketAcceptPort=9877\nSessionName=forty-two\n"
    )
    assert (first.name, first.begin_string, first.socket_accept_port) == (
        "BUYSIDE44",
        "FIX.4.4",
        9876,
    )
    assert (second.name, second.target_comp_id, second.socket_accept_port, second.line) == (
        "forty-two",
        "BUYSIDE42",
        9877,
        11,
    )


def test_absent_keys_have_the_defaults_of_quickfix(load):
    """ReconnectInterval 30, LogonTimeout 10, LogoutTimeout 2, MaxLatency 120, no resets."""
    (session,) = load(ACCEPTOR)
    assert session.connection_type is ConnectionType.ACCEPTOR
    assert session.reconnect_interval == 30
    assert (session.logon_timeout, session.logout_timeout, session.max_latency) == (10, 2, 120)
    resets = (session.reset_on_logon, session.reset_on_logout, session.reset_on_disconnect)
    assert not any(resets)
    assert session.check_latency
    assert session.validation.check_enumerations


def test_validation_keys_make_validation_options(load):
    """A tolerant session says so key by key."""
    (session,) = load(ACCEPTOR + "CheckEnumerations=N\nAllowUnknownMsgFields=Y\n")
    assert not session.validation.check_enumerations
    assert session.validation.allow_unknown_msg_fields
    assert session.validation.validate_fields_have_values


def test_initiator_of_fixt(load):
    """DefaultApplVerID may be the number on the wire or the name."""
    text = (
        "[SESSION]\nConnectionType=initiator\nBeginString=FIXT.1.1\nDefaultApplVerID={}\n"
        "SenderCompID=OMSFIX\nTargetCompID=XLON\nSocketConnectHost=127.0.0.1\n"
        "SocketConnectPort=9000\nHeartBtInt=10\n"
    )
    for value in ("9", "FIX.5.0SP2"):
        (session,) = load(text.format(value))
        assert session.default_appl_ver_id == "FIX.5.0SP2"
        assert session.load_dictionary().application_version == "FIX.5.0SP2"


def test_comments_and_blank_lines_mean_nothing(load):
    """Lines that begin with # are for people; spaces around = are no part of the value."""
    (session,) = load("# clients\n\n" + ACCEPTOR + "  # more\nMaxLatency = 5 \n")
    assert session.max_latency == 5


def test_unknown_key_is_an_error_with_a_suggestion(problems):
    """A misspelt key must not be taken for a setting that has effect."""
    assert problems(ACCEPTOR + "ResetOnLogin=Y\nFileStorePath=store\n") == [
        "9: unknown key ResetOnLogin; did you mean ResetOnLogon?",
        "10: unknown key FileStorePath",
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ResetOnLogon=yes", "ResetOnLogon=yes: not allowed; Y or N"),
        ("MaxLatency=-1", "MaxLatency=-1: not allowed; a whole number from 1 to 86400"),
        ("MaxLatency=1_0", "MaxLatency=1_0: not allowed; a whole number from 1 to 86400"),
        ("MaxLatency=", "MaxLatency=: not allowed; a whole number from 1 to 86400"),
        ("SessionName=", "SessionName=: not allowed; printable ASCII text"),
        ("TimestampPrecision=4", "TimestampPrecision=4: not allowed; 0 or 3 or 6 or 9"),
        ("DataDictionary=none.xml", "DataDictionary=none.xml: not allowed; a file that exists"),
        ("DefaultApplVerID=9", "DefaultApplVerID means nothing for BeginString=FIX.4.4"),
        ("nonsense", "neither a section nor Key=Value: nonsense"),
        ("BeginString=FIX.4.4", "BeginString is given twice in this section, first in line 7"),
    ],
)
def test_bad_line_is_named_with_what_is_allowed(problems, line, expected):
    """Every problem says where it is, what is wrong and what would be right."""
    assert problems(ACCEPTOR + line + "\n") == [f"9: {expected}"]


def test_key_of_the_other_role_has_no_effect_and_is_an_error(problems):
    """An acceptor does not connect, and an initiator does not listen; [DEFAULT] may serve both."""
    text = (
        "[DEFAULT]\nSenderCompID=OMSFIX\nBeginString=FIX.4.4\nReconnectInterval=5\n"
        "[SESSION]\nConnectionType=acceptor\nTargetCompID=A\nSocketAcceptPort=1\n"
        "SocketConnectPort=2\n"
        "[SESSION]\nConnectionType=initiator\nTargetCompID=B\nSocketConnectHost=h\n"
        "SocketConnectPort=2\nHeartBtInt=1\nSocketAcceptPort=1\n"
    )
    assert problems(text) == [
        "9: SocketConnectPort means nothing for ConnectionType=acceptor",
        "16: SocketAcceptPort means nothing for ConnectionType=initiator",
    ]


def test_problems_of_a_dictionary_are_among_those_of_the_settings(tmp_path, problems):
    """Nothing that would stop a session from starting is left for later."""
    (tmp_path / "own.xml").write_text("<fix")
    found = problems(
        ACCEPTOR + "MaxLatency=x\n[SESSION]\nBeginString=FIX.4.2\nTargetCompID=B\n"
        "DataDictionary=own.xml\n"
    )
    assert found[0].startswith("9: MaxLatency=x")
    assert len(found) == 2


def test_all_problems_are_reported_at_once(problems):
    """In the order of the lines; also problems of different kinds."""
    text = "Key=1\n[SESION]\n[SESSION]\nBeginString=FIX.4.9\nTargetCompID=A\n"
    assert problems(text) == [
        "1: Key stands before the first section; [DEFAULT] or [SESSION]",
        "2: unknown section [SESION]; [DEFAULT] or [SESSION]",
        "3: session without ConnectionType",
        "3: session without SenderCompID",
        (
            "4: BeginString=FIX.4.9: not allowed; FIX.4.0 or FIX.4.1 or FIX.4.2 or FIX.4.3 or "
            "FIX.4.4 or FIXT.1.1"
        ),
    ]


@pytest.mark.parametrize(
    ("role", "missing"),
    [
        ("acceptor", ["SocketAcceptPort"]),
        ("initiator", ["SocketConnectHost", "SocketConnectPort", "HeartBtInt"]),
    ],
)
def test_each_role_needs_its_keys(problems, role, missing):
    """An acceptor needs a port, an initiator an address and an interval."""
    text = (
        f"[SESSION]\nConnectionType={role}\nBeginString=FIX.4.2\n"
        "SenderCompID=OMSFIX\nTargetCompID=A\n"
    )
    assert problems(text) == [f"1: session without {name}" for name in missing]


def test_session_of_fixt_needs_a_default_version(problems):
    """DefaultApplVerID says which dictionary its messages keep to."""
    assert problems(ACCEPTOR.replace("FIX.4.4", "FIXT.1.1")) == [
        "6: session without DefaultApplVerID"
    ]


def test_names_are_unique(problems):
    """By default two sessions with the same TargetCompID have the same name."""
    text = ACCEPTOR + "[SESSION]\nBeginString=FIX.4.2\nTargetCompID=BUYSIDE44\n"
    (problem,) = problems(text)
    assert problem == (
        "9: SessionName BUYSIDE44 (default: the TargetCompID) is already that of line 6; "
        "names are unique"
    )


def test_identities_are_unique(problems):
    """A Logon must name one session."""
    text = ACCEPTOR + "[SESSION]\nBeginString=FIX.4.4\nTargetCompID=BUYSIDE44\nSessionName=b\n"
    assert problems(text) == ["9: the same session as in line 6: FIX.4.4:OMSFIX:BUYSIDE44"]


def test_file_without_sessions(problems):
    """A file that does nothing is a mistake."""
    assert problems("[DEFAULT]\nConnectionType=acceptor\n") == [
        "0: no [SESSION] section; at least one is needed"
    ]


def test_file_that_is_not_there(tmp_path):
    """The report names the file."""
    with pytest.raises(ConfigError) as caught:
        load_settings(tmp_path / "none.cfg")
    assert str(caught.value) == f"{tmp_path}/none.cfg: cannot be read: No such file or directory"
