import pytest

from oms_fix.settings.security_ids import problem_with_security_id


@pytest.mark.parametrize(
    ("security_id", "source"),
    [
        ("US0378331005", "4"),  # Apple, equity
        ("GB00BH4HKS39", "4"),  # Vodafone, equity
        ("037833100", "1"),  # Apple, equity
        ("92343VCK8", "1"),  # Verizon, bond
        ("91282CJZ5", "1"),  # US Treasury note
        ("0540528", "2"),  # HSBC, equity
        ("BH4HKS3", "2"),  # Vodafone, equity
        ("", ""),
    ],
)
def test_real_identifiers_pass(security_id, source):
    """Check digits of identifiers that are in use are right."""
    assert problem_with_security_id(security_id, source) is None


@pytest.mark.parametrize(
    ("security_id", "source", "expected"),
    [
        (
            "US0378331006",
            "4",
            "security_id 'US0378331006' has a wrong ISIN check digit; allowed: 5",
        ),
        ("037833101", "1", "security_id '037833101' has a wrong CUSIP check digit; allowed: 0"),
        ("0540529", "2", "security_id '0540529' has a wrong SEDOL check digit; allowed: 8"),
        (
            "A540528",
            "2",
            (
                "security_id 'A540528' is no SEDOL; "
                "allowed: text of the form [0-9B-DF-HJ-NP-TV-Z]{6}[0-9]"
            ),
        ),
        (
            "US0378331005",
            "",
            (
                "security_id_source is '' for security_id 'US0378331005'; "
                "allowed: 1 (CUSIP), 2 (SEDOL), 4 (ISIN)"
            ),
        ),
        ("", "1", "security_id '' is no CUSIP; allowed: text of the form [0-9A-Z]{8}[0-9]"),
    ],
)
def test_faulty_identifiers_are_explained(security_id, source, expected):
    """A wrong check digit, form or source is said together with what is allowed."""
    assert problem_with_security_id(security_id, source) == expected


@pytest.mark.parametrize("position", range(12))
def test_one_wrong_digit_of_an_isin_is_found(position):
    """Any single digit that is misread makes the check digit wrong."""
    isin = "GB0005405286"
    if isin[position].isdigit():
        wrong = str((int(isin[position]) + 1) % 10)
        changed = isin[:position] + wrong + isin[position + 1 :]
        assert "check digit" in (problem_with_security_id(changed, "4") or "")
