"""TLS 1.2 and 1.3 in both roles: contexts out of settings, and what a peer's certificate says.

An initiator always verifies the certificate of its counterparty and the name in it. An acceptor
asks for one with NeedClientAuth. Beyond that a session can be pinned to one certificate or name.
An initiator makes its context for each connection; an acceptor looks at each connection whether the
files have changed, and takes them in then, if they are good.
"""

import logging
import ssl
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec import Struct

from oms_fix.fix.errors import LocalError, RemoteError
from oms_fix.fix.file_state import state_of
from oms_fix.fix.security import SecuritySettings

log = logging.getLogger("oms_fix.fix")

PROTOCOLS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}


class TlsError(LocalError):
    """A file or a value of the TLS settings is of no use.

    Attributes:
        key: the setting.
    """

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


class PinError(RemoteError):
    """The certificate is a good one, but not that of this session's counterparty."""


class PeerCertificate(Struct, frozen=True):
    """What matters of a verified certificate.

    Attributes:
        fingerprint: SHA-256 of its DER form, in lower case hex.
        names: CN of the subject and every DNS name of SubjectAltName.
    """

    fingerprint: str
    names: frozenset[str]


def server_context(settings: SecuritySettings) -> ssl.SSLContext:
    """Return the context of an acceptor.

    Raises:
        TlsError: a file cannot be used, or the key is another certificate's.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _restrict(context, settings)
    certificate, key = settings.server_certificate_file, settings.server_certificate_key_file
    _load_own(context, "ServerCertificate", certificate, key)
    if settings.need_client_auth:
        _load_authorities(context, settings)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class ServerContext:
    """The context of an acceptor, made anew when a file that it was made of has changed.

    Args:
        settings: name the files.

    Raises:
        TlsError: as ``server_context``.
    """

    def __init__(self, settings: SecuritySettings) -> None:
        self._settings = settings
        self._files = [
            path
            for path in (
                settings.server_certificate_file,
                settings.server_certificate_key_file,
                settings.certification_authorities_file,
                settings.certificate_revocation_list_file,
            )
            if path is not None
        ]
        self._state = [state_of(path) for path in self._files]
        self._context = server_context(settings)

    def for_new_connection(self) -> ssl.SSLContext:
        """Return the context of what the files hold now.

        If that is of no use, and so long as it is not changed again, it is that of before, and the
        log says why. A certificate and its key may be replaced one after the other.
        """
        state = [state_of(path) for path in self._files]
        if state != self._state:
            self._state = state
            self._read_anew()
        return self._context

    def _read_anew(self) -> None:
        certificate = self._settings.server_certificate_file
        assert certificate is not None, "the settings demand it"
        try:
            context = server_context(self._settings)
            _check_validity(context, certificate)
        except TlsError as error:
            details = {"key": error.key, "reason": str(error)}
            log.warning("changed TLS files not taken", extra=details)
        else:
            self._context = context
            log.info("changed TLS files taken", extra={"certificate": str(certificate)})


def _check_validity(context: ssl.SSLContext, certificate: Path) -> None:
    """Have a client that trusts this certificate alone look at it: its time is not over.

    Raises:
        TlsError: it is, or has not begun; or no client could get through to it.
    """
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        trusting.load_verify_locations(certificate)
        client = trusting.wrap_bio(to_client, to_server)
        server = context.wrap_bio(to_server, to_client, server_side=True)
        for end in (client, server, client):
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()
    except ssl.SSLCertVerificationError as error:
        raise TlsError("ServerCertificateFile", error.verify_message) from error
    except OSError as error:
        raise TlsError("ServerCertificateFile", f"not to be shaken hands with: {error}") from error


def client_context(settings: SecuritySettings) -> ssl.SSLContext:
    """Return the context of an initiator; without authorities of its own it trusts the system's.

    Raises:
        TlsError: a file cannot be used, or the key is another certificate's.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _restrict(context, settings)
    certificate, key = settings.client_certificate_file, settings.client_certificate_key_file
    _load_own(context, "ClientCertificate", certificate, key)
    _load_authorities(context, settings)
    return context


