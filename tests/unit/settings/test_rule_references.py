"""Rules name sessions; those that a template makes have no section of their own."""

import pytest

from oms_fix.settings.references import Known, refer


@pytest.mark.parametrize(
    ("name", "is_known"),
    [("BUYSIDE", True), ("desk-ACME", True), ("desk-", False), ("desk", False), ("other", False)],
)
def test_a_rule_may_name_a_session_of_a_template(name, is_known):
    """Whatever fits the template's name, with at least one character for the asterisk."""
    known = Known(frozenset({"BUYSIDE", "desk-*"}), "clients.cfg")
    assert (refer(name, "client", known) is None) is is_known
