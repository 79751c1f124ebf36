import sys
from itertools import permutations

import pytest

from oms_fix.fix.dictionary import load_dictionary
from oms_fix.fix.formats import format_check
from oms_fix.fix.message import Message
from oms_fix.fix.validation import Fault, ValidationOptions, Validator, read_group

TIME = "20240102-10:11:12.123"
HEADER = f"34=2|49=TW|52={TIME}|56=ISLD|"
ORDER = f"{HEADER}11=ID|21=1|40=1|54=1|38=200.00|55=INTC|60={TIME}|"
PARTIES = "453=2|448=A|447=D|452=1|802=1|523=S|803=1|448=B|447=D|452=3|"

FIX42 = ("FIX.4.2", None)
FIX44 = ("FIX.4.4", None)
FIX50SP2 = ("FIXT.1.1", "9")

OWN_DICTIONARY = """<fix type='FIX' major='4' minor='4' servicepack='0'>
 <header><field name='MsgSeqNum' required='Y'/></header>
 <messages>
  <message name='Order' msgtype='D' msgcat='app'>
   <field name='Side' required='Y'/>
   <group name='NoAllocs' required='N'>
    <field name='AllocAccount' required='Y'/>
    <field name='Side' required='N'/>
   </group>
  </message>
 </messages>
 <trailer/>
 <fields>
  <field number='34' name='MsgSeqNum' type='SEQNUM'/>
  <field number='54' name='Side' type='CHAR'/>
  <field number='78' name='NoAllocs' type='NUMINGROUP'/>
  <field number='79' name='AllocAccount' type='STRING'/>
 </fields>
</fix>
"""

INVALID_TAG = (0, "Invalid tag number")
MISSING = (1, "Required tag missing")
NOT_OF_MESSAGE = (2, "Tag not defined for this message type")
NO_VALUE = (4, "Tag specified without a value")
INCORRECT = (5, "Value is incorrect (out of range) for this tag")
FORMAT = (6, "Incorrect data format for value")
MSG_TYPE = (11, "Invalid MsgType")
REPEATED = (13, "Tag appears more than once")
OUT_OF_ORDER = (14, "Tag specified out of required order")
GROUP_ORDER = (15, "Repeating group fields out of order")
GROUP_COUNT = (16, "Incorrect NumInGroup count for repeating group")


def message(msg_type, text):
    pairs = (field.split("=", 1) for field in text.split("|") if field)
    return Message(msg_type, [(int(tag), value.encode()) for tag, value in pairs])


def check(version, msg_type, text, **options):
    validator = Validator(load_dictionary(*version), ValidationOptions(**options))
    return validator.check(message(msg_type, text))


def fault(reason, ref_tag):
    return Fault(reason[0], ref_tag, reason[1])


@pytest.mark.parametrize("version", [FIX42, FIX44, FIX50SP2])
@pytest.mark.parametrize(
    ("msg_type", "text"),
    [
        ("0", HEADER),
        ("0", HEADER + "112=T|"),
        ("D", ORDER),
        ("D", f"49=TW|34=3|56=ISLD|52={TIME}|40=1|55=MSFT|60={TIME}|54=1|21=3|11=id|"),
        ("D", ORDER + "18=1 G|"),
        ("D", ORDER + "93=3|89=abc|"),
        ("D", ORDER + "386=0|"),
        ("D", ORDER + "78=2|79=A|80=1|79=B|80=2|44=1.5|"),
        ("D", ORDER + "207=N|1=ACC|15=USD|200=202401|126=20240102-10:11:12|"),
    ],
)
def test_a_good_message_passes(version, msg_type, text):
    """What keeps to the dictionary passes, in any order within header, body and trailer."""
    assert check(version, msg_type, text) is None


