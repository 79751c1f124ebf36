import json
from pathlib import Path

import msgspec
import pytest
import yaml
from click.testing import CliRunner

from oms_fix.cli.check import check
from oms_fix.cli.schema import schema
from oms_fix.core.conditions import FIELDS
from oms_fix.daemon.configuration import DaemonConfiguration, load, load_rules
from oms_fix.fix.settings import KEYS
from oms_fix.fix.validation import ValidationOptions
from oms_fix.model import checks, routes, rules, venues
from oms_fix.model.check_base import Override
from oms_fix.model.instruments import Account, Instrument
from oms_fix.model.markets import Market
from oms_fix.settings.configuration import AccountsYaml, MarketsYaml, OmsYaml
from oms_fix.settings.problems import Problem
from oms_fix.settings.schema import SCHEMAS, schema_text
from oms_fix.settings.trading_day import Retention, TradingDay

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch):
    """The default configuration is named as seen from the project's folder."""
    monkeypatch.chdir(ROOT)


def loaded():
    configuration = load(Path("config/oms.yaml"))
    assert isinstance(configuration, DaemonConfiguration), configuration
    return configuration


def test_the_default_configuration_is_good():
    """Checking the shipped configuration says in one line what it holds, with exit status 0."""
    result = CliRunner().invoke(check, [])
    assert result.exit_code == 0
    versions = loaded().settings
    assert result.output == (
        "config/oms.yaml: good; 20 checks, 11 routes, 23 instruments, 4 accounts, 2 clients, "
        f"6 venues; rules {versions.rules.version}, reference data {versions.reference.version}\n"
    )


def test_clients_are_held_to_the_dictionary_and_venues_are_not():
    """Strict towards clients and tolerant towards venues, unless a session's keys say otherwise."""
    strict = ValidationOptions()
    tolerant = ValidationOptions(
        allow_unknown_msg_fields=True,
        check_enumerations=False,
        validate_user_defined_fields=False,
        validate_unordered_group_fields=False,
    )
    assert {session.validation for session in loaded().clients} == {strict}
    assert {session.validation for session in loaded().venues} == {tolerant}


@pytest.mark.parametrize("path", sorted(ROOT.glob("config/samples/*/oms.yaml")))
def test_samples_are_good(path):
    """Each shipped sample passes the check."""
    result = CliRunner().invoke(check, [str(path.parent)])
    assert (result.exit_code, result.stderr) == (0, "")


def test_problems_as_json(tmp_path):
    """With --json a program can read the problems."""
    path = tmp_path / "oms.yaml"
    result = CliRunner().invoke(check, [str(path), "--json"])
    assert json.loads(result.stdout) == {
        "good": False,
        "problems": [
            {
                "file": str(path),
                "line": 1,
                "text": "no such file or directory; allowed: a file that can be read",
            }
        ],
    }
    assert result.exit_code == 1


def test_a_good_configuration_as_json():
    """With --json a good configuration has no problems."""
    result = CliRunner().invoke(check, ["config", "--json"])
    assert json.loads(result.stdout) == {"good": True, "problems": []}
    assert result.exit_code == 0


def test_paths_are_relative_to_the_folder_of_oms_yaml():
    """Store, socket and files are found from wherever the daemon is started."""
    settings = loaded().settings
    assert settings.store == Path("var/oms.db")
    assert settings.control_socket == Path("var/oms.sock")
    assert settings.venues_cfg == Path("sessions/venues.cfg")


def test_rules_survive_the_journal():
    """Rules and reference data are events: encoded and decoded they are the same."""
    settings = loaded().settings
    for value in (settings.rules, settings.reference):
        encoded = msgspec.json.encode(value)
        assert msgspec.json.decode(encoded, type=type(value)) == value


def test_rules_are_loaded_anew(tmp_path):
    """A reload reads checks and routes from their files; the version tells that they differ."""
    current = loaded()
    assert load_rules(current) == current.settings.rules
    routing = tmp_path / "routing.yaml"
    routing.write_text("routes:\n  - {id: all, strategy: direct, venue: XNAS}\n")
    settings = msgspec.structs.replace(current.settings, routing_yaml=routing)
    changed = load_rules(msgspec.structs.replace(current, settings=settings))
    assert isinstance(changed, rules.Rules)
    assert changed.routes == (routes.Direct(id="all", venue="XNAS"),)
    assert changed.version != current.settings.rules.version


