"""How venues answer, from the running router, by the command of operators."""

import json
import subprocess

import pytest
from live_router import Router, Venue


@pytest.fixture
def router(tmp_path):
    """A router, started, with its venue logged on."""
    process = Router(tmp_path)
    process.start()
    venue = Venue(process)
    venue.log_on()
    yield process
    venue.close()
    process.stop()


def operate(router, *words):
    """Run a subcommand."""
    return subprocess.run(router.command(*words), capture_output=True, text=True, check=False)


def test_venues_are_listed(router):
    """As a table for people, as JSON for programs."""
    router.await_status(lambda text: "venue VENUE: logged on" in text, "venue")
    headers, _, line = operate(router, "venues").stdout.splitlines()
    assert headers.split()[:3] == ["VENUE", "KIND", "STATE"]
    assert line.split() == ["VENUE", "logged", "on"]
    answer = json.loads(operate(router, "venues", "--json").stdout)
    assert answer["rows"] == [{"venue": "VENUE", "kind": "", "state": "logged on"}]


def test_what_cannot_be_restored_is_refused(router):
    """A venue that is not described; and nobody restores one without saying why."""
    done = operate(router, "venues", "--restore", "VENUE", "--reason", "they are back")
    assert (done.returncode, done.stdout.partition(";")[0]) == (
        1,
        "no venue VENUE that venues.yaml names",
    )
    assert operate(router, "venues", "--restore", "VENUE").returncode == 2
