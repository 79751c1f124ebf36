"""TLS and mutual TLS in both roles, against ``openssl`` and Python's own ssl as counterparties."""

import asyncio
import ssl
import time
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import asynccontextmanager
from hashlib import sha256
from types import SimpleNamespace

import pytest
import uvloop
from certificates import Authority, fingerprint
from engines import PATIENCE_SECONDS, Ear, answer_to, first_message, running, settings

from oms_fix.fix import Engine, MemoryStore
from oms_fix.fix.security import SecuritySettings, read_fingerprints


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    """Two authorities, ours and a foreign one, and what they have issued."""
    folder = tmp_path_factory.mktemp("pki")
    ours, foreign = Authority(folder, "ours"), Authority(folder, "foreign")
    revoked = ours.issue("REVOKED")
    none_revoked = ours.revoke()
    return SimpleNamespace(
        revoked=revoked,
        none_revoked=none_revoked,
        revocations=ours.revoke(revoked[0]),
        ours=ours.certificate,
        venue=ours.issue("VENUE"),
        client=ours.issue("A"),
        other=ours.issue("B"),
        expired=ours.issue("OLD", days=-1),
        elsewhere=ours.issue("ELSEWHERE", host="DNS:fix.example.com"),
        foreign=foreign.issue("FOREIGN"),
    )


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request):
    """Run a coroutine on either kind of event loop."""

    def run(coroutine):
        with asyncio.Runner(loop_factory=request.param) as runner:
            return runner.run(coroutine)

    return run


def of_acceptor(pki, **changes):
    """Return settings of an acceptor with mutual TLS."""
    certificate, key = pki.venue
    given = {
        "socket_use_ssl": True,
        "server_certificate_file": certificate,
        "server_certificate_key_file": key,
        "certification_authorities_file": pki.ours,
        "need_client_auth": True,
    }
    return SecuritySettings(**{**given, **changes})


def of_initiator(pki, certificate_and_key, **changes):
    """Return settings of an initiator that shows this certificate."""
    certificate, key = certificate_and_key
    return SecuritySettings(
        socket_use_ssl=True,
        client_certificate_file=certificate,
        client_certificate_key_file=key,
        certification_authorities_file=pki.ours,
        **changes,
    )


def venue_of(pki, ear, **changes):
    """Return an engine that accepts A with mutual TLS."""
    accepted = settings(
        "acceptor", "VENUE", "A", security=of_acceptor(pki, **changes), logon_timeout=5
    )
    return Engine([accepted], ear, MemoryStore())


def client_of(port, ear, security):
    """Return an engine that connects to VENUE as A."""
    initiated = settings("initiator", "A", "VENUE", port, security=security)
    return Engine([initiated], ear, MemoryStore())


def context_of(pki, certificate_and_key=None):
    """Return the context of a client that owes nothing to the engine."""
    context = ssl.create_default_context(cafile=pki.ours)
    if certificate_and_key is not None:
        context.load_cert_chain(*certificate_and_key)
    return context


def logon():
    """Return A's Logon of now."""
    return first_message(b"A", now=time.time_ns())


def reasons(caplog):
    """Return the reasons that the log has for connections that came to nothing."""
    return [record.reason for record in caplog.records if hasattr(record, "reason")]


