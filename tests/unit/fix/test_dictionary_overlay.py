"""Overlays: what is different in the dictionary of one counterparty."""

import pytest

from oms_fix.fix import ConfigError, Message, load_settings
from oms_fix.fix.dictionary import load_dictionary
from oms_fix.fix.dictionary_overlay import overlaid
from oms_fix.fix.validation import ValidationOptions, Validator

HEADER = [(49, b"PEER"), (56, b"OMSFIX"), (34, b"2"), (52, b"20260105-12:00:00.000")]
INSTRUMENT = [(55, b"IBM"), (54, b"1")]
ORDER = [*HEADER, (11, b"a"), *INSTRUMENT, (60, b"20260105-12:00:00"), (38, b"5"), (40, b"1")]
REPORT = [
    *HEADER,
    (37, b"V1"),
    (17, b"E1"),
    (150, b"0"),
    (39, b"0"),
    *INSTRUMENT,
    (151, b"5"),
    (14, b"0"),
]
HOUSE = '<field number="6001" name="HouseID" type="INT"/>'


@pytest.fixture
def overlay(tmp_path):
    """Return a dictionary with an overlay of these messages and fields."""

    def overlay(messages="", fields=HOUSE, version="FIX.4.4", extra=""):
        path = tmp_path / "peer.xml"
        path.write_text(
            f"<fix>\n<messages>\n{messages}\n</messages>\n<fields>\n{fields}\n</fields>\n{extra}</fix>"
        )
        return overlaid(load_dictionary(version), path)

    return overlay


@pytest.fixture
def problems(overlay):
    """Return what is wrong with an overlay, as ``line: text``."""

    def problems(messages="", fields="", extra=""):
        with pytest.raises(ConfigError) as caught:
            overlay(messages, fields, extra=extra)
        found = caught.value.problems
        assert all(problem.path.endswith("peer.xml") for problem in found)
        return [f"{problem.line}: {problem.text}" for problem in found]

    return problems


def fault(dictionary, msg_type, fields):
    """Return SessionRejectReason(373) and RefTagID(371) of a message, or None."""
    found = Validator(dictionary, ValidationOptions()).check(Message(msg_type, fields))
    return None if found is None else (found.reason, found.ref_tag)


def test_the_dictionary_below_stays_as_it_is(overlay):
    """Other sessions of the same version see nothing of an overlay."""
    overlay('<message name="NewOrderSingle"><field name="HouseID" required="Y"/></message>')
    assert fault(load_dictionary("FIX.4.4"), "D", ORDER) is None
    assert fault(load_dictionary("FIX.4.4"), "D", [*ORDER, (6001, b"1")]) == (0, 6001)


def test_a_field_is_added_to_a_message(overlay):
    """It may be there, in this message alone, with its type."""
    dictionary = overlay('<message name="NewOrderSingle"><field name="HouseID"/></message>')
    assert fault(dictionary, "D", ORDER) is None
    assert fault(dictionary, "D", [*ORDER, (6001, b"1")]) is None
    assert fault(dictionary, "D", [*ORDER, (6001, b"x")]) == (6, 6001)
    assert fault(dictionary, "8", [*REPORT, (6, b"0"), (6001, b"1")]) == (2, 6001)


def test_a_field_becomes_required(overlay):
    """required=Y demands it."""
    dictionary = overlay(
        '<message name="NewOrderSingle"><field name="HouseID" required="Y"/></message>'
    )
    assert fault(dictionary, "D", ORDER) == (1, 6001)


def test_a_required_field_becomes_optional(overlay):
    """A report without AvgPx(6) is good where the counterparty never sends it."""
    assert fault(load_dictionary("FIX.4.4"), "8", REPORT) == (1, 6)
    dictionary = overlay(
        '<message name="ExecutionReport"><field name="AvgPx" required="N"/></message>'
    )
    assert fault(dictionary, "8", REPORT) is None


def test_a_field_is_added_to_a_group(overlay):
    """Also to a group inside a group."""
    group = (
        '<message name="NewOrderSingle"><group name="NoPartyIDs"><field name="HouseID"/>'
        '<group name="NoPartySubIDs"><field name="HouseID"/></group></group></message>'
    )
    parties = [(453, b"1"), (448, b"p"), (447, b"D"), (452, b"1"), (6001, b"1")]
    nested = [(802, b"1"), (523, b"s"), (803, b"1"), (6001, b"2")]
    dictionary = overlay(group)
    assert fault(dictionary, "D", [*ORDER, *parties, *nested]) is None
    assert fault(dictionary, "D", [*ORDER, (6001, b"1")]) == (2, 6001)


