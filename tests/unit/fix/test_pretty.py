import pytest

from oms_fix.fix.codec import parse
from oms_fix.fix.dictionary import load_dictionary
from oms_fix.fix.errors import ParseError
from oms_fix.fix.message import Message
from oms_fix.fix.pretty import SECRET_TAGS, describe, is_masked, mask_secrets, redact, render

FIX44 = load_dictionary("FIX.4.4")


def fix(text):
    return text.encode("latin-1").replace(b"|", b"\x01")


def test_describe_names_tags_and_values():
    """Each field has its name and, where its values are enumerated, the name of its value."""
    order = Message("D", [(34, b"2"), (54, b"1"), (18, b"1 G"), (58, b"caf\xe9"), (5001, b"x")])

    assert describe(order, FIX44) == [
        (35, "MsgType", "D", "NewOrderSingle"),
        (34, "MsgSeqNum", "2", None),
        (54, "Side", "1", "BUY"),
        (18, "ExecInst", "1 G", "NOT_HELD, ALL_OR_NONE"),
        (58, "Text", "caf\xe9", None),
        (5001, "", "x", None),
    ]


def test_unknown_types_and_values_have_no_meaning():
    """What the dictionary does not know is shown as it is."""
    assert describe(Message("?", [(54, b"#")]), FIX44) == [
        (35, "MsgType", "?", None),
        (54, "Side", "#", None),
    ]


def test_secrets_are_hidden():
    """Passwords and raw data are never shown."""
    logon = Message("A", [(95, b"2"), (96, b"pw"), (554, b"pw"), (925, b"pw")])

    assert [value for _, _, value, _ in describe(logon, FIX44)] == ["A", "2", "***", "***", "***"]


def test_render_is_a_table_in_the_order_of_the_wire():
    """A rendered message shows all its fields, framing included, one a line."""
    raw = fix("8=FIX.4.4|9=20|35=0|49=A|10=123|")

    assert render(raw, FIX44).splitlines() == [
        "    8 BeginString  FIX.4.4",
        "    9 BodyLength   20",
        "   35 MsgType      0 (Heartbeat)",
        "   49 SenderCompID A",
        "   10 CheckSum     123",
    ]


def test_render_escapes_what_would_break_the_table():
    """Control characters of a value cannot move the cursor or forge lines."""
    assert render(fix("58=a\n\x1b[1m|"), FIX44) == "   58 Text a\\n\\x1b[1m"


def test_render_refuses_what_is_no_fix():
    """Text that is no FIX is refused rather than shown as something else."""
    with pytest.raises(ParseError):
        render(b"hello", FIX44)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("8=FIX.4.4|35=A|554=pw|108=30|", "8=FIX.4.4|35=A|554=***|108=30|"),
        ("35=A|95=5|96=p|554|98=0|", "35=A|95=5|96=***|98=0|"),
        ("35=A|95=99|96=pw|98=0|", "35=A|95=99|***"),
        ("35=A|95=99|925=old|96=pw|", "35=A|95=99|925=***|96=***|"),
        ("35=A|garbled|554=pw|1=x|", "35=A|garbled|***"),
        ("garbled\n", "garbled\\n"),
    ],
)
def test_redact_hides_secrets_in_a_line_for_logs(raw, shown):
    """A log line never holds a secret, not even of a garbled message."""
    assert redact(fix(raw)) == shown


def test_secrets_are_masked_for_the_store():
    """A Logon is stored with its password and raw data masked, all other fields as they were."""
    raw = b"8=FIX.4.4\x019=40\x0135=A\x0195=3\x0196=a\x01b\x01554=pw\x0110=001\x01"
    masked = b"8=FIX.4.4\x019=40\x0135=A\x0195=3\x0196=***\x01554=***\x0110=001\x01"
    assert mask_secrets(raw) == masked


@pytest.mark.parametrize("msg_type", ["A", "BE", "U1"])
def test_secrets_of_every_message_type_are_masked(msg_type):
    """A UserRequest(BE) holds passwords too, and nobody knows what a custom message holds."""
    raw = fix(f"8=FIX.4.4|9=40|35={msg_type}|553=A|554=old|925=new|1401=3|1402=a|b|10=001|")
    masked = fix(f"8=FIX.4.4|9=40|35={msg_type}|553=A|554=***|925=***|1401=3|1402=***|10=001|")
    assert mask_secrets(raw) == masked
    assert is_masked(masked)
    assert not is_masked(raw)


def test_what_hides_a_secret_among_unreadable_fields_is_masked_to_the_end():
    """Only a dictionary knows that 5002 is data here; what follows the secret goes with it."""
    raw = fix("8=FIX.4.4|9=40|35=BE|5001=3|5002=a|b|554=pw|58=x|10=001|")
    assert mask_secrets(raw) == fix("8=FIX.4.4|9=40|35=BE|5001=3|5002=a|b|554=***|10=001|")


@pytest.mark.parametrize("tag", sorted(SECRET_TAGS))
def test_each_secret_of_a_logon_is_masked(tag):
    """None is forgotten."""
    raw = fix(f"8=FIX.4.4|9=40|35=A|98=0|{tag}=pw|10=001|")
    assert mask_secrets(raw) == fix(f"8=FIX.4.4|9=40|35=A|98=0|{tag}=***|10=001|")


def test_raw_data_of_a_news_is_stored():
    """Outside a Logon it is no password, and the message could not be sent again without it."""
    raw = fix("8=FIX.4.4|9=40|35=B|95=3|96=a|b|10=001|")
    assert mask_secrets(raw) is raw


def test_stars_are_no_mask_by_themselves():
    """A text of stars is stored and sent again as it is."""
    assert not is_masked(fix("8=FIX.4.4|9=40|35=B|58=***|10=001|"))


def test_secrets_are_hidden_where_a_message_is_printed():
    """A message in a traceback or a log shows no password."""
    assert repr(Message("A", [(108, b"30"), (554, b"pw")])) == "<Message 35=A|108=30|554=***>"


def test_error_about_unreadable_bytes_shows_none_of_them():
    """They may be the rest of a password that was announced with a wrong length."""
    with pytest.raises(ParseError, match=r"^7 bytes that are no tag=value$"):
        parse(fix("8=FIX.4.4|9=40|35=A|hunter2|10=001|"), {})


def test_a_message_without_secrets_is_stored_as_it_is():
    """Nothing is rebuilt where nothing is to be hidden."""
    raw = b"8=FIX.4.4\x019=5\x0135=A\x0110=001\x01"
    assert mask_secrets(raw) is raw