def test_rules_that_are_loaded_anew_refer_to_reference_data_in_force(tmp_path):
    """A reload knows groups, sectors, markets and accounts without cash as the start does."""
    current = loaded()
    checks_yaml = tmp_path / "checks.yaml"
    checks_yaml.write_text(
        "checks:\n"
        "  - {id: a, check: tick_size, when: {Group: funds, Sector: Energy, Market: XLON}}\n"
        "  - {id: b, check: tick_size, when: {Desk: fx, Country: FR, Strategy: income}}\n"
        "  - {id: c, check: cash, cash_min: 1}\n"
    )
    accounts = (*current.settings.reference.accounts, Account("NEW"))
    reference = msgspec.structs.replace(current.settings.reference, accounts=accounts)
    settings = msgspec.structs.replace(
        current.settings, checks_yaml=checks_yaml, reference=reference
    )
    needed = "allowed: cash in accounts.yaml, or conditions without it"
    assert load_rules(msgspec.structs.replace(current, settings=settings)) == [
        Problem(str(checks_yaml), 3, "unknown country 'FR'; allowed: GB, US"),
        Problem(str(checks_yaml), 3, "unknown desk 'fx'; allowed: equities, multi-asset"),
        Problem(
            str(checks_yaml), 4, f"c needs the cash of account 'NEW', which has none; {needed}"
        ),
    ]


def test_bad_rules_are_not_loaded(tmp_path):
    """A reload of bad rules gives their problems and no rules."""
    current = loaded()
    routing = tmp_path / "routing.yaml"
    routing.write_text("routes:\n  - {id: all, strategy: direct, venue: XPAR}\n")
    settings = msgspec.structs.replace(current.settings, routing_yaml=routing)
    text = "unknown venue 'XPAR'; allowed: DLR1, DLR2, DLR3, XLON, XNAS, XNYS"
    assert load_rules(msgspec.structs.replace(current, settings=settings)) == [
        Problem(str(routing), 2, text)
    ]


@pytest.mark.parametrize("name", SCHEMAS)
def test_shipped_schemas_are_those_of_the_types(name):
    """spec/schema is what `oms-fix schema --write spec/schema` writes."""
    shipped = (ROOT / "spec" / "schema" / f"{name}.json").read_text("utf-8")
    assert shipped == schema_text(name)
    assert CliRunner().invoke(schema, [name]).output == shipped


def test_enumerations_of_fix_are_completed_by_name():
    """An editor takes sides by name, by value, and by value without quotes; other words as is."""
    definitions = yaml.safe_load(schema_text("checks"))["$defs"]
    names = ["BUY", "SELL", "BUY_MINUS", "SELL_PLUS", "SELL_SHORT", "SELL_SHORT_EXEMPT"]
    values = range(1, 7)
    assert definitions["Side"]["enum"] == [*names, *map(str, values), *values]
    assert definitions["Scope"]["enum"] == ["account", "firm", "group"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_yaml_files_name_their_schema(name):
    """An editor finds the schema of each default file by the comment at its head."""
    head = (ROOT / "config" / f"{name}.yaml").read_text("utf-8").splitlines()[1]
    assert head == f"# yaml-language-server: $schema=../spec/schema/{name}.json"
    assert yaml.safe_load(schema_text(name))["$defs"]


def test_schemas_are_written_to_a_folder(tmp_path):
    """--write makes the folder and one file for each schema."""
    result = CliRunner().invoke(schema, ["--write", str(tmp_path / "schema")])
    assert result.exit_code == 0
    written = sorted(path.name for path in (tmp_path / "schema").iterdir())
    assert written == sorted(f"{name}.json" for name in SCHEMAS)


def test_schema_names_are_listed():
    """Without a name the command says which schemas there are."""
    assert (
        CliRunner().invoke(schema, []).output == "oms\nchecks\nrouting\nvenues\naccounts\nmarkets\n"
    )


@pytest.mark.parametrize("command", [check, schema], ids=["check", "schema"])
def test_help_has_an_example(command):
    """Each command shows an example in its help, on a line of its own."""
    lines = CliRunner().invoke(command, ["--help"]).output.splitlines()
    assert any(line.strip().startswith(f"oms-fix {command.name} ") for line in lines)


def documented_keys():
    types = [OmsYaml, TradingDay, Retention, AccountsYaml, Account, Instrument, MarketsYaml, Market]
    types += [checks.Checks, Override, *checks.Check.__args__]
    types += [rules.Routing, rules.ClientAgreement, routes.SplitLeg, routes.ImpactTerms]
    types += [rules.VenuesYaml, venues.VenueTerms, venues.FeeTier, venues.Rate, venues.Ticks]
    types += [venues.Algorithm, venues.Breaker, *routes.Route.__args__]
    keys = {name for type_ in types for name in type_.__struct_fields__}
    tags = {t.__struct_config__.tag for t in types} - {None}
    return sorted({*keys, *tags, *FIELDS, *KEYS, "check", "strategy"})


@pytest.mark.parametrize("key", documented_keys())
def test_every_key_is_documented(key):
    """Each key of each file, each kind of check and each strategy is in spec/configuration.md."""
    assert f"`{key}`" in (ROOT / "spec" / "configuration.md").read_text("utf-8")