async def until_logged(caplog, wanted):
    """Wait until a reason with these words is in the log."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not any(wanted in each for each in reasons(caplog)):  # noqa: ASYNC110 - a log is deaf
            await asyncio.sleep(0.02)


def test_engines_talk_over_mutual_tls(pki, run):
    """Both sides show certificates, and the session is logged on in both."""

    async def talk():
        venue_ear, client_ear = Ear(), Ear()
        async with running(venue_of(pki, venue_ear)) as venue:
            (port,) = venue.ports
            async with running(client_of(port, client_ear, of_initiator(pki, pki.client))):
                await venue_ear.until(lambda: "A" in venue_ear.live)
                await client_ear.until(lambda: "VENUE" in client_ear.live)

    run(talk())


def test_client_of_pythons_ssl_is_served(pki, run):
    """A Logon over TLS is answered with a Logon."""

    async def talk():
        async with running(venue_of(pki, Ear())) as venue:
            return await answer_to(venue.ports[0], logon(), context_of(pki, pki.client))

    assert b"\x0135=A\x01" in run(talk())


def test_tls_without_client_certificates(pki, run):
    """NeedClientAuth=N: the server alone proves who it is."""

    async def talk():
        async with running(venue_of(pki, Ear(), need_client_auth=False)) as venue:
            return await answer_to(venue.ports[0], logon(), context_of(pki))

    assert b"\x0135=A\x01" in run(talk())


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        ("revoked", "CERTIFICATE_VERIFY_FAILED"),
        ("expired", "CERTIFICATE_VERIFY_FAILED"),
        ("foreign", "CERTIFICATE_VERIFY_FAILED"),
        (None, "PEER_DID_NOT_RETURN_A_CERTIFICATE"),
    ],
)
def test_acceptor_refuses_bad_client_certificates(pki, run, caplog, shown, reason):
    """A revoked, expired, foreign or missing certificate ends the handshake, and nobody else."""

    async def intrude():
        ear = Ear()
        revocations = {"certificate_revocation_list_file": pki.revocations}
        async with running(venue_of(pki, ear, **revocations)) as venue:
            (port,) = venue.ports
            async with running(client_of(port, Ear(), of_initiator(pki, pki.client))):
                await ear.until(lambda: "A" in ear.live)
                context = context_of(pki, getattr(pki, shown) if shown else None)
                answer = await answer_to(port, logon(), context)
                await until_logged(caplog, reason)
                return answer, set(ear.live)

    assert run(intrude()) == (b"", {"A"})


@pytest.mark.parametrize(
    "data",
    [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff", b"x" * 100_000, logon()],
    ids=["http", "broken-tls", "long", "logon"],
)
def test_plain_text_at_a_tls_port_is_refused(pki, run, caplog, data):
    """Nothing is said in plain text; what is no handshake is closed, or waits for its timeout."""

    async def intrude():
        accepted = settings("acceptor", "VENUE", "A", security=of_acceptor(pki), logon_timeout=1)
        async with running(Engine([accepted], Ear(), MemoryStore())) as venue:
            answer = await answer_to(venue.ports[0], data)
            await until_logged(caplog, "")
            return answer

    answer = run(intrude())
    assert b"8=FIX" not in answer
    assert len(answer) <= 7  # at most a TLS alert


def test_old_versions_of_tls_are_refused(pki, run):
    """EnabledProtocols=TLSv1.3 leaves a client without it outside."""
    context = context_of(pki, pki.client)
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    async def talk():
        async with running(venue_of(pki, Ear(), enabled_protocols=("TLSv1.3",))) as venue:
            return await answer_to(venue.ports[0], logon(), context)

    assert run(talk()) == b""


@pytest.mark.parametrize(
    ("pin", "answered"),
    [
        (lambda _: {"peer_certificate_name": "A"}, True),
        (lambda _: {"peer_certificate_name": "B"}, False),
        (lambda pki: fingerprints(pki.client[0]), True),
        (lambda pki: fingerprints(pki.other[0]), False),
        (lambda pki: fingerprints(pki.other[0], pki.client[0]), True),
    ],
)
def test_acceptor_takes_only_the_pinned_certificate(pki, run, pin, answered):
    """A's certificate logs A on; B's is as good a one, but not A's."""

    async def talk():
        async with running(venue_of(pki, Ear(), **pin(pki))) as venue:
            return await answer_to(venue.ports[0], logon(), context_of(pki, pki.client))

    assert (b"\x0135=A\x01" in run(talk())) is answered


def fingerprints(*certificates):
    """Return the pin of these certificates."""
    listed = ", ".join(fingerprint(each) for each in certificates)
    return {"peer_certificate_fingerprints": read_fingerprints(listed)}


def test_stopping_ends_a_handshake_under_way(pki, run):
    """A client that says nothing does not hold the acceptor up, and hears that it is over."""

    async def stop():
        async with running(venue_of(pki, Ear())) as venue:
            reader, writer = await asyncio.open_connection("127.0.0.1", venue.ports[0])
            await asyncio.sleep(0.1)
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer = await reader.read()
        writer.close()
        return answer

    assert run(stop()) == b""


