"""Certificates made with the ``openssl`` command, for tests of TLS."""

import subprocess
from pathlib import Path


def openssl(*arguments, **options):
    """Run openssl to its end."""
    command = ["openssl", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60, **options)
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


class Authority:
    """A certification authority of one's own in a folder.

    Attributes:
        certificate: PEM file with the certificate of the authority itself.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder / name
        self._folder.mkdir()
        self._lists = 0
        self.certificate = self._folder / "authority.pem"
        self._key = self._new_key("authority")
        openssl(
            *("req", "-x509", "-new", "-key", self._key, "-subj", f"/CN={name}", "-days", "2"),
            *("-addext", "basicConstraints=critical,CA:TRUE", "-out", self.certificate),
        )

    def issue(self, name: str, *, days: int = 2, host: str = "IP:127.0.0.1") -> tuple[Path, Path]:
        """Return the PEM files of a new certificate with this CN, and of its key.

        Args:
            name: CN of the subject, and the name of the files.
            days: how long it is valid; -1 for one that expired yesterday.
            host: its SubjectAltName.
        """
        key = self._new_key(name)
        request = self._folder / f"{name}.csr"
        certificate = self._folder / f"{name}.pem"
        openssl("req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", request)
        extensions = self._folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={host}\n")
        openssl(
            *("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key),
            *("-CAcreateserial", "-days", days, "-extfile", extensions, "-out", certificate),
        )
        return certificate, key

    def revoke(self, *certificates: Path) -> Path:
        """Return a new list of revoked certificates, with these on it too."""
        self._lists += 1
        listed = self._folder / f"revoked_{self._lists}.pem"
        database = self._folder / "index.txt"
        database.touch()
        configuration = self._folder / "ca.cnf"
        configuration.write_text(
            "[ca]\ndefault_ca=own\n"
            f"[own]\ndatabase={database}\ndefault_md=sha256\ndefault_crl_days=2\n"
        )
        own = ("-config", configuration, "-cert", self.certificate, "-keyfile", self._key)
        for certificate in certificates:
            openssl("ca", *own, "-revoke", certificate)
        openssl("ca", *own, "-gencrl", "-out", listed)
        return listed

    def _new_key(self, name: str) -> Path:
        path = self._folder / f"{name}.key"
        parameters = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        openssl("genpkey", *parameters, "-out", path)
        return path


def fingerprint(certificate: Path) -> str:
    """Return the SHA-256 fingerprint as openssl prints it: upper case, with colons."""
    printed = openssl("x509", "-in", certificate, "-noout", "-fingerprint", "-sha256")
    return printed.decode().strip().partition("=")[2]
