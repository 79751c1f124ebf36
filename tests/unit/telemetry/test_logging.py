import io
import json
import logging

import pytest
import structlog

from oms_fix.telemetry.logging import configure


@pytest.fixture
def log_lines():
    """Logging into a stream that is no terminal; what was logged, line by line."""
    stream = io.StringIO()
    configure("info", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().handlers.clear()
    structlog.reset_defaults()


def test_json_with_time_level_and_details(log_lines):
    """Where no person reads, each entry is one line of JSON with its time in UTC."""
    structlog.get_logger("oms_fix").info("logged_on", session="XNAS")
    (line,) = log_lines()
    assert line.pop("at").endswith("Z")
    assert line == {"event": "logged_on", "level": "info", "session": "XNAS"}


def test_the_engines_log_comes_along(log_lines):
    """What the FIX engine logs through the standard library has the same form."""
    logging.getLogger("oms_fix.fix").warning("refused", extra={"peer": "1.2.3.4"})
    (line,) = log_lines()
    assert (line["event"], line["level"], line["peer"]) == ("refused", "warning", "1.2.3.4")


def test_below_the_level_nothing_is_logged(log_lines):
    """The level holds for both ways into the log."""
    structlog.get_logger("oms_fix").debug("detail")
    logging.getLogger("oms_fix.fix").debug("detail")
    assert log_lines() == []


@pytest.mark.parametrize("separator", ["\x01", "|"])
def test_secrets_in_raw_fix_are_masked(log_lines, separator):
    """Password(554) and RawData(96) never reach the log, wherever they stand."""
    raw = separator.join(["35=A", "96=raw", "554=secret", "98=0", ""])
    structlog.get_logger("oms_fix").info("logon", message=raw)
    (line,) = log_lines()
    assert line["message"] == separator.join(["35=A", "96=***", "554=***", "98=0", ""])


def test_secrets_by_name_are_masked(log_lines):
    """A detail that goes by the name of a secret is masked."""
    structlog.get_logger("oms_fix").info("logon", password="secret")
    assert log_lines()[0]["password"] == "***"