@pytest.mark.parametrize("version", [FIX42, FIX44, FIX50SP2])
@pytest.mark.parametrize(
    ("msg_type", "text", "reason", "ref_tag"),
    [
        ("0", HEADER + "999=HI|", INVALID_TAG, 999),
        ("0", HEADER + "0=HI|", INVALID_TAG, 0),
        ("0", HEADER + "-1=HI|", INVALID_TAG, -1),
        ("0", HEADER + "5000=HI|", INVALID_TAG, 5000),
        ("0", f"34=2|49=TW|52={TIME}|", MISSING, 56),
        ("D", HEADER + f"40=1|60={TIME}|54=1|21=3|", MISSING, 11),
        ("D", f"34=2|49=TW|52={TIME}|11=ID|40=1|54=1|", MISSING, 56),
        ("0", HEADER + "58=Text|", NOT_OF_MESSAGE, 58),
        ("0", f"34=2|49=TW|52={TIME}|56=|", NO_VALUE, 56),
        ("D", ORDER + "1=|", NO_VALUE, 1),
        ("D", ORDER.replace("21=1", "21=4"), INCORRECT, 21),
        ("D", ORDER.replace("40=1", "40=w"), INCORRECT, 40),
        ("D", ORDER + "167=BOO|", INCORRECT, 167),
        ("D", ORDER + "18=1 ?|", INCORRECT, 18),
        ("D", ORDER.replace("38=200.00", "38=+200.00"), FORMAT, 38),
        ("D", ORDER.replace("40=1", "40=limit"), FORMAT, 40),
        ("*", HEADER, MSG_TYPE, None),
        ("D", ORDER.replace("40=1|", "40=1|40=2|"), REPEATED, 40),
        ("D", ORDER + "35=D|", OUT_OF_ORDER, 35),
        ("D", HEADER + "35=D|" + ORDER.removeprefix(HEADER), REPEATED, 35),
        ("D", f"11=id|21=3|40=1|54=1|55=MSFT|60={TIME}|{HEADER}", OUT_OF_ORDER, 34),
        ("D", f"55=MSFT|{HEADER}11=id|21=3|40=1|54=1|60={TIME}|", OUT_OF_ORDER, 34),
        ("D", ORDER + "93=3|89=abc|58=x|", OUT_OF_ORDER, 58),
        ("D", ORDER + "386=3|336=1|336=2|", GROUP_COUNT, 386),
        ("D", ORDER + "386=3|336=PRE-OPEN|336=AFTER-HOURS|58=x|", GROUP_COUNT, 386),
        ("D", ORDER + "386=0|336=1|", GROUP_COUNT, 386),
        ("D", ORDER + "386=9999999|336=1|", GROUP_COUNT, 386),
        ("D", ORDER + "386=x|336=1|", FORMAT, 386),
        ("D", ORDER + "78=1|80=5|79=A|", GROUP_ORDER, 80),
        ("D", ORDER + "78=1|79=A|80=5|80=6|", REPEATED, 80),
        ("D", ORDER + "78=1|79=A|80=x|", FORMAT, 80),
        ("D", ORDER + "78=1|79=A|80=|", NO_VALUE, 80),
        ("D", ORDER + "78=2|79=A|37=x|79=B|", NOT_OF_MESSAGE, 37),
    ],
)
def test_a_fault_is_named_by_reason_and_tag(version, msg_type, text, reason, ref_tag):
    """Each fault has its SessionRejectReason(373), RefTagID(371) and Text(58)."""
    assert check(version, msg_type, text) == fault(reason, ref_tag)


@pytest.mark.parametrize(
    ("text", "reason", "ref_tag"),
    [
        (f"55=x|34=2|49=TW|52={TIME}|40=w|", OUT_OF_ORDER, 34),
        (HEADER + f"40=w|54=1|60={TIME}|", MISSING, 11),
        (ORDER.replace("40=1|", "40=1|40=|"), REPEATED, 40),
        (ORDER.replace("40=1|", "40=w|").replace("54=1|", "54=|"), INCORRECT, 40),
        (ORDER + "453=3|448=A|447=?|448=B|", GROUP_COUNT, 453),
        (ORDER + "78=2|79=A|80=5|661=X|79=B|80=6|661=X|", GROUP_ORDER, 661),
        (ORDER + "78=3|79=A|661=X|80=5|79=B|80=6|661=1|", GROUP_ORDER, 661),
        (ORDER + "78=1|79=A|80=5|661=1|80=6|", GROUP_ORDER, 661),
    ],
)
def test_the_first_fault_in_order_of_precedence_is_named(text, reason, ref_tag):
    """Of several faults structure comes first, then missing fields, then the wire's order."""
    assert check(FIX44, "D", text) == fault(reason, ref_tag)


