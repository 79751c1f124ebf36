"""QuickFIX is the oracle: both engines hear the same conversations, and answer alike.

What may differ, and why, is in ``tolerated_differences`` and in ``spec/quickfix_differences.md``.
OMS_FIX_CONVERSATIONS sets how many there are for each version, OMS_FIX_SEED which.
"""

import os
import re
from pathlib import Path

import pytest
from differential import VERSIONS, Bench
from hypothesis import HealthCheck, given, seed, settings
from random_conversations import Act, Change, conversations
from tolerated_differences import RULES, tolerated

SPEC = Path(__file__).parents[2] / "spec" / "quickfix_differences.md"
CONVERSATIONS = int(os.environ.get("OMS_FIX_CONVERSATIONS", "60"))
SEED = int(os.environ.get("OMS_FIX_SEED", "1"))

_NEW_ORDER = ((11, b"1"), (21, b"1"), (38, b"100"), (40, b"1"), (54, b"1"), (55, b"IBM"))
_ORDER = Act("D", (*_NEW_ORDER, (60, None)))


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    with Bench(tmp_path_factory.mktemp("differential")) as bench:
        yield bench


def goes_on(exchange):
    """Tell whether the conversation goes on; fail at a difference that no rule allows."""
    if exchange.ours == exchange.theirs:
        return True
    if tolerated(exchange) is not None:
        return False
    before = "\n".join(each.text for each in exchange.before)
    pytest.fail(f"seed {SEED}: no rule allows this:\n{before}\n=== here:\n{exchange.text}")


@pytest.mark.timeout(40 + CONVERSATIONS)
@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: f"{version}-seed-{SEED}")
def test_both_engines_answer_alike(bench, version):
    """Whatever a client says, each answer is QuickFIX's, or differs by a rule with a reason."""

    @seed(SEED)
    @settings(
        max_examples=CONVERSATIONS,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(conversations())
    def converse(acts):
        for exchange in bench.converse(version, acts):
            if not goes_on(exchange):
                break

    converse()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_plain_day_is_answered_without_any_difference(bench, version):
    """Orders, a faulty one, a gap that is filled, a resend, a reset and a logout: all the same."""
    acts = [
        _ORDER,
        Act("D", _ORDER.fields, changes=(Change("value", 5, b""),)),
        Act("1", ((112, b"T"),)),
        Act("1", ((112, b"T"),), shift=2),
        Act("fill"),
        Act("D", _ORDER.fields, header=((43, b"Y"), (122, None)), shift=-2),
        Act("2", ((7, b"1"), (16, b"2"))),
        Act("F", ((41, b"1"), (11, b"9"), (54, b"1"), (55, b"IBM"), (60, None))),
        Act("reset"),
        _ORDER,
        Act("5"),
    ]
    heard = []
    for exchange in bench.converse(version, acts):
        assert exchange.ours == exchange.theirs, exchange.text
        heard.append("".join(dict(answer).get(35, b"-").decode() for answer in _real(exchange)))
    assert heard == ["A", "D", "3", "0", "2", "", "", "4D", "j", "A", "D", "5"]


def _real(exchange):
    return [answer for answer in exchange.ours if answer != ("closed",)]


def test_every_tolerated_difference_is_in_the_specification():
    """The page and the table in code have the same rules, in the same order and words."""
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", SPEC.read_text(), re.MULTILINE)
    assert rows == [(rule.name, rule.reason) for rule in RULES]
