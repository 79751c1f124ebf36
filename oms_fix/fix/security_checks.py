"""What is wrong with the security keys of settings, so that it shows before anyone connects."""

from collections.abc import Collection, Iterable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from oms_fix.fix.credentials import is_user_name, read_credentials
from oms_fix.fix.dictionary import Dictionary
from oms_fix.fix.security import Secret, SecuritySettings
from oms_fix.fix.template import EVERYBODY
from oms_fix.fix.tls import TlsError, client_context, server_context

if TYPE_CHECKING:
    from oms_fix.fix.settings import SessionSettings

# The key to blame, and what is wrong.
Finding = tuple[str, str]
# SocketAcceptHost and SocketAcceptPort, what the listener is told, and the line of the session.
Listener = tuple[str, int, SecuritySettings, int]

_OF_TLS = {
    "server_certificate_file": "ServerCertificateFile",
    "server_certificate_key_file": "ServerCertificateKeyFile",
    "client_certificate_file": "ClientCertificateFile",
    "client_certificate_key_file": "ClientCertificateKeyFile",
    "certification_authorities_file": "CertificationAuthoritiesFile",
    "certificate_revocation_list_file": "CertificateRevocationListFile",
    "need_client_auth": "NeedClientAuth",
    "sni_host_name": "SNIHostName",
    "peer_certificate_fingerprints": "PeerCertificateFingerprint",
    "peer_certificate_name": "PeerCertificateName",
}
_EVERY_ADDRESS = ("", "0.0.0.0", "::")  # noqa: S104 - looked for, not bound to


def check_session(
    settings: "SessionSettings", dictionary: Dictionary, keys: Collection[str]
) -> Iterator[Finding]:
    """Yield what is wrong with the security keys of one session.

    Args:
        settings: of the session.
        dictionary: of the session.
        keys: all keys that were given, with or without effect.

    Raises:
        ConfigError: the file of credentials is wrong.
    """
    security = settings.security
    is_acceptor = settings.connection_type == "acceptor"
    given = [key for name, key in _OF_TLS.items() if getattr(security, name)]
    if given and "SocketUseSSL" not in keys:
        yield given[0], f"{given[0]} without SocketUseSSL; say SocketUseSSL=Y, or N for plain text"
    if security.socket_use_ssl:
        yield from _check_tls(security, given, is_acceptor=is_acceptor)
    elif security.peer_certificate_fingerprints or security.peer_certificate_name:
        yield "SocketUseSSL", "a pinned certificate needs SocketUseSSL=Y"
    if is_acceptor:
        yield from _check_accepted_credentials(settings, dictionary)
    elif "PasswordFile" in keys and security.username is None:
        yield "PasswordFile", "PasswordFile without Username"
    if security.username is not None and not is_user_name(security.username):
        yield "Username", "Username: not allowed; printable ASCII without ':', no '#' in front"


def _check_tls(
    security: SecuritySettings, given: list[str], *, is_acceptor: bool
) -> Iterator[Finding]:
    for part in ("ServerCertificate", "ClientCertificate"):
        if f"{part}KeyFile" in given and f"{part}File" not in given:
            yield f"{part}KeyFile", f"{part}KeyFile without {part}File"
    if is_acceptor and security.server_certificate_file is None:
        yield "SocketUseSSL", "SocketUseSSL=Y without ServerCertificateFile"
        return
    if is_acceptor and security.need_client_auth and "CertificationAuthoritiesFile" not in given:
        yield "NeedClientAuth", "NeedClientAuth=Y without CertificationAuthoritiesFile"
        return
    needy = [key for key in given if key.startswith(("PeerCertificate", "CertificateRevocation"))]
    if is_acceptor and needy and not security.need_client_auth:
        yield needy[0], f"{needy[0]} without NeedClientAuth=Y: no client shows a certificate"
    try:
        server_context(security) if is_acceptor else client_context(security)
    except TlsError as error:
        yield error.key, f"{error.key}: {error}"


def _check_accepted_credentials(
    settings: "SessionSettings", dictionary: Dictionary
) -> Iterator[Finding]:
    path = settings.security.credentials_file
    if path is None:
        if settings.security.username is not None:
            yield "Username", "Username without CredentialsFile"
        return
    name = settings.security.username or settings.target_comp_id
    key = "Username" if settings.security.username else "CredentialsFile"
    if name not in read_credentials(path) and name != EVERYBODY:
        yield key, f"user {name} is not in {path.name}; oms-fix passwd adds users"
    has_fields = {553, 554} <= dictionary.messages["A"].fields
    if not has_fields and not settings.validation.allow_unknown_msg_fields:
        text = "this dictionary's Logon(A) has no Username(553) and Password(554)"
        yield "CredentialsFile", f"{text}; AllowUnknownMsgFields=Y or a dictionary that has them"


def check_listeners(listeners: Iterable[Listener]) -> Iterator[tuple[int, str]]:
    """Yield (line, problem) of acceptors that share a port and do not go together."""
    by_port: dict[int, list[Listener]] = {}
    for listener in listeners:
        by_port.setdefault(listener[1], []).append(listener)
    for port, sharing in by_port.items():
        first_host, _, first, first_line = sharing[0]
        for host, _, security, line in sharing[1:]:
            if host == first_host and security.of_listener != first.of_listener:
                text = f"another TLS setting than line {first_line} at the same address and port"
                yield line, f"{text}; one listener has one"
            elif port and host != first_host and _overlap(host, first_host):
                text = f"SocketAcceptHost {host} and {first_host} of line {first_line} overlap"
                yield line, f"{text} at port {port}; the same host, or another port"


def _overlap(one: str, other: str) -> bool:
    """Whether one of two hosts stands for every address, the other's among them."""
    hosts = {one, other}
    if not hosts.intersection(_EVERY_ADDRESS):
        return False
    return len({_version(host) for host in hosts} - {0}) <= 1


def _version(host: str) -> int:
    """Return 4 or 6 for an address, 0 for a name, which may be either."""
    try:
        return ip_address(host).version
    except ValueError:
        return 0


def read_password(path: Path) -> Secret:
    """Return the first line of a file; ValueError if there is none that can be a password."""
    line = path.read_bytes().partition(b"\n")[0].removesuffix(b"\r")
    if not line or b"\x01" in line:
        raise ValueError("the first line is to be the password")
    return Secret(line)