@pytest.mark.parametrize("version", [FIX44, FIX50SP2])
@pytest.mark.parametrize(
    ("parties", "expected"),
    [
        (PARTIES, None),
        (PARTIES + "44=1.5|", None),
        (PARTIES.replace("453=2", "453=1"), fault(GROUP_COUNT, 453)),
        (PARTIES.replace("802=1", "802=2"), fault(GROUP_COUNT, 802)),
        (PARTIES.replace("523=S|", ""), fault(GROUP_ORDER, 803)),
        (PARTIES.replace("447=D|452=3|", "452=3|447=D|"), fault(GROUP_ORDER, 447)),
        (PARTIES.replace("803=1", "803=x"), fault(FORMAT, 803)),
        (PARTIES.replace("452=3|", "452=3|5001=x|447=D|"), fault(INVALID_TAG, 5001)),
    ],
)
def test_groups_inside_groups_are_looked_at(version, parties, expected):
    """Nested groups have counts, first fields and values of their own."""
    assert check(version, "D", ORDER + parties) == expected


ALLOCATION = HEADER.replace(".123", "") + "70=1|71=0|73=1|11=A|54=1|55=X|53=5|6=1|75=20240102|"


@pytest.mark.parametrize(
    ("version", "msg_type", "good", "bad", "ref_tag"),
    [
        (("FIX.4.0", None), "J", ALLOCATION + "78=1|79=A|80=5|81=0|", "78=1|79=A|81=0|80=5|", 80),
        (("FIX.4.1", None), "J", ALLOCATION + "78=1|79=A|80=5|81=0|", "78=1|79=A|81=0|80=5|", 80),
        (FIX42, "J", ALLOCATION + "78=1|79=A|366=1|80=5|", "78=1|79=A|80=5|366=1|", 366),
        (("FIX.4.3", None), "D", ORDER + "78=1|79=A|467=x|80=5|", "78=1|79=A|80=5|467=x|", 467),
        (FIX44, "D", ORDER + "78=1|79=A|661=1|80=5|", "78=1|79=A|80=5|661=1|", 661),
        (("FIXT.1.1", "7"), "D", ORDER + "78=1|79=A|661=1|80=5|", "78=1|79=A|80=5|661=1|", 661),
        (("FIXT.1.1", "8"), "D", ORDER + "78=1|79=A|661=1|80=5|", "78=1|79=A|80=5|661=1|", 661),
        (FIX50SP2, "D", ORDER + "78=1|79=A|661=1|80=5|", "78=1|79=A|80=5|661=1|", 661),
    ],
)
def test_the_members_of_a_group_come_in_the_order_of_the_dictionary(
    version, msg_type, good, bad, ref_tag
):
    """In every version; the first one that stands behind a later one is named."""
    before = good[: good.index("78=1|")]

    assert check(version, msg_type, good) is None
    assert check(version, msg_type, before + bad) == fault(GROUP_ORDER, ref_tag)


def test_a_field_that_the_body_needs_must_stand_in_the_body(tmp_path):
    """A required field that is found only inside a group is missing."""
    path = tmp_path / "own.xml"
    path.write_text(OWN_DICTIONARY)
    dictionary = load_dictionary("FIX.4.4", application=path)
    validator = Validator(dictionary, ValidationOptions())

    assert validator.check(message("D", "34=2|54=1|78=1|79=A|54=1|")) is None
    assert validator.check(message("D", "34=2|78=1|79=A|54=1|")) == fault(MISSING, 54)


