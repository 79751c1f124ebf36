"""QuickFIX is the oracle: both engines hear the same conversations, and answer alike.

What may differ, and why, is in ``tolerated_differences`` and in ``spec/quickfix_differences.md``.
Each run draws other conversations. OMS_FIX_SEED repeats those of an earlier run, which has told its
seed; OMS_FIX_CONVERSATIONS sets how many there are for each counterparty.
"""

import os
import re
import secrets
from pathlib import Path

import pytest
from differential import Conversation
from differential_engines import COUNTERPARTIES, our_engine, quickfix_engine
from hypothesis import HealthCheck, Phase, given, seed, settings
from planted_bugs import BUGS
from random_conversations import NOW, POSS_DUP, Act, Change, conversations, order
from tolerated_differences import RULES, judge

SPEC = Path(__file__).parents[2] / "spec" / "quickfix_differences.md"
CONVERSATIONS = int(os.environ.get("OMS_FIX_CONVERSATIONS", "25"))
SEED = int(os.environ.get("OMS_FIX_SEED") or secrets.randbelow(1_000_000))
_SHRINKING_S = 400  # hypothesis gives up after 300 s


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("differential")


@pytest.fixture(scope="module")
def quickfix(folder, request):
    terminal = request.config.pluginmanager.getplugin("terminalreporter")
    terminal.write_line(f"\nconversations of OMS_FIX_SEED={SEED}")
    with quickfix_engine(folder) as engine:
        yield engine


@pytest.fixture(scope="module")
def ours(folder):
    with our_engine(folder) as engine:
        yield engine


@pytest.fixture(scope="module")
def buggy(folder):
    with our_engine(folder, with_bugs=True) as engine:
        yield engine


def converse(who, ours, quickfix, acts):
    """Hold a conversation; fail at a difference that no rule allows, and show all of it."""
    conversation = Conversation(who, ours, quickfix)

    def is_same_state(exchange):
        try:
            return judge(exchange)[1]
        except LookupError as error:
            story = "\n".join(conversation.story)
            pytest.fail(f"OMS_FIX_SEED={SEED}, {who.comp_id}: {error}\n{story}", pytrace=False)

    conversation.hold(acts, is_same_state)


def converse_at_random(who, ours, quickfix, phases=(Phase.generate, Phase.shrink)):
    """Hold so many conversations with one counterparty; a failure shows the shortest that fails."""

    @seed(f"{SEED} {who.comp_id}")
    @settings(
        max_examples=CONVERSATIONS,
        database=None,
        deadline=None,
        phases=phases,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(conversations())
    def run(acts):
        converse(who, ours, quickfix, acts)

    run()


@pytest.mark.timeout(_SHRINKING_S + CONVERSATIONS)
@pytest.mark.parametrize("who", COUNTERPARTIES.values(), ids=COUNTERPARTIES)
def test_both_engines_answer_alike(ours, quickfix, who):
    """Whatever a client says, each answer is QuickFIX's, or differs by a rule with a reason."""
    converse_at_random(who, ours, quickfix)


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_is_found(buggy, quickfix, bug):
    """An engine with a bug does not get through as many conversations, whichever they are."""
    buggy.plant(bug)
    assert is_found(buggy, quickfix), f"OMS_FIX_SEED={SEED}"


def is_found(ours, quickfix) -> bool:
    """Tell whether our engine was found to differ where no rule allows it."""
    try:
        for who in reversed(COUNTERPARTIES.values()):  # the last have most that can go wrong
            converse_at_random(who, ours, quickfix, phases=(Phase.generate,))
    except pytest.fail.Exception:
        return True
    return False


@pytest.mark.parametrize("who", COUNTERPARTIES.values(), ids=COUNTERPARTIES)
def test_a_plain_day_is_answered_without_any_difference(ours, quickfix, who):
    """Orders, a faulty one, a gap that is filled, a resend, a reset and a logout: all the same."""
    day = [
        (Act("D", order(b"1", ())), "D"),
        (Act("D", order(b"1", ()), changes=(Change("value", 5, b""),)), "3"),
        (Act("1", ((112, b"T"),)), "0"),
        (Act("1", ((112, b"T"),), shift=2), "2"),
        (Act("fill"), ""),
        (Act("D", order(b"1", ()), shift=-2, header=POSS_DUP), ""),
        (Act("2", ((7, b"1"), (16, b"2"))), "4D"),
        (Act("F", ((41, b"1"), (11, b"9"), (54, b"1"), (55, b"IBM"), (60, NOW))), "j"),
        (Act("reset"), "A"),
        (Act("D", order(b"2", ())), "D"),
        (Act("5"), "5"),
    ]
    conversation, heard = Conversation(who, ours, quickfix), []

    def is_same_state(exchange):
        assert exchange.ours == exchange.theirs, "\n".join(conversation.story)
        kinds = [dict(answer)[35] for answer in exchange.ours if answer != ("closed",)]
        heard.append(b"".join(kinds).decode())
        return True

    conversation.hold([act for act, _ in day], is_same_state)
    assert heard == ["A", *(answer for _, answer in day)]


def test_every_tolerated_difference_is_in_the_specification():
    """The page and the table in code have the same rules, in the same order and words."""
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+) \| (.+) \|$", SPEC.read_text(), re.MULTILINE)
    assert rows == [(rule.name, rule.reason, rule.source) for rule in RULES]
