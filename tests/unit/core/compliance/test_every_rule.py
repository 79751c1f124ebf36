"""Every kind of check has its place: in the table of rules, and in these tests, by its name."""

from pathlib import Path
from typing import get_args

import pytest
from full_limits import FULL

from oms_fix.core.compliance.rules import RULES
from oms_fix.model.check_base import LimitCheck
from oms_fix.model.checks import Check

HERE = Path(__file__).parent
TEXTS = "".join(path.read_text() for path in sorted(HERE.glob("test_*.py")))


def test_every_check_has_its_rule():
    """What may be written in checks.yaml can be judged."""
    assert set(RULES) == set(get_args(Check))


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.kind.__struct_config__.tag)
def test_every_rule_is_tested_at_its_boundary(rule):
    """By a test of its name, or as a row of the tests of running totals."""
    name = rule.kind.__struct_config__.tag
    assert f"def test_{name}(" in TEXTS or name in FULL


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.kind.__struct_config__.tag)
def test_every_rule_is_complete(rule):
    """It examines, or it measures what has a limit, a unit and a name; it says where it is from."""
    has_limit = issubclass(rule.kind, LimitCheck)
    assert rule.source
    assert rule.reasons
    assert (rule.measure is not None) is has_limit
    assert (rule.examine is None) is has_limit
    assert bool(rule.unit and rule.name) is has_limit
    if has_limit:
        assert rule.limit_name in rule.kind.__struct_fields__