def test_an_entry_lacking_a_required_field_is_named():
    """A field that every entry needs is missed in the entry that lacks it."""
    orders = f"{HEADER}66=L|394=1|68=2|73=2|11=A|67=1|55=A|54=1|11=B|67=2|55=B|54=1|"

    assert check(FIX44, "E", orders) is None
    assert check(FIX44, "E", orders.replace("67=1|", "")) == fault(MISSING, 67)
    assert check(FIX44, "E", orders.replace("67=2|", "")) == fault(MISSING, 67)


def test_administrative_messages_know_the_tags_of_the_transport_only():
    """With FIXT.1.1 a tag of the application is unknown in a Heartbeat(0), not misplaced."""
    assert check(FIX50SP2, "0", HEADER + "38=1|") == fault(INVALID_TAG, 38)
    assert check(FIX44, "0", HEADER + "38=1|") == fault(NOT_OF_MESSAGE, 38)


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("55=x|" + ORDER.replace("55=INTC|", ""), "validate_fields_out_of_order"),
        (ORDER + "1=|", "validate_fields_have_values"),
        (ORDER + "5001=x|", "validate_user_defined_fields"),
        (ORDER + "453=2|448=A|5001=x|447=D|448=B|", "validate_user_defined_fields"),
        (ORDER.replace("40=1", "40=w"), "check_enumerations"),
        (ORDER + "453=1|448=A|452=3|447=D|", "validate_unordered_group_fields"),
    ],
)
def test_a_check_can_be_left_out(text, option):
    """A tolerant setting lets pass what the strict one rejects."""
    assert check(FIX44, "D", text) is not None
    assert check(FIX44, "D", text, **{option: False}) is None


def test_unknown_fields_can_be_allowed():
    """AllowUnknownMsgFields lets pass tags below 5000; those above have their own setting."""
    assert check(FIX44, "D", ORDER + "999=x|37=y|", allow_unknown_msg_fields=True) is None
    strict = check(FIX44, "D", ORDER + "5001=x|", allow_unknown_msg_fields=True)
    assert strict == fault(INVALID_TAG, 5001)


@pytest.mark.parametrize(
    ("field_type", "good", "bad"),
    [
        ("INT", ["0", "12", "-12", "007"], ["+1", "1.0", "-", "x", "1 "]),
        ("LENGTH", ["0", "12"], ["-1", "+1", "x"]),
        ("SEQNUM", ["0", "12"], ["-1"]),
        ("NUMINGROUP", ["0", "12"], ["-1"]),
        (
            "PRICE",
            ["1", "-1.5", ".5", "5.", "00.10"],
            ["+1", "1e3", ".", "-", "1.2.3", "1,5", "--1"],
        ),
        ("QTY", ["1", "1.5"], ["x", "1_0"]),
        ("CHAR", ["1", "x"], ["10"]),
        ("BOOLEAN", ["Y", "N"], ["y", "1", "YN"]),
        ("DAYOFMONTH", ["1", "31", "09"], ["0", "32", "001", "x"]),
        ("LOCALMKTDATE", ["20240229", "20231231"], ["20230229", "20241301", "20240431", "2024"]),
        ("UTCTIMEONLY", ["10:11:12", "23:59:60", "10:11:12.123456789"], ["24:00:00", "10:60:00"]),
        ("UTCTIMEONLY", ["10:11:12.1"], ["10:11:12.", "10:11:12.1234567890", "10:11", "1a:11:12"]),
        (
            "UTCTIMESTAMP",
            ["20240102-10:11:12", "20240102-10:11:12.123", "20240102-10:11:12.123456789"],
            ["20240102", "20240102 10:11:12", "20240102-10:11:61", "20240230-10:11:12", "now"],
        ),
        (
            "MONTHYEAR",
            ["202401", "20240131", "202401w1", "202401w5"],
            ["202413", "20240132", "202401w6", "2024", "w1"],
        ),
        (
            "TZTIMEONLY",
            ["07:39Z", "02:39-05", "15:39+08", "13:09+05:30", "13:09:10.5Z", "13:09"],
            ["25:00Z", "07:39+", "07:39+5", "07Z", "07:39+25", "07:39ZZ"],
        ),
        ("TZTIMESTAMP", ["20060901-07:39Z", "20060901-13:09+05:30"], ["20060901", "07:39Z"]),
        ("LOCALMKTTIME", ["10:11:12"], ["10.11"]),
        ("CURRENCY", ["USD", "GBp"], ["US", "USDX", "U5D"]),
        ("COUNTRY", ["US"], ["USA", "1"]),
    ],
)
def test_a_value_has_the_format_of_its_type(field_type, good, bad):
    """Each data type takes what FIX says it is, and nothing else."""
    is_right = format_check(field_type, "FIX.4.4")

    assert [value for value in good if not is_right(value.encode())] == []
    assert [value for value in bad if is_right(value.encode())] == []