def peer_certificate(tls: ssl.SSLObject | None) -> PeerCertificate | None:
    """Return the verified certificate of the other side; None if it has shown none.

    Args:
        tls: what a transport has as ``ssl_object``; None without TLS.
    """
    if tls is None:
        return None
    der = tls.getpeercert(binary_form=True)
    described: Any = tls.getpeercert()
    if not der or not described:  # nothing is described of a certificate that was not verified
        return None
    subject = [pair for name in described.get("subject", ()) for pair in name]
    alternative = described.get("subjectAltName", ())
    names = {value for kind, value in subject if kind == "commonName"}
    names.update(value for kind, value in alternative if kind == "DNS")
    return PeerCertificate(sha256(der).hexdigest(), frozenset(names))


def check_pin(settings: SecuritySettings, certificate: PeerCertificate | None) -> None:
    """Hold a certificate against what the session is pinned to, if it is.

    Raises:
        PinError: it is another one's; the text says whose.
    """
    wanted, name = settings.peer_certificate_fingerprints, settings.peer_certificate_name
    if not wanted and not name:
        return
    if certificate is None:
        raise PinError("no certificate, but the session is pinned to one")
    if wanted and certificate.fingerprint not in wanted:
        raise PinError(f"certificate {certificate.fingerprint} is not the pinned one")
    if name and name not in certificate.names:
        shown = ", ".join(sorted(certificate.names)) or "nobody"
        raise PinError(f"certificate is for {shown}, not for {name}")


def _restrict(context: ssl.SSLContext, settings: SecuritySettings) -> None:
    versions = [PROTOCOLS[name] for name in settings.enabled_protocols]
    context.minimum_version, context.maximum_version = min(versions), max(versions)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    if settings.cipher_suites:
        try:
            context.set_ciphers(settings.cipher_suites)
        except ssl.SSLError as error:
            raise TlsError("CipherSuites", "no cipher suite that OpenSSL knows") from error


def _load_own(
    context: ssl.SSLContext, key_prefix: str, certificate: Path | None, key: Path | None
) -> None:
    """Load our certificate with its chain; the key may be in the same file."""
    if certificate is None:
        return
    holder = f"{key_prefix}KeyFile" if key else f"{key_prefix}File"
    asked: list[bool] = []

    def no_passphrase() -> bytes:
        """Answer OpenSSL, which would ask on the terminal."""
        asked.append(True)
        return b""

    try:
        context.load_cert_chain(certificate, key, password=no_passphrase)
    except ssl.SSLError as error:
        if asked:
            text = "the private key is encrypted; allowed: one without a passphrase"
            raise TlsError(holder, text) from error
        if error.reason == "KEY_VALUES_MISMATCH":
            raise TlsError(holder, "this private key belongs to another certificate") from error
        text = "no PEM certificate with its private key"
        raise TlsError(f"{key_prefix}File", text) from error
    except OSError as error:
        raise TlsError(f"{key_prefix}File", f"cannot be read: {error.strerror}") from error


def _load_authorities(context: ssl.SSLContext, settings: SecuritySettings) -> None:
    """Trust these authorities, but for what they have revoked."""
    authorities = settings.certification_authorities_file
    if authorities is None:
        assert not settings.need_client_auth, "the settings demand authorities"
        context.load_default_certs()
    else:
        _load_trusted(context, "CertificationAuthoritiesFile", authorities)
    revoked = settings.certificate_revocation_list_file
    if revoked is not None:
        _load_trusted(context, "CertificateRevocationListFile", revoked)
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF


def _load_trusted(context: ssl.SSLContext, key: str, path: Path) -> None:
    before = context.cert_store_stats()
    try:
        context.load_verify_locations(path)
    except ssl.SSLError as error:
        raise TlsError(key, "nothing of the kind in PEM") from error
    except OSError as error:
        raise TlsError(key, f"cannot be read: {error.strerror}") from error
    kind = "x509" if key == "CertificationAuthoritiesFile" else "crl"
    if context.cert_store_stats()[kind] == before[kind]:
        raise TlsError(key, "nothing of the kind in PEM")
