from pathlib import Path

import pytest

from oms_fix.fix.dictionary import FieldSpec, load_dictionary
from oms_fix.fix.errors import ConfigError

SMALL = """<fix type='FIX' major='4' minor='4' servicepack='0'>
 <header><field name='MsgSeqNum' required='Y'/></header>
 <messages>
  <message name='Order' msgtype='D' msgcat='app'>
   <component name='Parties' required='Y'/>
  </message>
 </messages>
 <trailer><field name='CheckSum' required='Y'/></trailer>
 <components>
  <component name='Parties'>
   <group name='NoPartyIDs' required='N'><field name='PartyID' required='Y'/></group>
  </component>
 </components>
 <fields>
  <field number='10' name='CheckSum' type='STRING'/>
  <field number='34' name='MsgSeqNum' type='SEQNUM'/>
  <field number='448' name='PartyID' type='STRING'/>
  <field number='453' name='NoPartyIDs' type='NUMINGROUP'/>
 </fields>
</fix>
"""


def problems_of(path):
    with pytest.raises(ConfigError) as caught:
        load_dictionary("FIX.4.4", application=path)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("begin_string", "appl_ver_id", "version", "fields", "messages"),
    [
        ("FIX.4.0", None, "FIX.4.0", 138, 27),
        ("FIX.4.1", None, "FIX.4.1", 206, 28),
        ("FIX.4.2", None, "FIX.4.2", 405, 46),
        ("FIX.4.3", None, "FIX.4.3", 635, 68),
        ("FIX.4.4", None, "FIX.4.4", 912, 93),
        ("FIXT.1.1", "7", "FIX.5.0", 1101, 101),
        ("FIXT.1.1", "8", "FIX.5.0SP1", 1373, 113),
        ("FIXT.1.1", "FIX.5.0SP2", "FIX.5.0SP2", 6028, 164),
        ("FIXT.1.1", None, "FIX.5.0SP2", 6028, 164),
    ],
)
def test_every_version_has_its_dictionary(begin_string, appl_ver_id, version, fields, messages):
    """Each FIX version is shipped; FIXT.1.1 takes its application version by number or name."""
    dictionary = load_dictionary(begin_string, appl_ver_id)

    assert dictionary.begin_string == begin_string
    assert dictionary.application_version == version
    assert (len(dictionary.fields_by_tag), len(dictionary.messages)) == (fields, messages)


def test_the_same_dictionary_is_loaded_once():
    """Sessions of one version share one dictionary."""
    assert load_dictionary("FIX.4.4") is load_dictionary("FIX.4.4", "9")
    assert load_dictionary("FIXT.1.1") is load_dictionary("FIXT.1.1", "9")


def test_a_field_has_type_and_values():
    """A field is found by tag and by name, with its enumerated values by name."""
    dictionary = load_dictionary("FIX.4.2")

    spec = dictionary.fields_by_name["ExecTransType"]

    values = {"0": "NEW", "1": "CANCEL", "2": "CORRECT", "3": "STATUS"}
    assert spec == FieldSpec(20, "ExecTransType", "CHAR", values)
    assert dictionary.fields_by_tag[20] is spec


def test_a_message_has_its_required_fields():
    """Fields are required as the version says, through components too; groups are apart."""
    assert load_dictionary("FIX.4.2").messages["D"].required == {11, 21, 55, 54, 60, 40}
    assert load_dictionary("FIX.4.4").messages["8"].required == {37, 17, 150, 39, 54, 151, 14, 6}
    order = load_dictionary("FIX.4.4").messages["D"]
    assert (order.name, order.msg_type, order.category) == ("NewOrderSingle", "D", "app")
    assert 453 in order.fields
    assert 448 not in order.fields


def test_a_group_has_its_nested_group():
    """Parties has party sub-identifiers inside each entry, each group with its first field."""
    parties = load_dictionary("FIX.4.4").messages["D"].groups[453]

    assert (parties.count_tag, parties.first_tag) == (453, 448)
    assert parties.fields == {448, 447, 452, 802}
    assert parties.groups[802].first_tag == 523
    assert parties.groups[802].fields == {523, 803}