# --- openssl on the other side -------------------------------------------------------------------


@asynccontextmanager
async def openssl(*arguments):
    """Run openssl while something else goes on."""
    process = await asyncio.create_subprocess_exec(
        "openssl", *map(str, arguments), stdin=PIPE, stdout=PIPE, stderr=DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def heard(stream, wanted):
    """Read until these bytes have come; return all there was."""
    found = b""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while wanted not in found:
            more = await stream.read(4096)
            assert more, found
            found += more
    return found


def test_openssl_s_client_logs_on(pki):
    """``openssl s_client`` with A's certificate gets a Logon for its Logon."""

    async def talk():
        certificate, key = pki.client
        async with running(venue_of(pki, Ear())) as venue:
            where = ("-connect", f"127.0.0.1:{venue.ports[0]}", "-CAfile", pki.ours)
            shown = ("-cert", certificate, "-key", key, "-verify_return_error", "-quiet")
            async with openssl("s_client", *where, *shown) as client:
                client.stdin.write(logon())
                return await heard(client.stdout, b"\x0110=")

    assert b"\x0135=A\x01" in asyncio.run(talk())


@asynccontextmanager
async def s_server(*arguments):
    """Run ``openssl s_server``; give the process and the port that it chose."""
    async with openssl("s_server", "-accept", "127.0.0.1:0", "-naccept", "9", *arguments) as server:
        async with asyncio.timeout(PATIENCE_SECONDS):
            line = b""
            while not line.startswith(b"ACCEPT"):
                line = await server.stdout.readline()
                assert line
        yield server, int(line.rpartition(b":")[2])


def test_openssl_s_server_gets_our_logon(pki, run):
    """As initiator with mutual TLS, Username and all goes out after the handshake."""
    certificate, key = pki.venue
    demands = ("-cert", certificate, "-key", key, "-CAfile", pki.ours, "-Verify", "1")

    async def talk():
        async with s_server(*demands, "-verify_return_error") as (server, port):
            security = of_initiator(pki, pki.client, peer_certificate_name="VENUE")
            async with running(client_of(port, Ear(), security)):
                return await heard(server.stdout, b"\x0110=")

    assert b"\x0135=A\x01" in run(talk())


@pytest.mark.parametrize(
    ("shown", "changes", "reason"),
    [
        ("expired", {}, "certificate has expired"),
        ("revoked", {}, "certificate revoked"),
        ("foreign", {}, "unable to get local issuer certificate"),
        ("elsewhere", {}, "IP address mismatch"),
        ("venue", {"sni_host_name": "fix.example.com"}, "Hostname mismatch"),
        ("venue", {"peer_certificate_name": "XNAS"}, "certificate is for VENUE, not for XNAS"),
        ("venue", {"peer_certificate_fingerprints": frozenset(["0" * 64])}, "not the pinned one"),
    ],
)
def test_initiator_refuses_bad_server_certificates(pki, run, caplog, shown, changes, reason):
    """An expired, a foreign, and another host's certificate get no Logon out of us."""
    caplog.set_level("INFO", "oms_fix.fix")
    certificate, key = getattr(pki, shown)

    async def talk():
        async with s_server("-cert", certificate, "-key", key) as (server, port):
            revocations = {"certificate_revocation_list_file": pki.revocations}
            security = of_initiator(pki, pki.client, **revocations, **changes)
            async with running(client_of(port, Ear(), security)):
                await until_logged(caplog, reason)
            server.kill()
            return await server.stdout.read()

    assert b"8=FIX" not in run(talk())


def test_initiator_refuses_a_server_without_certificate(pki, run, caplog):
    """Encrypted is not enough: it has to prove who it is."""
    caplog.set_level("INFO", "oms_fix.fix")

    async def talk():
        async with s_server("-nocert", "-cipher", "ALL:@SECLEVEL=0", "-tls1_2") as (server, port):
            async with running(client_of(port, Ear(), of_initiator(pki, pki.client))):
                await until_logged(caplog, "SSL")
            server.kill()
            return await server.stdout.read()

    assert b"8=FIX" not in run(talk())


def test_server_name_of_settings_is_looked_for(pki, run):
    """SNIHostName: the certificate is that of the name, though an address is connected to."""
    certificate, key = pki.elsewhere

    async def talk():
        async with s_server("-cert", certificate, "-key", key) as (server, port):
            security = of_initiator(pki, pki.client, sni_host_name="fix.example.com")
            async with running(client_of(port, Ear(), security)):
                return await heard(server.stdout, b"\x0110=")

    assert b"\x0135=A\x01" in run(talk())


@pytest.fixture
def replaceable(pki, tmp_path):
    """Files of a venue that can be replaced, and the settings that name them."""
    files = SimpleNamespace(certificate=tmp_path / "venue.pem", key=tmp_path / "venue.key")
    files.certificate.write_bytes(pki.venue[0].read_bytes())
    files.key.write_bytes(pki.venue[1].read_bytes())
    files.settings = {
        "server_certificate_file": files.certificate,
        "server_certificate_key_file": files.key,
    }
    return files


async def certificate_shown(pki, port):
    """Return the fingerprint of the certificate that the venue shows to A."""
    context = context_of(pki, pki.client)
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return sha256(der).hexdigest()


def print_of(certificate):
    """Return the fingerprint of a PEM file."""
    return next(iter(read_fingerprints(fingerprint(certificate))))


def test_changed_certificates_are_taken_in_without_a_restart(pki, run, replaceable, caplog):
    """The next connection gets the new one, once its key is there too; a live session goes on."""
    caplog.set_level("INFO", "oms_fix.fix")
    other, key = pki.other
    ear = Ear()

    async def talk():
        shown = []
        async with running(venue_of(pki, ear, **replaceable.settings)) as venue:
            (port,) = venue.ports
            security = of_initiator(pki, pki.client)
            async with running(client_of(port, Ear(), security)):
                await ear.until(lambda: ear.live)
                shown.append(await certificate_shown(pki, port))
                replaceable.certificate.write_bytes(other.read_bytes())
                shown.append(await certificate_shown(pki, port))
                replaceable.key.write_bytes(key.read_bytes())
                shown.append(await certificate_shown(pki, port))
                assert ear.live == {"A"}
        return shown

    before, after = print_of(pki.venue[0]), print_of(other)
    assert run(talk()) == [before, before, after]
    said = [record.msg for record in caplog.records if "TLS files" in record.msg]
    assert said == ["changed TLS files not taken", "changed TLS files taken"]
    assert "this private key belongs to another certificate" in reasons(caplog)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("nothing", "cannot be read: No such file or directory"),
        ("rubbish", "no PEM certificate with its private key"),
        ("expired", "certificate has expired"),
    ],
)
def test_a_bad_certificate_is_not_taken_in(pki, run, replaceable, caplog, content, reason):
    """The one of before goes on, and the log says once what is wrong."""
    caplog.set_level("INFO", "oms_fix.fix")

    def spoil():
        if content == "nothing":
            replaceable.certificate.unlink()
        elif content == "rubbish":
            replaceable.certificate.write_text("certificate")
        else:
            certificate, key = pki.expired
            replaceable.certificate.write_bytes(certificate.read_bytes())
            replaceable.key.write_bytes(key.read_bytes())

    async def talk():
        async with running(venue_of(pki, Ear(), **replaceable.settings)) as venue:
            (port,) = venue.ports
            spoil()
            return [await certificate_shown(pki, port) for _ in range(2)]

    assert run(talk()) == [print_of(pki.venue[0])] * 2
    refused = [r.reason for r in caplog.records if r.msg == "changed TLS files not taken"]
    assert refused == [reason]


def test_a_changed_revocation_list_is_taken_in(pki, run, tmp_path):
    """Who is on it gets no session from the next connection on."""
    listed = tmp_path / "revoked.pem"
    listed.write_bytes(pki.none_revoked.read_bytes())

    async def talk():
        changes = {"certificate_revocation_list_file": listed}
        async with running(venue_of(pki, Ear(), **changes)) as venue:
            (port,) = venue.ports
            context = context_of(pki, pki.revoked)
            before = await answer_to(port, logon(), context)
            listed.write_bytes(pki.revocations.read_bytes())
            return before, await answer_to(port, logon(), context)

    before, after = run(talk())
    assert (b"\x0135=A\x01" in before, after) == (True, b"")
