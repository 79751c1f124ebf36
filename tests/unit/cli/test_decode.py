import json

import pytest
from click.testing import CliRunner

from oms_fix.cli.fix_text import find_messages
from oms_fix.cli.main import main
from oms_fix.fix.codec import encode

ORDER = encode("FIX.4.2", "D", [(34, b"7")], [(11, b"C-1"), (54, b"1")])


def decode(text, *args):
    return CliRunner().invoke(main, ["decode", *args], input=text)


def messages(*lines):
    return [(each.prefix, each.raw, each.complete) for each in find_messages(lines)]


@pytest.mark.parametrize("separator", ["\x01", "|", "^A"])
def test_separators(separator):
    """Fields may be separated by SOH, a bar, or ^A; all mean the same."""
    text = ORDER.decode().replace("\x01", separator)
    result = decode(f"2026-03-02 14:30:00 out {text}\n")
    assert result.exit_code == 0
    assert result.output == (
        "2026-03-02 14:30:00 out  NewOrderSingle(D), FIX.4.2\n"
        "    8 BeginString FIX.4.2\n"
        "    9 BodyLength  22\n"
        "   35 MsgType     D  NewOrderSingle\n"
        "   34 MsgSeqNum   7\n"
        "   11 ClOrdID     C-1\n"
        "   54 Side        1  BUY\n"
        f"   10 CheckSum    {ORDER[-4:-1].decode()}\n"
    )


def test_json():
    """One JSON object a line."""
    result = decode(f"in {ORDER.decode()}\nout {ORDER.decode()}", "--json")
    first, second = (json.loads(line) for line in result.output.splitlines())
    assert (first["prefix"], second["prefix"]) == ("in", "out")
    assert (first["name"], first["complete"]) == ("NewOrderSingle", True)
    assert first["fields"][3] == {"tag": 34, "name": "MsgSeqNum", "value": "7", "meaning": None}


def test_from_a_file(tmp_path):
    """A file is read like standard input."""
    path = tmp_path / "fix.log"
    path.write_bytes(ORDER * 2)
    result = CliRunner().invoke(main, ["decode", str(path)])
    assert result.output.count("NewOrderSingle(D), FIX.4.2\n") == 2


def test_secrets():
    """Passwords and raw data are never shown."""
    result = decode("8=FIX.4.4|35=A|95=3|96=abc|554=swordfish|10=000|\n")
    assert "554 Password      ***" in result.output
    assert "swordfish" not in result.output
    assert "abc" not in result.output


def test_nothing_found():
    """Text without FIX is an error that says what FIX looks like."""
    result = decode("hello\n")
    assert result.exit_code == 1
    assert "no FIX message found; one starts with 8=FIX" in result.output


def test_cut_off_message():
    """A message without its end is shown as far as it goes, and the next one too."""
    result = decode("8=FIX.4.4|35=0|34=5\nother text\n8=FIX.4.4|35=0|10=000|\n")
    assert "Heartbeat(0), FIX.4.4, no CheckSum(10): cut off" in result.output
    assert result.output.count("Heartbeat(0)") == 2
    assert "other text" not in result.output


def test_many_messages_without_line_ends():
    """Messages that follow one another directly are told apart."""
    assert messages(ORDER + ORDER) == [("", ORDER, True)] * 2


def test_data_that_looks_like_a_trailer():
    """BodyLength says where a message ends, even if its data holds a CheckSum and line ends."""
    raw = encode("FIX.4.4", "B", [], [(95, b"13"), (96, b"\n\x0110=000\x01\n8=F"), (58, b"x")])
    first, _, rest = raw.partition(b"\n")
    middle, _, last = rest.partition(b"\n")
    assert messages(first + b"\n", middle + b"\n", last) == [("", raw, True)]


def test_each_message_as_soon_as_it_is_there():
    """A log that grows is decoded line by line."""

    def lines():
        yield b"a " + ORDER + b"\n"
        raise AssertionError("asked for more before giving out the first message")

    assert next(find_messages(lines())).prefix == "a"
