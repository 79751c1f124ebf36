"""What a session has been told about who may connect, and how the line is protected."""

from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

from msgspec import Struct

Network = IPv4Network | IPv6Network

_FINGERPRINT_DIGITS = 64
_HEX_DIGITS = frozenset("0123456789abcdef")


class Secret(Struct, frozen=True):
    """Bytes that no log, traceback or repr shows."""

    value: bytes

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__


class SecuritySettings(Struct, frozen=True, kw_only=True):
    """Security keys of one session in snake case; see ``spec/security.md``.

    Attributes:
        cipher_suites: a list in OpenSSL's notation, for TLS 1.2; empty for OpenSSL's own choice.
        peer_certificate_fingerprints: SHA-256, lower case hex without colons.
        allowed_remote_addresses: empty if every address may connect.
    """

    socket_use_ssl: bool = False
    server_certificate_file: Path | None = None
    server_certificate_key_file: Path | None = None
    client_certificate_file: Path | None = None
    client_certificate_key_file: Path | None = None
    certification_authorities_file: Path | None = None
    certificate_revocation_list_file: Path | None = None
    need_client_auth: bool = False
    enabled_protocols: tuple[str, ...] = ("TLSv1.2", "TLSv1.3")
    cipher_suites: str = ""
    sni_host_name: str | None = None
    peer_certificate_fingerprints: frozenset[str] = frozenset()
    peer_certificate_name: str | None = None
    allowed_remote_addresses: tuple[Network, ...] = ()
    credentials_file: Path | None = None
    username: str | None = None
    password: Secret | None = None

    @property
    def of_listener(self) -> tuple[object, ...]:
        """Return what all sessions at one listening address must have in common."""
        return (
            self.socket_use_ssl,
            self.server_certificate_file,
            self.server_certificate_key_file,
            self.certification_authorities_file,
            self.certificate_revocation_list_file,
            self.need_client_auth,
            self.enabled_protocols,
            self.cipher_suites,
        )

    def allows(self, address: str) -> bool:
        """Whether a peer may connect from this IP address."""
        allowed = self.allowed_remote_addresses
        if not allowed:
            return True
        peer = ip_address(address)
        return any(peer in network for network in allowed)


def peer_address(peer: tuple[object, ...]) -> str:
    """Return the IP address of a socket's peer; an IPv4 address mapped into IPv6 as IPv4."""
    address = ip_address(str(peer[0]).partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def read_networks(value: str) -> tuple[Network, ...]:
    """Read addresses and CIDR networks, separated by commas; ValueError if one is neither."""
    return tuple(ip_network(part.strip()) for part in value.split(","))


def read_protocols(value: str) -> tuple[str, ...]:
    """Read TLS versions, separated by commas; KeyError for one that is unknown or too old."""
    known = {name: name for name in SecuritySettings().enabled_protocols}
    return tuple(known[part.strip()] for part in value.split(","))


def read_fingerprints(value: str) -> frozenset[str]:
    """Read SHA-256 fingerprints, separated by commas, with colons or without; else ValueError."""
    found = frozenset(part.strip().replace(":", "").lower() for part in value.split(","))
    if any(len(each) != _FINGERPRINT_DIGITS or set(each) - _HEX_DIGITS for each in found):
        raise ValueError(value)
    return found


def read_host(value: str) -> str:
    """Read a host name or IP address; ValueError if it can be neither."""
    labels = value.removesuffix(".").split(".")
    name = all(0 < len(label) <= 63 and _is_label(label) for label in labels) and len(value) <= 253
    if not name:
        ip_address(value.partition("%")[0])  # IPv6
    return value


def _is_label(label: str) -> bool:
    return label.isascii() and label.replace("-", "a").replace("_", "a").isalnum()


def _read_text(value: str) -> str:
    if not (value.isascii() and value.isprintable()):
        raise ValueError(value)
    return value


_flag = {"Y": True, "N": False}.__getitem__
_FILE = "a file that exists"
_TEXT = "printable ASCII text"
_HOST = "a host name or IP address"

# Key to attribute, reader (raises ValueError, KeyError), and what is allowed.
SECURITY_KEYS: Mapping[str, tuple[str, Callable[[str], object], str]] = {
    "SocketUseSSL": ("socket_use_ssl", _flag, "Y or N"),
    "ServerCertificateFile": ("server_certificate_file", Path, _FILE),
    "ServerCertificateKeyFile": ("server_certificate_key_file", Path, _FILE),
    "ClientCertificateFile": ("client_certificate_file", Path, _FILE),
    "ClientCertificateKeyFile": ("client_certificate_key_file", Path, _FILE),
    "CertificationAuthoritiesFile": ("certification_authorities_file", Path, _FILE),
    "CertificateRevocationListFile": ("certificate_revocation_list_file", Path, _FILE),
    "NeedClientAuth": ("need_client_auth", _flag, "Y or N"),
    "EnabledProtocols": (
        "enabled_protocols",
        read_protocols,
        "TLSv1.2 or TLSv1.3 or TLSv1.2,TLSv1.3",
    ),
    "CipherSuites": ("cipher_suites", _read_text, _TEXT),
    "SNIHostName": ("sni_host_name", read_host, _HOST),
    "PeerCertificateFingerprint": (
        "peer_certificate_fingerprints",
        read_fingerprints,
        "SHA-256 fingerprints of 64 hex digits, separated by commas",
    ),
    "PeerCertificateName": ("peer_certificate_name", _read_text, _TEXT),
    "AllowedRemoteAddresses": (
        "allowed_remote_addresses",
        read_networks,
        "IP addresses and networks such as 192.0.2.0/24, separated by commas",
    ),
    "CredentialsFile": ("credentials_file", Path, _FILE),
    "Username": ("username", _read_text, _TEXT),
    "PasswordFile": ("password", Path, _FILE),
}
