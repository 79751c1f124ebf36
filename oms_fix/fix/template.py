"""Acceptor templates: one ``[SESSION]`` for every counterparty that proves who it is.

A template is no session. A Logon(A) that names none of the sessions, but fits a template in all but
its SenderCompID(49), is held against the session that the template would make for that CompID; once
address, certificate and password have proved the claim, that session is made. From there on it is a
session like any other, with numbers of its own.
"""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from msgspec import structs

if TYPE_CHECKING:
    from oms_fix.fix.settings import SessionSettings

EVERYBODY = "*"
"""Stands for the CompID of the counterparty, in some settings of a template."""

_COMP_ID_MAX = 64
_PROOFS = (
    "CredentialsFile",
    "PeerCertificateName",
    "PeerCertificateFingerprint",
    "AllowedRemoteAddresses",
)


def session_of(template: "SessionSettings", comp_id: str) -> "SessionSettings | None":
    """Return the settings of a counterparty's session; None if nobody can be called so.

    Args:
        template: of the session.
        comp_id: of the counterparty; it comes from a stranger, and becomes part of a name.
    """
    is_plain = comp_id.isascii() and comp_id.isprintable() and comp_id == comp_id.strip()
    if not is_plain or not 0 < len(comp_id) <= _COMP_ID_MAX or EVERYBODY in comp_id:
        return None
    security = template.security
    certificate_name = security.peer_certificate_name
    if certificate_name is not None:
        certificate_name = certificate_name.replace(EVERYBODY, comp_id)
    return structs.replace(
        template,
        name=template.name.replace(EVERYBODY, comp_id),
        target_comp_id=comp_id,
        acceptor_template=False,
        of_template=template.name,
        security=structs.replace(security, peer_certificate_name=certificate_name),
    )


def comp_id_in(template: "SessionSettings", session_name: str) -> str:
    """Return the CompID of the counterparty whose session of a template has this name."""
    before, _, after = template.name.partition(EVERYBODY)
    return session_name.removeprefix(before).removesuffix(after)


def check_template(settings: "SessionSettings", keys: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the key to blame and what is wrong with what makes a template of a session.

    Args:
        settings: of a template or of a session.
        keys: all keys that were given, with or without effect.
    """
    is_for_everybody = settings.target_comp_id == EVERYBODY
    if not settings.acceptor_template:
        if is_for_everybody:
            yield "TargetCompID", "TargetCompID=* without AcceptorTemplate=Y"
        return
    if not is_for_everybody:
        yield "AcceptorTemplate", "AcceptorTemplate=Y needs TargetCompID=*"
    if settings.name.count(EVERYBODY) != 1:
        text = "of a template needs one *, which stands for the CompID"
        yield "SessionName", f"SessionName={settings.name} {text}"
    if not any(proof in keys for proof in _PROOFS):
        text = "AcceptorTemplate=Y would let anybody in"
        yield "AcceptorTemplate", f"{text}; it needs one of {', '.join(_PROOFS)}"