def test_header_and_trailer_are_those_of_the_transport():
    """With FIXT.1.1 the header knows ApplVerID(1128), and the Logon comes from the transport."""
    dictionary = load_dictionary("FIXT.1.1")

    assert dictionary.header.required == {8, 9, 35, 34, 49, 52, 56}
    assert 1128 in dictionary.header.fields
    assert dictionary.header.groups[627].first_tag == 628
    assert dictionary.trailer.fields == {93, 89, 10}
    assert dictionary.messages["A"].required == {98, 108, 1137}
    assert dictionary.messages["A"].groups[384].first_tag == 372
    assert 999 in dictionary.fields_by_tag
    assert 999 not in dictionary.transport_tags


def test_data_fields_are_paired_with_their_lengths():
    """The codec is told which length announces which data field."""
    assert load_dictionary("FIX.4.0").data_tags == {90: 91, 93: 89, 95: 96}
    pairs = load_dictionary("FIXT.1.1").data_tags
    assert {length: pairs[length] for length in (212, 354, 1184, 1401)} == {
        212: 213,
        354: 355,
        1184: 1185,
        1401: 1402,
    }


def test_a_dictionary_of_ones_own_is_read(tmp_path):
    """A session may name its own dictionary."""
    path = tmp_path / "own.xml"
    path.write_text(SMALL)

    dictionary = load_dictionary("FIX.4.4", application=path)

    assert dictionary.messages["D"].groups[453].required == {448}
    assert dictionary.messages["D"].fields == {453}
    assert dictionary.messages["D"].required == set()


@pytest.mark.parametrize(
    ("wrong", "right", "expected"),
    [
        ("<messages>", "<messages", ":4: is no well-formed XML: not well-formed (invalid token)"),
        ("minor='4'", "minor='2'", ":1: is the dictionary of FIX.4.2; FIX.4.4 is wanted"),
        (
            "field name='PartyID'",
            "field name='PartyId'",
            ":11: <field> PartyId: no such field is defined",
        ),
        (
            "<component name='Parties' required",
            "<component name='Party' required",
            ":5: component Party is not defined",
        ),
        ("number='448'", "number='x'", ":17: number 'x' of field PartyID is no positive integer"),
        ("number='448'", "number='34'", ":17: field PartyID (34) is defined twice"),
        (" type='SEQNUM'", "", ":16: <field> without attribute type"),
        (
            "<field name='PartyID' required='Y'/></group>",
            "</group>",
            ":11: group NoPartyIDs has no fields",
        ),
        (
            "<field name='PartyID' required='Y'/></group>",
            "<component name='Parties'/><field name='PartyID'/></group>",
            ":11: component Parties contains itself",
        ),
    ],
)
def test_what_is_wrong_in_a_dictionary_is_named_by_file_and_line(tmp_path, wrong, right, expected):
    """A broken dictionary is refused, with the place of the fault."""
    path = tmp_path / "own.xml"
    path.write_text(SMALL.replace(wrong, right))

    assert f"{path}{expected}" in problems_of(path)


def test_a_missing_dictionary_is_named(tmp_path):
    """A dictionary that is not there is refused by name."""
    path = tmp_path / "none.xml"

    assert problems_of(path) == [f"{path}: cannot be read: No such file or directory"]


def test_an_unknown_version_is_refused():
    """A version that does not exist is refused, with those that do."""
    with pytest.raises(ConfigError, match=r"FIX\.4\.5: no such FIX version; allowed: FIX\.4\.0, "):
        load_dictionary("FIX.4.5")


def test_shipped_dictionaries_name_their_source():
    """Each shipped file says where it comes from and where the licence stands."""
    folder = Path(__file__).parents[3] / "spec" / "dictionaries"

    paths = sorted(folder.glob("*.xml"))

    assert len(paths) == 9
    for path in paths:
        head = path.read_text(encoding="utf-8")[:500]
        assert f"Source: {path.name} of QuickFIX" in head
        assert "see NOTICE" in head
