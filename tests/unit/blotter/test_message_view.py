import pytest

from oms_fix.blotter.message_view import FieldView, split, view


def soh(text):
    return text.replace("|", "\x01").encode()


def test_fields_by_name_and_meaning():
    """Fields are shown in wire order with their names, enumerated values with their meaning."""
    seen = view(soh("8=FIX.4.4|9=5|35=D|54=1|9999=x|10=000|"))
    assert (seen.version, seen.msg_type, seen.name) == ("FIX.4.4", "D", "NewOrderSingle")
    assert seen.fields == [
        FieldView(8, "BeginString", "FIX.4.4", None),
        FieldView(9, "BodyLength", "5", None),
        FieldView(35, "MsgType", "D", "NewOrderSingle"),
        FieldView(54, "Side", "1", "BUY"),
        FieldView(9999, "", "x", None),
        FieldView(10, "CheckSum", "000", None),
    ]


@pytest.mark.parametrize(
    ("raw", "version"),
    [
        ("8=FIX.4.0|35=0|", "FIX.4.0"),
        ("8=FIXT.1.1|35=0|", "FIX.5.0SP2"),
        ("8=FIXT.1.1|35=A|1137=7|", "FIX.5.0"),
        ("8=FIXT.1.1|35=D|1128=nonsense|", "FIX.5.0SP2"),
        ("8=FIX.9.9|35=0|", "FIX.4.4"),
        ("nothing", "FIX.4.4"),
    ],
)
def test_version(raw, version):
    """The dictionary is that of BeginString and ApplVerID, or else one that comes close."""
    assert view(soh(raw)).version == version


def test_secrets_are_masked():
    """Password and RawData are shown nowhere, nor what is left of data with a wrong length."""
    seen = view(soh("8=FIX.4.4|35=A|554=hidden|95=3|96=secret|more secret|108=30|"))
    assert "hidden" not in seen.raw
    assert "secret" not in seen.raw
    assert seen.raw.endswith("554=***|95=3|96=***|***|108=30|")
    assert all("secret" not in field.value for field in seen.fields)


def test_data_may_hold_separators():
    """A data field is as long as the field before it says."""
    assert split(soh("95=3|96=a|b|108=30|"), {95: 96}) == [
        (95, b"3"),
        (96, b"a\x01b"),
        (108, b"30"),
    ]
