"""Who may log on: passwords, addresses, limits; whoever may not is told nothing."""

import asyncio
import socket
import threading
import time
from ipaddress import ip_network

import pytest
from engines import Ear, answer_to, first_message, running, settings

from oms_fix.fix import Acceptor, Engine, Link, LocalError, MemoryStore, SequenceNumbers, Session
from oms_fix.fix import credentials as credentials_module
from oms_fix.fix.acceptor import Limits
from oms_fix.fix.credentials import PasswordHash, check_credentials, set_password
from oms_fix.fix.security import Secret, SecuritySettings, peer_address


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A file of credentials with users A and B, at next to no cost."""
    monkeypatch.setattr(credentials_module, "_N", 4)
    path = tmp_path / "credentials"
    set_password(path, "A", b"secret of A")
    set_password(path, "B", b"secret of B")
    return path


def venue_of(*accepted):
    """Return an engine that accepts these."""
    return Engine(accepted, Ear(), MemoryStore())


def accepted(name, port=0, **security):
    """Return settings of an accepted session."""
    return settings("acceptor", "VENUE", name, port, security=SecuritySettings(**security))


def logon(sender=b"A", username=None, password=None):
    """Return a Logon of now."""
    body = [(tag, value) for tag, value in ((553, username), (554, password)) if value is not None]
    return first_message(sender, now=time.time_ns(), body=body)


def answers(venue, *logons):
    """Return for each Logon whether it was answered with one; silence is the only other way."""

    async def talk():
        async with running(venue):
            found = [await answer_to(venue.ports[0], each) for each in logons]
        assert all(not each or b"\x0135=A\x01" in each for each in found), found
        return [bool(each) for each in found]

    return asyncio.run(talk())


def reasons(caplog):
    """Return why connections were refused."""
    return [record.reason for record in caplog.records if record.msg == "connection refused"]


@pytest.mark.parametrize(
    ("username", "password", "reason"),
    [
        (b"A", b"secret of A", None),
        (b"A", b"secret of B", "wrong password of user A"),
        (b"A", None, "no password"),
        (None, None, "Username(553) is not A"),
        (None, b"secret of A", "Username(553) is not A"),
        (b"B", b"secret of B", "Username(553) is not A"),
        (b"C", b"secret of A", "Username(553) is not A"),
    ],
)
def test_logon_needs_the_credentials_of_its_session(file, caplog, username, password, reason):
    """The right password of the right user; else silence, and the reason in our log only."""
    venue = venue_of(accepted("A", credentials_file=file))
    assert answers(venue, logon(b"A", username, password)) == [reason is None]
    assert reasons(caplog) == ([] if reason is None else [reason])
    assert "secret" not in caplog.text


def test_username_of_settings_may_differ_from_the_comp_id(file):
    """Username=B: the session of A is logged on to by B."""
    venue = venue_of(accepted("A", credentials_file=file, username="B"))
    assert answers(venue, logon(b"A", b"B", b"secret of B")) == [True]


def test_new_password_holds_from_the_next_logon_on(file):
    """Without a restart."""
    venue = venue_of(accepted("A", credentials_file=file))

    async def talk():
        async with running(venue):
            set_password(file, "A", b"new")
            return await answer_to(venue.ports[0], logon(b"A", b"A", b"new"))

    assert b"\x0135=A\x01" in asyncio.run(talk())


def test_unknown_session_costs_what_a_wrong_password_costs(file, monkeypatch):
    """Where some session has credentials, no quick refusal tells which sessions there are."""
    checks = []
    matches = PasswordHash.matches

    def counted(self, password):
        checks.append(threading.current_thread() is threading.main_thread())
        return matches(self, password)

    monkeypatch.setattr(PasswordHash, "matches", counted)
    venue = venue_of(accepted("A", credentials_file=file))
    assert answers(venue, logon(b"A", b"A", b"x"), logon(b"NOBODY", b"A", b"x")) == [False, False]
    assert checks == [False, False], "one each, not on the thread of the event loop"


def test_initiator_sends_its_credentials(file):
    """Username(553) and Password(554) go out with the Logon; the acceptor takes them."""

    async def talk():
        ear = Ear()
        async with running(venue_of(accepted("A", credentials_file=file))) as venue:
            security = SecuritySettings(username="A", password=Secret(b"secret of A"))
            mine = settings("initiator", "A", "VENUE", venue.ports[0], security=security)
            assert "secret" not in repr(mine)
            async with running(Engine([mine], ear, MemoryStore())):
                await ear.until(lambda: "VENUE" in ear.live)

    asyncio.run(talk())


def test_allow_list_is_for_each_session(caplog):
    """A may connect from here, B may not; both share a port."""
    venue = venue_of(
        accepted("A", allowed_remote_addresses=(ip_network("127.0.0.0/8"),)),
        accepted("B", allowed_remote_addresses=(ip_network("192.0.2.1"),)),
    )
    assert answers(venue, logon(b"A"), logon(b"B")) == [True, False]
    assert reasons(caplog) == ["B may not connect from 127.0.0.1"]


def test_address_of_nobody_is_closed_before_it_speaks(caplog):
    """Not even a TLS handshake is made with it."""
    venue = venue_of(accepted("A", allowed_remote_addresses=(ip_network("192.0.2.0/24"),)))
    assert answers(venue, b"") == [False]
    assert reasons(caplog) == ["no session may connect from there"]


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        (("192.0.2.7", 1), "192.0.2.7"),
        (("::ffff:192.0.2.7", 1, 0, 0), "192.0.2.7"),
        (("fe80::1%eth0", 1, 0, 2), "fe80::1"),
    ],
)
def test_address_of_a_peer(peer, address):
    """An IPv4 address mapped into IPv6 is the IPv4 address that lists name."""
    assert peer_address(peer) == address


def test_networks_of_an_allow_list():
    """Addresses and CIDR of both families; without a list, all may."""
    listed = SecuritySettings(
        allowed_remote_addresses=(ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))
    )
    assert listed.allows("192.0.2.200")
    assert listed.allows("2001:db8::1")
    assert not listed.allows("192.0.3.1")
    assert SecuritySettings().allows("203.0.113.9")


def test_silence_is_closed_after_the_logon_timeout(caplog):
    """A connection that never logs on does not stay."""
    quick = settings("acceptor", "VENUE", "A", logon_timeout=1)
    assert answers(venue_of(quick), b"") == [False]
    assert reasons(caplog) == ["no Logon in time"]


def test_logon_with_embedded_soh_is_taken():
    """RawData(96) may hold any byte, before a session and its dictionary are known too."""
    raw = b"x\x01y"
    body = [(95, b"%d" % len(raw)), (96, raw)]
    message = first_message(b"A", now=time.time_ns(), body=body)
    assert answers(venue_of(accepted("A")), message) == [True]


# --- an acceptor alone ---------------------------------------------------------------------------


def link_of(host, name, port=0, **security):
    """Return a link of an accepted session."""
    mine = accepted(name, port, **security)
    return Link(Session(mine, mine.load_dictionary(), SequenceNumbers()), host)


def test_connections_before_logon_are_limited_in_all():
    """One for each session, and some to spare; the next is closed at once."""

    async def crowd():
        limits = Limits(spare_connections=1, spare_connections_per_address=9)
        async with running(Acceptor([link_of(venue_of(), "A")], limits=limits)) as acceptor:
            (port,) = acceptor.ports
            waiting = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
            answer = await answer_to(port, b"")
            for _, writer in waiting:
                writer.close()
            return answer

    assert asyncio.run(crowd()) == b""


def test_session_is_added_and_removed_while_others_go_on():
    """B comes to a port of its own and goes, with the port; A notices nothing."""

    async def change():
        host = venue_of()
        first, second = link_of(host, "A"), link_of(host, "B")
        second.session.settings = settings("acceptor", "VENUE", "B", free_port())
        async with running(Acceptor([first])) as acceptor:
            reader, writer = await asyncio.open_connection("127.0.0.1", acceptor.ports[0])
            writer.write(logon(b"A"))
            assert b"\x0135=A\x01" in await reader.read(4096)
            await acceptor.add(second)
            (_, port) = acceptor.ports
            assert b"\x0135=A\x01" in await answer_to(port, logon(b"B"))
            await second.gone.wait()
            await acceptor.remove(second)
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)
            still_there = first.transport is not None
            writer.close()
            return still_there, len(acceptor.ports)

    assert asyncio.run(change()) == (True, 1)


def free_port():
    """Return a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_session_is_added_once():
    """A second one of the same identity could not be told from the first."""

    async def twice():
        acceptor = Acceptor([link_of(venue_of(), "A")])
        await acceptor.add(link_of(venue_of(), "A"))

    with pytest.raises(LocalError, match="A is accepted already"):
        asyncio.run(twice())