def test_a_field_that_is_added_to_a_group_may_stand_anywhere_in_it(overlay):
    """An overlay does not say where; the others keep to the order of the dictionary."""
    group = '<group name="NoPartyIDs"><field name="HouseID"/></group>'
    dictionary = overlay(f'<message name="NewOrderSingle">{group}</message>')
    count, first, source, role = (453, b"1"), (448, b"p"), (447, b"D"), (452, b"1")
    house = (6001, b"1")
    for entry in ([first, house, source, role], [first, source, role, house]):
        assert fault(dictionary, "D", [*ORDER, count, *entry]) is None
    wrong = [first, role, house, source]
    assert fault(dictionary, "D", [*ORDER, count, *wrong]) == (15, 447)


def test_a_group_of_the_counterparty(overlay):
    """A new group has its entries begin with its first field."""
    fields = HOUSE + '<field number="6000" name="NoHouses" type="NUMINGROUP"/>'
    group = '<group name="NoHouses"><field name="HouseID"/><field name="Text"/></group>'
    dictionary = overlay(f'<message name="NewOrderSingle">{group}</message>', fields)
    entries = [(6001, b"1"), (58, b"one"), (6001, b"2")]
    assert fault(dictionary, "D", [*ORDER, (6000, b"2"), *entries]) is None
    assert fault(dictionary, "D", [*ORDER, (6000, b"3"), *entries]) == (16, 6000)


def test_values_are_added_to_an_enumeration(overlay):
    """The values that were there stay."""
    values = '<field name="OrdStatus"><value enum="Z" description="PARKED"/></field>'
    dictionary = overlay("", values)
    parked = [(tag, b"Z" if tag == 39 else value) for tag, value in [*REPORT, (6, b"0")]]
    assert fault(dictionary, "8", parked) is None
    assert fault(dictionary, "8", [*REPORT, (6, b"0")]) is None
    assert dictionary.fields_by_tag[39].values["Z"] == "PARKED"


def test_a_message_of_the_counterparty(overlay):
    """A new message is an application message unless it says otherwise."""
    dictionary = overlay(
        '<message name="HouseNotice" msgtype="U1"><field name="HouseID" required="Y"/></message>'
    )
    assert dictionary.messages["U1"].category == "app"
    assert fault(dictionary, "U1", [*HEADER, (6001, b"1")]) is None
    assert fault(dictionary, "U1", HEADER) == (1, 6001)


def test_a_field_of_the_header(overlay):
    """It may stand before the body of every message, and not after."""
    dictionary = overlay(extra='<header><field name="HouseID"/></header>')
    with_house = [*HEADER, (6001, b"1"), *ORDER[len(HEADER) :]]
    assert fault(dictionary, "D", with_house) is None
    assert fault(dictionary, "D", [*ORDER, (6001, b"1")]) == (14, 6001)


def test_a_field_of_the_logon_with_fixt(overlay):
    """With FIXT.1.1 a field in a session message is one that the transport knows."""
    message = '<message name="Logon"><field name="HouseID"/></message>'
    dictionary = overlay(message, version="FIXT.1.1")
    logon = [*HEADER, (98, b"0"), (108, b"30"), (1137, b"9"), (6001, b"1")]
    assert fault(dictionary, "A", logon) is None
    assert fault(dictionary, "0", [*HEADER, (6001, b"1")]) == (2, 6001)


def test_a_data_field_is_read_by_its_length(overlay):
    """The length field before a new data field says how long it is."""
    fields = (
        '<field number="6100" name="BlobLen" type="LENGTH"/>'
        '<field number="6101" name="Blob" type="DATA"/>'
    )
    assert overlay("", fields).data_tags[6100] == 6101


