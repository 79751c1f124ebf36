"""Security keys of settings: every mistake shows before anyone connects, by file and line."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from certificates import Authority, openssl

from oms_fix.fix import ConfigError, credentials, load_settings
from oms_fix.fix.credentials import set_password
from oms_fix.fix.security import Secret

ACCEPTOR = """\
[DEFAULT]
ConnectionType=acceptor
SenderCompID=OMSFIX
BeginString=FIX.4.4
SocketAcceptPort=9876
{}
[SESSION]
TargetCompID=A
"""
INITIATOR = """\
[SESSION]
ConnectionType=initiator
SenderCompID=OMSFIX
BeginString=FIX.4.4
TargetCompID=XNAS
HeartBtInt=30
SocketConnectHost=fix.example.com
SocketConnectPort=9876
"""
ENCRYPTED = (
    "8: ServerCertificateKeyFile: the private key is encrypted; allowed: one without a passphrase"
)
FINGERPRINTS = "SHA-256 fingerprints of 64 hex digits, separated by commas"
NETWORKS = "IP addresses and networks such as 192.0.2.0/24, separated by commas"
SIZES = "a whole number from 4096 to 67108864"
UNCLEAR = "say SocketUseSSL=Y, or N for plain text"
TLS = "SocketUseSSL=Y\nServerCertificateFile=VENUE.pem\nServerCertificateKeyFile=VENUE.key\n"
MUTUAL = f"{TLS}CertificationAuthoritiesFile=authority.pem\nNeedClientAuth=Y\n"
DOCUMENT = Path(__file__).resolve().parents[3] / "spec" / "security.md"


@pytest.fixture(scope="module")
def issued(tmp_path_factory):
    """A folder with certificates of an authority, and keys."""
    folder = tmp_path_factory.mktemp("pki")
    authority = Authority(folder, "ours")
    for name in ("VENUE", "OTHER"):
        _, key = authority.issue(name)
    together = key.with_name("together.pem")
    together.write_bytes(
        b"".join(key.with_name(f"VENUE.{end}").read_bytes() for end in ("key", "pem"))
    )
    locked = key.with_name("locked.key")
    openssl("pkey", "-in", key, "-aes256", "-passout", "pass:x", "-out", locked)
    return key.parent


@pytest.fixture
def folder(issued, monkeypatch):
    """The same, with a file of credentials (user A) and one with a password."""
    monkeypatch.setattr(credentials, "_N", 4)
    (issued / "users").unlink(missing_ok=True)
    set_password(issued / "users", "A", b"secret")
    (issued / "password").write_text("hunter2\nsecond line\n")
    (issued / "nonsense").write_text("A secret\n")
    (issued / "empty").write_text("\n")
    return issued


@pytest.fixture
def load(folder):
    """Load settings from a text in the folder of the certificates."""

    def load(text):
        path = folder / "clients.cfg"
        path.write_text(text)
        return load_settings(path)

    return load


@pytest.fixture
def problems(load):
    """Return the problems of a text as ``line: text``."""

    def problems(text):
        with pytest.raises(ConfigError) as caught:
            load(text)
        return [f"{problem.line}: {problem.text}" for problem in caught.value.problems]

    return problems


def test_acceptor_with_everything(load, folder):
    """Each key arrives where it is looked for."""
    (session,) = load(
        ACCEPTOR.format(
            MUTUAL + "EnabledProtocols=TLSv1.3\nCipherSuites=ECDHE+AESGCM\nPeerCertificateName=A\n"
            f"PeerCertificateFingerprint={'AB:' * 31}AB, {'0' * 64}\n"
            "AllowedRemoteAddresses=192.0.2.1, 198.51.100.0/24,2001:db8::/32\n"
            "CredentialsFile=users\nUsername=A\nMaxMessageSize=8192\n"
        )
    )
    security = session.security
    assert session.max_message_size == 8192
    assert (security.socket_use_ssl, security.need_client_auth) == (True, True)
    assert security.server_certificate_file == folder / "VENUE.pem"
    assert security.enabled_protocols == ("TLSv1.3",)
    assert security.peer_certificate_fingerprints == {"ab" * 32, "0" * 64}
    assert security.allowed_remote_addresses == (
        ip_network("192.0.2.1/32"),
        ip_network("198.51.100.0/24"),
        ip_network("2001:db8::/32"),
    )
    assert (security.credentials_file, security.username) == (folder / "users", "A")


def test_initiator_with_everything(load):
    """The password is the first line of its file, and nothing shows it."""
    (session,) = load(
        INITIATOR + "SocketUseSSL=Y\nClientCertificateFile=together.pem\n"
        "CertificationAuthoritiesFile=authority.pem\nSNIHostName=fix.example.com\n"
        "Username=us\nPasswordFile=password\n"
    )
    assert session.security.password == Secret(b"hunter2")
    assert "hunter2" not in f"{session!r} {session.security.password}"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("SocketUseSSL=Y", "6: SocketUseSSL=Y without ServerCertificateFile"),
        (
            "ServerCertificateFile=VENUE.pem",
            f"6: ServerCertificateFile without SocketUseSSL; {UNCLEAR}",
        ),
        (
            TLS.replace("VENUE.pem", "gone.pem"),
            "7: ServerCertificateFile=gone.pem: not allowed; a file that exists",
        ),
        (
            TLS.replace("VENUE.pem", "users"),
            "7: ServerCertificateFile: no PEM certificate with its private key",
        ),
        (
            TLS.replace("VENUE.key", "OTHER.key"),
            "8: ServerCertificateKeyFile: this private key belongs to another certificate",
        ),
        (
            TLS.replace("VENUE", "OTHER").replace("OTHER.key", "locked.key"),
            ENCRYPTED,
        ),
        (TLS + "CipherSuites=ROT13", "9: CipherSuites: no cipher suite that OpenSSL knows"),
        (
            TLS + "EnabledProtocols=TLSv1.1",
            "9: EnabledProtocols=TLSv1.1: not allowed; TLSv1.2 or TLSv1.3 or TLSv1.2,TLSv1.3",
        ),
        (
            TLS + "NeedClientAuth=Y",
            "9: NeedClientAuth=Y without CertificationAuthoritiesFile",
        ),
        (
            TLS + "NeedClientAuth=Y\nCertificationAuthoritiesFile=users",
            "10: CertificationAuthoritiesFile: nothing of the kind in PEM",
        ),
        (
            MUTUAL + "CertificateRevocationListFile=VENUE.pem",
            "11: CertificateRevocationListFile: nothing of the kind in PEM",
        ),
        (
            TLS + "PeerCertificateName=A",
            "9: PeerCertificateName without NeedClientAuth=Y: no client shows a certificate",
        ),
        (
            "SocketUseSSL=N\nPeerCertificateName=A",
            "6: a pinned certificate needs SocketUseSSL=Y",
        ),
        (
            "SocketUseSSL=N\nPeerCertificateFingerprint=abc",
            f"7: PeerCertificateFingerprint=abc: not allowed; {FINGERPRINTS}",
        ),
        (
            "AllowedRemoteAddresses=192.0.2.1/24",
            f"6: AllowedRemoteAddresses=192.0.2.1/24: not allowed; {NETWORKS}",
        ),
        ("Username=A", "6: Username without CredentialsFile"),
        (
            "CredentialsFile=users\nUsername=B",
            "7: user B is not in users; oms-fix passwd adds users",
        ),
        ("CredentialsFile=nonsense", "1: no line as oms-fix passwd writes it"),
        ("MaxMessageSize=10", f"6: MaxMessageSize=10: not allowed; {SIZES}"),
    ],
)
def test_mistakes_of_acceptors(problems, lines, expected):
    """Each once and at the line of the key, though both sessions inherit it."""
    text = ACCEPTOR.format(lines.strip()) + "\n[SESSION]\nTargetCompID=A\nBeginString=FIX.4.3\n"
    assert [each for each in problems(text) if "SessionName" not in each] == [expected]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            "SocketUseSSL=Y\nClientCertificateKeyFile=VENUE.key",
            "10: ClientCertificateKeyFile without ClientCertificateFile",
        ),
        ("PasswordFile=password", "9: PasswordFile without Username"),
        (
            "Username=us\nPasswordFile=empty",
            "10: PasswordFile: the first line is to be the password",
        ),
        ("Username=a:b", "9: Username: not allowed; printable ASCII without ':', no '#' in front"),
        ("CredentialsFile=users", "9: CredentialsFile means nothing for ConnectionType=initiator"),
    ],
)
def test_mistakes_of_initiators(problems, lines, expected):
    """At the line of the key."""
    assert problems(INITIATOR + lines + "\n") == [expected]


@pytest.mark.parametrize("host", ["a b", "x" * 64 + ".example.com", "a..b", "http://a", "-:-"])
def test_hosts_that_no_name_can_be(problems, host):
    """A label of over 63 characters would fail with each attempt to connect."""
    text = INITIATOR.replace("fix.example.com", host)
    expected = f"7: SocketConnectHost={host}: not allowed; a host name or IP address"
    assert problems(text) == [expected]


def test_early_versions_have_no_credentials_in_their_logon(problems, load):
    """FIX 4.2 needs a dictionary that has them, or AllowUnknownMsgFields=Y."""
    text = ACCEPTOR.format("CredentialsFile=users").replace("FIX.4.4", "FIX.4.2")
    (problem,) = problems(text)
    assert problem == (
        "6: this dictionary's Logon(A) has no Username(553) and Password(554); "
        "AllowUnknownMsgFields=Y or a dictionary that has them"
    )
    assert load(text + "AllowUnknownMsgFields=Y\n")


def test_one_address_is_listened_on_in_one_way(problems):
    """A port is with TLS or without."""
    text = ACCEPTOR.format(TLS.strip()) + "[SESSION]\nTargetCompID=B\nSocketUseSSL=N\n"
    assert problems(text) == [
        "11: another TLS setting than line 9 at the same address and port; one listener has one"
    ]


@pytest.mark.parametrize(
    ("host", "good"), [("127.0.0.1", False), ("0.0.0.0", True), ("::1", True), ("::", True)]
)
def test_hosts_of_one_port_do_not_overlap(load, problems, host, good):
    """Every address is 127.0.0.1 too: the second listener could not start."""
    text = ACCEPTOR.format("") + f"[SESSION]\nTargetCompID=B\nSocketAcceptHost={host}\n"
    if good:
        assert len(load(text)) == 2
    else:
        (problem,) = problems(text)
        assert problem == (
            "9: SocketAcceptHost 127.0.0.1 and 0.0.0.0 of line 7 overlap at port 9876; "
            "the same host, or another port"
        )


def test_example_of_the_document_is_good(load, folder):
    """What spec/security.md shows can be copied."""
    lines = DOCUMENT.read_text().partition("    [DEFAULT]\n")[2].partition("\n\nAn initiator")[0]
    (folder / "tls").mkdir(exist_ok=True)
    for name, there in (("oms.pem", "VENUE.pem"), ("oms.key", "VENUE.key")):
        (folder / "tls" / name).write_bytes((folder / there).read_bytes())
    (folder / "tls" / "clients-ca.pem").write_bytes((folder / "authority.pem").read_bytes())
    (session,) = load("[DEFAULT]\n" + lines)
    assert session.security.peer_certificate_name == "fix.buyside44.example"
