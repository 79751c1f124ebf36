"""Acceptor templates: sessions for counterparties that no section of the settings names."""

import asyncio
import time
from ipaddress import ip_network

import pytest
from engines import Ear, answer_to, first_message, running, settings

from oms_fix.fix import ConfigError, Engine, MemoryStore, Message, SqliteStore, load_settings
from oms_fix.fix import credentials as credentials_module
from oms_fix.fix.credentials import set_password
from oms_fix.fix.security import SecuritySettings
from oms_fix.fix.template import comp_id_in, session_of

LOOPBACK = SecuritySettings(allowed_remote_addresses=(ip_network("127.0.0.1"),))
TEMPLATE = """[SESSION]
ConnectionType=acceptor
BeginString=FIX.4.4
SenderCompID=VENUE
TargetCompID=*
SocketAcceptPort=9870
AcceptorTemplate=Y
AllowedRemoteAddresses=127.0.0.1
"""


def template(**changes):
    """Return settings of a template that takes whoever comes from this machine."""
    return settings(
        "acceptor", "VENUE", "*", acceptor_template=True, **({"security": LOOPBACK} | changes)
    )


def logon(sender, *body):
    """Return a Logon of now."""
    return first_message(sender, now=time.time_ns(), body=body)


def refusals(caplog):
    """Return why connections were refused."""
    return [record.reason for record in caplog.records if record.msg == "connection refused"]


def problems_of(tmp_path, text):
    """Return (line, text) of all that is wrong with settings."""
    path = tmp_path / "sessions.cfg"
    path.write_text(text)
    with pytest.raises(ConfigError) as raised:
        load_settings(path)
    return [(problem.line, problem.text) for problem in raised.value.problems]


def test_a_template_makes_a_session_for_each_comp_id():
    """Each has numbers of its own, and the application hears it by its CompID."""

    async def talk():
        ear = Ear()
        async with running(Engine([template()], ear, MemoryStore())) as venue:
            for name in ("A", "B"):
                initiated = [settings("initiator", name, "VENUE", venue.ports[0])]
                client = Engine(initiated, Ear(), MemoryStore())
                async with running(client):
                    await ear.until(lambda name=name: name in ear.live)
                    if name == "A":
                        client.send("VENUE", Message("B", [(148, b"x"), (33, b"1"), (58, b"1")]))
                        await ear.until(lambda: ear.heard)
                await ear.until(lambda: not ear.live)
            return ear.heard, [venue.link(name).session.next_in for name in ("A", "B")]

    assert asyncio.run(talk()) == ([("A", "1")], [4, 3])


def test_the_numbers_of_a_templates_session_survive_a_restart(tmp_path):
    """They are in the store under its name, and go on from there: Logon and Logout twice."""

    async def life(client_store):
        ear, store = Ear(), SqliteStore(tmp_path / "venue.db")
        async with running(Engine([template()], ear, store)) as venue:
            initiated = [settings("initiator", "A", "VENUE", venue.ports[0])]
            async with running(Engine(initiated, Ear(), client_store)):
                await ear.until(lambda: "A" in ear.live)
            await ear.until(lambda: not ear.live)
            session = venue.link("A").session
        store.close()
        return session.next_in, session.next_out

    client_store = MemoryStore()
    assert [asyncio.run(life(client_store)) for _ in range(2)] == [(3, 3), (5, 5)]


def test_nobody_gets_a_session_before_the_proof(tmp_path, monkeypatch, caplog):
    """A wrong password makes nothing; the user is the CompID."""
    monkeypatch.setattr(credentials_module, "_N", 4)
    path = tmp_path / "credentials"
    set_password(path, "A", b"secret")
    venue = Engine(
        [template(security=SecuritySettings(credentials_file=path))], Ear(), MemoryStore()
    )

    async def talk():
        async with running(venue):
            (port,) = venue.ports
            tried = [
                logon(b"A", (553, b"A"), (554, b"guess")),
                logon(b"B", (553, b"A"), (554, b"secret")),
                logon(b"A", (553, b"A"), (554, b"secret")),
            ]
            return [bool(await answer_to(port, each)) for each in tried]

    assert asyncio.run(talk()) == [False, False, True]
    assert refusals(caplog) == ["wrong password of user A", "Username(553) is not B"]
    with pytest.raises(KeyError):
        venue.link("B")


@pytest.mark.parametrize(
    ("comp_id", "reason"),
    [
        (b"C", "no more sessions of template *"),
        (b"TAKEN", "another session is called TAKEN"),
        (b"*", "no session FIX.4.4 * to VENUE here"),
        (b"x" * 65, f"no session FIX.4.4 {'x' * 65} to VENUE here"),
        (b"A\n", "no session FIX.4.4 A\n to VENUE here"),
    ],
)
def test_what_a_template_refuses(comp_id, reason, caplog):
    """More than its number of sessions, a name that another session has, what is no CompID."""
    other = settings("initiator", "US", "TAKEN", 1)

    async def talk():
        ear = Ear()
        venue = Engine([template(max_template_sessions=2), other], ear, MemoryStore())
        async with running(venue):
            (port,) = venue.ports
            known = [b"A", b"B"] if comp_id == b"C" else [b"A"]
            for name in (*known, *known):
                assert await answer_to(port, logon(name))
                await ear.until(lambda: not ear.live)
            return await answer_to(port, logon(comp_id))

    assert asyncio.run(talk()) == b""
    assert refusals(caplog) == [reason]


def test_the_comp_id_stands_where_the_template_has_its_asterisk():
    """In the name of the session, and in the name that its certificate must have."""
    pinned = SecuritySettings(peer_certificate_name="*.clients.example")
    general = template(security=pinned)
    made = session_of(general, "ACME")
    assert made is not None
    assert (made.name, made.target_comp_id, made.of_template) == ("ACME", "ACME", "*")
    assert made.security.peer_certificate_name == "ACME.clients.example"
    assert not made.acceptor_template
    assert comp_id_in(general, "ACME") == "ACME"


def test_a_template_is_read_from_settings(tmp_path):
    """With AcceptorTemplate=Y; SessionName says how its sessions are called."""
    path = tmp_path / "sessions.cfg"
    path.write_text(TEMPLATE + "SessionName=desk-*\nMaxTemplateSessions=5\n")
    (found,) = load_settings(path)
    assert (found.acceptor_template, found.max_template_sessions) == (True, 5)
    made = session_of(found, "ACME")
    assert made is not None
    assert (made.name, comp_id_in(found, made.name)) == ("desk-ACME", "ACME")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            ("AllowedRemoteAddresses=127.0.0.1\n", ""),
            (7, "AcceptorTemplate=Y would let anybody in; it needs one of CredentialsFile, "),
        ),
        (("AcceptorTemplate=Y\n", ""), (5, "TargetCompID=* without AcceptorTemplate=Y")),
        (("ID=*", "ID=A\nSessionName=*"), (8, "AcceptorTemplate=Y needs TargetCompID=*")),
        (
            ("ID=*", "ID=*\nSessionName=desk"),
            (6, "SessionName=desk of a template needs one *, which stands for the CompID"),
        ),
        (("=acceptor", "=initiator"), (7, "AcceptorTemplate means nothing for ConnectionType")),
    ],
)
def test_a_template_that_is_wrong_is_refused_by_line(tmp_path, change, problem):
    """Above all one that would let anybody in."""
    line, text = problem
    found = problems_of(tmp_path, TEMPLATE.replace(*change))
    assert [each for each in found if each[0] == line and each[1].startswith(text)]