@pytest.mark.parametrize("field_type", ["STRING", "DATA", "EXCHANGE", "XMLDATA"])
def test_text_and_data_have_no_format(field_type):
    """Any bytes will do for strings and data."""
    assert format_check(field_type, "FIX.4.4") is None


def test_early_versions_have_long_chars_and_no_fractions():
    """Up to FIX 4.1 a CHAR is a string, and a timestamp ends with its seconds."""
    assert format_check("CHAR", "FIX.4.1") is None
    timestamp = format_check("TIME", "FIX.4.1")
    assert timestamp(b"20240102-10:11:12")
    assert not timestamp(b"20240102-10:11:12.123")


def test_a_group_is_read_entry_by_entry():
    """Entries come with their fields, those of nested groups included, and end with the group."""
    group = load_dictionary("FIX.4.4").messages["D"].groups[453]

    entries = read_group(message("D", ORDER + PARTIES + "5001=x|44=1|"), group)

    assert entries == [
        [(448, b"A"), (447, b"D"), (452, b"1"), (802, b"1"), (523, b"S"), (803, b"1")],
        [(448, b"B"), (447, b"D"), (452, b"3"), (5001, b"x")],
    ]
    assert read_group(entries[0], group.groups[802]) == [[(523, b"S"), (803, b"1")]]


def test_a_group_that_is_not_there_has_no_entries():
    """Absent and empty groups read the same."""
    group = load_dictionary("FIX.4.4").messages["D"].groups[453]

    assert read_group(message("D", ORDER), group) == []
    assert read_group(message("D", ORDER + "453=0|44=1|"), group) == []


@pytest.mark.parametrize("version", [("FIX.4.3", None), FIX44, FIX50SP2])
def test_a_group_in_the_header_belongs_to_it(version):
    """NoHops(627) and its members stand before the body, from FIX 4.3 on."""
    hops = f"627=1|628=HUB|629={TIME}|630=7|"
    heartbeat = f"34=2|49=TW|52={TIME}|56=ISLD|{hops}112=x|"

    assert check(version, "0", heartbeat) is None
    late = check(version, "0", f"34=2|49=TW|52={TIME}|56=ISLD|112=x|{hops}")
    assert late == Fault(14, 627, OUT_OF_ORDER[1])


def test_the_memory_for_layouts_is_bounded():
    """A peer may shuffle its fields as it likes: all pass, and only some layouts are kept."""
    validator = Validator(load_dictionary("FIX.4.4"), ValidationOptions())
    body = message("D", ORDER).fields[4:]
    orders = [[*message("0", HEADER).fields, *some] for some in permutations(body)]
    first, later = orders[:1_000], orders[1_000:]
    assert all(validator.check(Message("D", fields)) is None for fields in first)
    before = sys.getallocatedblocks()

    assert all(validator.check(Message("D", fields)) is None for fields in later)

    assert len(later) > 1_000
    assert sys.getallocatedblocks() - before < 50


def test_sessions_of_one_dictionary_tell_apart_what_they_have_seen():
    """What is made of a dictionary is made once for all; what one lets pass is its own."""
    dictionary = load_dictionary("FIX.4.4")
    options = ValidationOptions(allow_unknown_msg_fields=True)
    one, other = Validator(dictionary, options), Validator(dictionary, options)

    assert one.check(message("D", ORDER + "999=x|")) is None
    assert (dict(one.tolerated), dict(other.tolerated)) == ({("D", 999): 1}, {})
