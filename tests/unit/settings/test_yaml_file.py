from decimal import Decimal

import pytest
from msgspec import Struct

from oms_fix.model.check_base import Action, Override, Scope
from oms_fix.model.checks import Checks
from oms_fix.model.enums import PriceReference, Rating, Side
from oms_fix.model.exposure_checks import OpenOrderCount
from oms_fix.model.order_checks import MinimumRating, OrderQuantity, PriceCollar, RestrictedList
from oms_fix.model.routes import Direct
from oms_fix.model.rules import Routing
from oms_fix.settings.problems import Problem
from oms_fix.settings.yaml_file import read_yaml


class Delays(Struct, frozen=True):
    """A file of settings of every kind of value."""

    retries: int
    enabled: bool
    share: Decimal | None = None
    names: dict[str, list[str]] = {}


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Reads a text as a type; returns the document and the problems as (line, text)."""
    monkeypatch.chdir(tmp_path)

    def reader(text, type_):
        path = tmp_path / "file.yaml"
        path.write_text(text)
        problems = []
        document = read_yaml(path, type_, problems)
        assert {problem.path for problem in problems} <= {str(path)}
        return document, [(problem.line, problem.text) for problem in problems]

    return reader


def test_a_good_file_becomes_its_type(read):
    """Values of every kind are read into the Struct."""
    document, problems = read(
        "retries: 3\nenabled: true\nshare: 0.10\nnames:\n  a: [x, 1]\n", Delays
    )
    assert problems == []
    assert document.value == Delays(3, True, Decimal("0.10"), {"a": ["x", "1"]})


def test_every_kind_of_value_of_checks_is_read(read):
    """Lists of enumerations by name or value, times, overrides, shares, and what is left out."""
    document, problems = read(
        "checks:\n"
        "  - {id: a, check: restricted_list, sectors: [Energy], sides: [BUY, 5], message: ask us}\n"
        "  - id: b\n"
        "    check: open_order_count\n"
        "    orders_max: 50\n"
        "    per: firm\n"
        "    warn_at_percent: 80\n"
        "    effective_from: 2026-11-23T09:30:00-05:00\n"
        "    overrides: [{account: 007, limit: 0}, {group: funds, limit: 2.5}]\n"
        "  - {id: c, check: price_collar, distance_max: 5, in_ticks: true, references: [last]}\n"
        "  - {id: d, check: minimum_rating, rating_min: AA+, action: warn}\n",
        Checks,
    )
    assert problems == []
    assert document.value.checks == (
        RestrictedList(
            id="a", sectors=("Energy",), sides=(Side.BUY, Side.SELL_SHORT), message="ask us"
        ),
        OpenOrderCount(
            id="b", orders_max=50, per=Scope.FIRM, warn_at_percent=Decimal(80),
            effective_from="2026-11-23T09:30:00-05:00",
            overrides=(
                Override(account="007", limit=Decimal(0)),
                Override(group="funds", limit=Decimal("2.5")),
            ),
        ),
        PriceCollar(
            id="c", distance_max=Decimal(5), in_ticks=True, references=(PriceReference.LAST,)
        ),
        MinimumRating(id="d", rating_min=Rating.AA_PLUS, action=Action.WARN),
    )  # fmt: skip


def test_marks_tell_the_line_of_each_value(read):
    """What is wrong beyond types can be said with its line: of keys, and of entries of lists."""
    document, _ = read("retries: 3\nenabled: true\nnames:\n  a:\n    - x\n    - y\n", Delays)
    names = document.mark.at("names")
    assert names.line == 3
    assert [item.line for item in names.at("a").items] == [5, 6]
    assert document.mark.at("share").line == 1


def test_all_problems_of_a_file_are_reported(read):
    """Five mistakes are five problems, not one after the other in five runs."""
    _, problems = read("retries: many\nenabled: 1\nshare: []\nnames: {a: b}\nnmaes: {}\n", Delays)
    choices = "did you mean names? allowed: retries, enabled, share, names"
    assert problems == [
        (
            1,
            (
                "retries of file.yaml is 'many', which is no whole number; "
                "allowed: a number such as 30"
            ),
        ),
        (2, "enabled of file.yaml is '1'; allowed: true, false"),
        (3, "share of file.yaml is a list; allowed: a single value"),
        (4, "a of names of file.yaml is 'b'; allowed: a list"),
        (5, f"unknown key 'nmaes' in file.yaml; {choices}"),
    ]


def test_what_is_good_of_a_faulty_list_is_kept(read):
    """Checks beyond types go on with the good rules; ids of faulty ones are known too."""
    document, problems = read(
        "routes:\n"
        "  - {id: a, strategy: direct}\n"
        "  - {id: b, strategy: direct, venue: X}\n"
        "  - {id: c, strategy: direct, venue: Y}\n",
        Routing,
    )
    assert problems == [(2, "a has no venue; allowed: all of strategy, id, venue")]
    assert document.value is None
    assert document.fields["routes"] == (Direct(id="b", venue="X"), Direct(id="c", venue="Y"))
    assert [mark.line for mark in document.mark.at("routes").items] == [3, 4]
    assert document.ids == {"a", "b", "c"}


def test_aliases_stand_for_what_they_name(read):
    """Anchors and aliases of YAML save typing."""
    document, problems = read(
        "checks:\n"
        "  - {id: a, check: order_quantity, quantity_max: 5, when: &us {Currency: USD}}\n"
        "  - {id: b, check: order_quantity, quantity_max: 6, when: *us}\n",
        Checks,
    )
    assert problems == []
    assert document.value.checks[1] == OrderQuantity(
        id="b", quantity_max=Decimal(6), when={"Currency": "USD"}
    )


def test_an_alias_of_itself_is_no_endless_walk(read):
    """A list that holds itself has the wrong type somewhere, and that is all."""
    _, problems = read("checks: &a [*a]\n", Checks)
    assert problems == [
        (1, "entry 1 of checks of file.yaml is a list; allowed: keys with values, among them check")
    ]


def test_endless_nesting_is_a_problem_like_another(read):
    """Thousands of open brackets do not stop the report."""
    document, problems = read("checks: " + "[" * 5000, Checks)
    assert document is None
    assert problems == [(1, "nested too deeply; allowed: the keys that `oms-fix schema` shows")]


def test_keys_must_be_text(read):
    """A list as a key is told apart from an unknown key."""
    _, problems = read("retries: 3\nenabled: true\n? [a]\n: 1\n", Delays)
    assert problems == [(3, "a key of file.yaml is a list; allowed: text")]


def test_a_key_may_stand_only_once(read):
    """YAML would take the last one silently."""
    _, problems = read("retries: 3\nenabled: true\nretries: 4\n", Delays)
    assert problems == [
        (3, "duplicate key 'retries' in file.yaml, it is on line 1 already; allowed: each key once")
    ]


def test_the_tag_of_a_union_must_be_a_single_value(read):
    """A mapping where the kind of check should be is reported like a misspelt kind."""
    _, problems = read("routes:\n  - {id: a, strategy: {x: y}}\n", Routing)
    allowed = "broker_algo, dark_first, direct, fallback, iceberg, manual, post, split, spray"
    assert problems == [(2, f"unknown strategy 'a mapping'; allowed: {allowed}, sweep")]


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path):
    """A folder in place of a file is reported, not raised."""
    problems = []
    assert read_yaml(tmp_path, Checks, problems) is None
    text = "is a directory; allowed: a file that can be read"
    assert problems == [Problem(str(tmp_path), 1, text)]