@pytest.mark.parametrize(
    ("messages", "fields", "expected"),
    [
        (
            '<message name="NewOrderSingel"/>',
            "",
            "3: no message NewOrderSingel; did you mean NewOrderSingle?; a new one needs msgtype",
        ),
        (
            '<message name="Notice" msgtype="8"/>',
            "",
            "3: msgtype 8 is that of ExecutionReport already",
        ),
        ('<message name="Logon" msgtype="B"/>', "", "3: Logon has msgtype A"),
        (
            '<message name="Notice" msgtype="U1" msgcat="other"/>',
            "",
            "3: msgcat=other: not allowed; app or admin",
        ),
        (
            '<message name="Logon">\n<field name="Txet"/></message>',
            "",
            "4: no field Txet; did you mean Text?",
        ),
        (
            '<message name="Logon"><field name="Text" required="maybe"/></message>',
            "",
            "3: required=maybe: not allowed; Y or N",
        ),
        (
            '<message name="Logon"><component name="Parties"/></message>',
            "",
            "3: <component> in a message of an overlay; <field> or <group>",
        ),
        (
            '<message name="Logon"><group name="NoPartyIDs"/></message>',
            "",
            "3: group NoPartyIDs has no fields",
        ),
        ("<field/>", "", "3: <field> among messages; <message name=...>"),
        (
            "",
            '<field name="OrdStatsu"/>',
            "6: no field OrdStatsu; did you mean OrdStatus?; a new one needs number and type",
        ),
        (
            "",
            '<field name="HouseID" number="0" type="INT"/>',
            "6: new field HouseID needs a number above 0 and a type",
        ),
        (
            "",
            '<field name="HouseID" number="44" type="INT"/>',
            "6: number 44 is that of Price already",
        ),
        (
            "",
            '<field name="Price" number="45" type="PRICE"/>',
            "6: Price has number 44 and type PRICE; an overlay can only add values to it",
        ),
        (
            "",
            '<field name="Text"><value enum="1" description="ONE"/></field>',
            "6: Text may have any value already",
        ),
        (
            "",
            '<field name="OrdStatus"><value description="PARKED"/></field>',
            "6: <value> in a field; <value enum=... description=...>",
        ),
        ("", "<value/>", "6: <value> among fields; <field name=... number=... type=...>"),
    ],
)
def test_mistakes_have_a_line(problems, messages, fields, expected):
    """Each mistake is reported with its line, and with what is allowed or meant."""
    assert problems(messages, fields) == [expected]


def test_all_mistakes_are_reported_in_the_order_of_the_file(problems):
    """Not the first alone; an unknown section is one too."""
    found = problems('<message name="X"/>', '<field name="Y"/>', extra="<components/>\n")
    assert [problem.partition(":")[0] for problem in found] == ["3", "6", "8"]
    assert found[2] == "8: unknown section <components>; header, trailer, messages, fields"


def test_settings_name_the_overlay(tmp_path):
    """DataDictionaryOverlay is applied on the dictionary of the session."""
    (tmp_path / "peer.xml").write_text(f"<fix><fields>{HOUSE}</fields></fix>")
    path = tmp_path / "clients.cfg"
    path.write_text(
        "[SESSION]\nConnectionType=acceptor\nBeginString=FIX.4.4\nSenderCompID=OMSFIX\n"
        "TargetCompID=PEER\nSocketAcceptPort=9876\nDataDictionaryOverlay=peer.xml\n"
    )
    (settings,) = load_settings(path)
    assert settings.load_dictionary().fields_by_name["HouseID"].tag == 6001


def test_a_wrong_overlay_is_a_problem_of_the_settings(tmp_path):
    """It is reported when settings are read, by the overlay's own file and line."""
    overlay = tmp_path / "peer.xml"
    overlay.write_text("<fix>\n<fields>\n<field name='HouseID'/></fields></fix>")
    path = tmp_path / "clients.cfg"
    path.write_text(
        "[SESSION]\nConnectionType=acceptor\nBeginString=FIX.4.4\nSenderCompID=OMSFIX\n"
        "TargetCompID=PEER\nSocketAcceptPort=9876\nDataDictionaryOverlay=peer.xml\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert [str(problem).partition(" ")[0] for problem in caught.value.problems] == [
        f"{overlay}:3:"
    ]


def test_an_overlay_is_read_again_when_it_has_changed(tmp_path):
    """And not before: all that is made of a dictionary is made once for all its sessions."""
    path = tmp_path / "overlay.xml"
    overlay = "<overlay><fields><field name='{}' number='5555' type='STRING'/></fields></overlay>"
    path.write_text(overlay.format("Old"))
    dictionary = load_dictionary("FIX.4.4")
    first = overlaid(dictionary, path)
    assert overlaid(dictionary, path) is first
    path.write_text(overlay.format("Newer"))
    assert overlaid(dictionary, path).fields_by_tag[5555].name == "Newer"
