"""What operators do with a running daemon, and what strangers do to it."""

import getpass
import json
import signal
import socket
import sqlite3
import stat
import subprocess
import time
from contextlib import closing

import pytest
from live_router import Client, Router, Venue

from oms_fix.fix.codec import encode

RESTRICTING = "checks: [{id: no-ibm, check: restricted_list, symbols: [IBM]}]\n"
LIMITING = "checks: [{id: few, check: open_order_count, orders_max: 1, per: firm}]\n"
BROKEN = "checks: [{id: no-ibm, check: restricted_lists, symbols: [IBM]}]\n"
PATIENCE_S = 20.0


@pytest.fixture
def router(tmp_path):
    router = Router(tmp_path)
    yield router
    router.stop()


@pytest.fixture
def parties(router):
    """A running router, its client and its venue, logged on."""
    venue = Venue(router)
    client = Client(router)
    router.start()
    venue.log_on()
    client.log_on()
    yield router, client, venue
    client.drop()
    venue.close()


def ask(router, *words):
    return subprocess.run(
        [*router.command(words[0]), *words[1:]], capture_output=True, text=True, check=False
    )


def stored_rules(router):
    """Return (operator, number of checks) of every change of rules in the journal."""
    with sqlite3.connect(router.store) as store:
        rows = store.execute("select body from commands where kind = 'LoadRules' order by id")
        bodies = [json.loads(body) for (body,) in rows]
    store.close()
    return [(body["operator"], body["rules"]["checks"][0]["id"]) for body in bodies]


def await_log(router, text):
    end = time.monotonic() + PATIENCE_S
    while text not in router.log.read_text():
        assert time.monotonic() < end, router.log.read_text()
        time.sleep(0.05)


def test_reload_puts_new_rules_in_force(parties):
    """After ``oms-fix reload`` the next order is checked by the new rules; who did it is stored."""
    router, client, venue = parties
    client.order("X1")
    client.expect("8", t150="0")
    venue.expect("D")
    (router.folder / "checks.yaml").write_text(RESTRICTING)
    answer = ask(router, "reload")
    assert (answer.returncode, answer.stdout[:15]) == (0, "in force: rules")
    client.order("X2")
    rejected = client.expect("8", t150="8", t103="0")
    assert rejected.text(58).startswith("RESTRICTED")
    assert stored_rules(router) == [("start", "known"), (getpass.getuser(), "no-ibm")]


def test_reload_tells_what_is_above_a_new_limit(parties):
    """What is there stays and is listed, logged and stored; the next order is judged."""
    router, client, _ = parties
    for cl_ord_id in ("X1", "X2"):
        client.order(cl_ord_id)
        client.expect("8", t150="0")
    (router.folder / "checks.yaml").write_text(LIMITING)
    answer = ask(router, "reload")
    assert answer.stdout.splitlines()[1:] == [
        "above limits already: 1; they stay, orders to come are judged by them",
        "check few: firm: orders 2, limit 1",
    ]
    await_log(router, '"event": "limits_breached"')
    with closing(sqlite3.connect(router.store)) as store:
        ((kind, body),) = store.execute(
            "select commands.kind, events.body from events"
            " join commands on commands.id = command_id where events.kind = 'LimitsBreached'"
        )
    assert (kind, json.loads(body)["breaches"][0]["check_id"]) == ("LoadRules", "few")
    client.order("X3")
    client.expect("8", t150="8")


def test_a_bad_file_leaves_the_old_rules_in_force(parties):
    """A reload that finds a mistake reports it by file and line and changes nothing."""
    router, client, _ = parties
    (router.folder / "checks.yaml").write_text(BROKEN)
    answer = ask(router, "reload")
    assert answer.returncode == 1
    problem, kept = answer.stdout.splitlines()
    assert "checks.yaml:1: unknown check 'restricted_lists'; did you mean" in problem
    assert kept.endswith("stay in force")
    client.order("X1")
    client.expect("8", t150="0")
    assert stored_rules(router) == [("start", "known")]


def test_sighup_reloads(parties):
    """SIGHUP does what ``oms-fix reload`` does."""
    router, client, _ = parties
    (router.folder / "checks.yaml").write_text(RESTRICTING)
    router.process.send_signal(signal.SIGHUP)
    await_log(router, '"event": "reloaded"')
    client.order("X1")
    client.expect("8", t150="8")
    assert stored_rules(router)[-1] == ("SIGHUP", "no-ibm")


def test_status_tells_of_rules_orders_and_sessions(parties):
    """``oms-fix status --json`` has a line for each session."""
    router, client, _ = parties
    client.order("X1")
    client.expect("8", t150="0")
    answer = json.loads(ask(router, "status", "--json").stdout)
    assert answer["done"]
    assert "orders 1, of them open 1" in answer["lines"]
    assert "client CLIENT: logged on, next in 3, next out 3" in answer["lines"]
    assert any(line.startswith("garbage collection: ") for line in answer["lines"])


def test_control_socket_is_for_owner_and_group(parties):
    """Nobody else may open it."""
    router, _, _ = parties
    mode = (router.folder / "oms.sock").stat().st_mode
    assert stat.S_IMODE(mode) == 0o660


def test_control_socket_goes_with_the_daemon(parties):
    """After the end, commands say that no daemon is running."""
    router, _, _ = parties
    router.end(signal.SIGTERM)
    answer = ask(router, "status")
    assert answer.returncode == 1
    assert answer.stderr.startswith("Error: no daemon is running")


def test_run_refuses_a_bad_configuration(router):
    """The daemon does not start on a mistake; it prints the report of ``oms-fix check``."""
    (router.folder / "checks.yaml").write_text(BROKEN)
    run = ask(router, "run")
    check = subprocess.run(
        [*router.command("check")[:-2], str(router.config)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, check.returncode) == (1, 1)
    assert run.stderr == check.stdout
    assert not router.store.exists()


def stranger(router, data):
    """Send something to the clients' port; return what comes back until it is closed."""
    with socket.create_connection(("127.0.0.1", router.client_port), PATIENCE_S) as connection:
        connection.sendall(data)
        connection.settimeout(PATIENCE_S)
        answer = b""
        try:
            while piece := connection.recv(4096):
                answer += piece
        except ConnectionResetError:
            pass
        return answer


_LOGON = encode(
    "FIX.4.4",
    "A",
    [(34, b"1"), (49, b"STRANGER"), (56, b"OMSFIX"), (52, b"20260105-12:00:00")],
    [(98, b"0"), (108, b"30")],
)


@pytest.mark.parametrize(
    ("data", "logged"),
    [
        (bytes(range(256)) * 100, "before logon"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 800, "before logon"),
        (_LOGON, "no session"),
    ],
    ids=["garbage", "http", "unknown CompID"],
)
def test_strangers_are_closed_without_an_answer(parties, data, logged):
    """Garbage and unknown CompIDs are closed with a log line; other sessions go on."""
    router, client, _ = parties
    assert stranger(router, data) == b""
    await_log(router, logged)
    client.order("X1")
    client.expect("8", t150="0")


def test_a_second_logon_of_a_live_session_is_closed(parties):
    """Who is logged on stays so; the second connection is closed without an answer."""
    router, client, _ = parties
    second = Client(router)
    second._socket = second._connect()
    second._socket.settimeout(0.05)
    second._do(second.session.connected(time.time_ns()))
    second.read_to_end()
    await_log(router, "second logon of live session")
    client.order("X1")
    client.expect("8", t150="0")