def test_added_session_has_the_tls_settings_of_its_address():
    """One listener cannot be both."""

    async def mix():
        async with running(Acceptor([link_of(venue_of(), "A")])) as acceptor:
            await acceptor.add(link_of(venue_of(), "B", socket_use_ssl=True))

    with pytest.raises(LocalError, match="another TLS setting"):
        asyncio.run(mix())


@pytest.fixture
def slow_check(monkeypatch):
    """Let a test do something while a password is checked."""
    begun, may_end = threading.Event(), threading.Event()

    def check(path, name, password):
        begun.set()
        assert may_end.wait(20)
        return check_credentials(path, name, password)

    monkeypatch.setattr("oms_fix.fix.admission.check_credentials", check)
    return begun, may_end


def test_session_that_is_removed_meanwhile_is_not_logged_on(file, slow_check, caplog):
    """The password was right, but the session has gone while it was checked."""
    begun, may_end = slow_check

    async def race():
        link = link_of(venue_of(), "A", credentials_file=file)
        other = link_of(venue_of(), "B")
        async with running(Acceptor([link, other])) as acceptor:
            message = logon(b"A", b"A", b"secret of A")
            answer = asyncio.create_task(answer_to(acceptor.ports[0], message))
            assert await asyncio.to_thread(begun.wait, 20)
            await acceptor.remove(link)
            may_end.set()
            return await answer

    assert asyncio.run(race()) == b""
    assert reasons(caplog) == ["A has been removed"]


def test_two_logons_of_a_template_make_one_session(file, slow_check, caplog):
    """The second of two at the same time finds the session that the first has made."""
    begun, may_end = slow_check
    template = accepted("*", credentials_file=file)
    made = []

    async def race():
        host = venue_of()

        def make(found):
            made.append(link_of(host, found.target_comp_id, credentials_file=file))
            return made[-1]

        acceptor = Acceptor([], [template], make)
        async with running(acceptor):
            message = logon(b"A", b"A", b"secret of A")
            connections = [
                await asyncio.open_connection("127.0.0.1", acceptor.ports[0]) for _ in range(2)
            ]
            for _, writer in connections:
                writer.write(message)
            assert await asyncio.to_thread(begun.wait, 20)
            may_end.set()
            answers = await asyncio.gather(*(reader.read(4096) for reader, _ in connections))
            for _, writer in connections:
                writer.close()
            return answers

    assert sorted(b"\x0135=A\x01" in answer for answer in asyncio.run(race())) == [False, True]
    assert len(made) == 1
    assert reasons(caplog) == ["second logon of live session A"]
