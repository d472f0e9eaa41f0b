"""Pictures with content credentials, made as a camera or a program would."""

from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from tests.pictures import encoded, scene

SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
PROGRAM = {"name": "Polder Painter", "version": "1.0"}


def signed(
    source: str = "digitalCapture",
    *,
    program: dict[str, str] | None = None,
    remote: str = "",
    ocsp: str = "",
    picture: bytes | None = None,
) -> bytes:
    """Return a JPEG with content credentials.

    Args:
        source: How it says that it was made, of IPTC's list.
        program: What says so.
        remote: Where its credentials are to be had instead of in it.
        ocsp: Where it is told whether its certificate was revoked.
        picture: The JPEG without them.
    """
    action = {"action": "c2pa.created", "digitalSourceType": SOURCES + source}
    manifest: dict[str, Any] = {
        "claim_generator_info": [program or PROGRAM],
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [action]}}],
    }
    chain, key = _identity(ocsp)
    identity = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=key, ta_url=None)
    context = c2pa.Context.from_dict({"builder": {"thumbnail": {"enabled": False}}})
    file = BytesIO()
    with (
        c2pa.Signer.from_info(identity) as signer,
        c2pa.Builder(manifest, context=context) as builder,
    ):
        if remote:
            builder.set_no_embed()
            builder.set_remote_url(remote)
        plain = picture or encoded(scene(320, 240))
        builder.sign(signer, "image/jpeg", BytesIO(plain), file)
    return file.getvalue()


@cache
def _identity(ocsp: str) -> tuple[bytes, bytes]:
    """Return a chain of certificates that nobody trusts, and the key of the first."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _certificate("Polder Root", root_key, "Polder Root", root_key)
    leaf = _certificate("Polder Camera", key, "Polder Root", root_key, ocsp=ocsp, is_root=False)
    chain = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (leaf, root))
    return chain, key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    ocsp: str = "",
    is_root: bool = True,
) -> x509.Certificate:
    now = datetime.now(UTC)  # noqa: TID251  c2pa compares it with the time that it is
    usage = dict.fromkeys(
        (
            *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
            *("encipher_only", "decipher_only"),
        ),
        False,
    )
    usage |= {"digital_signature": True, "key_cert_sign": is_root, "crl_sign": is_root}
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=is_root, path_length=None), True),
        (x509.KeyUsage(**usage), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False),
    ]
    if not is_root:
        extensions.append((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False))
    if ocsp:
        place = x509.UniformResourceIdentifier(ocsp)
        asks = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)
        extensions.append((x509.AuthorityInformationAccess([asks]), False))
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )
    for extension, is_critical in extensions:
        builder = builder.add_extension(extension, critical=is_critical)
    return builder.sign(issuer_key, hashes.SHA256())


def _named(name: str) -> x509.Name:
    organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Polder Optics")
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name), organization])
