"""XML signatures: when a department trusts signers, a signed message is read as what was signed, and as nothing else.

Few of the standard's many ways are taken (W3C XML Signature 1.1): one signature with one reference, to the whole
document or to an element by its id; canonical forms of XML 1.0 without comments; RSA or ECDSA with SHA-256 or SHA-512.
A signer is trusted by the certificate's fingerprint, so there is no chain to follow and nothing to look up elsewhere.
"""

from base64 import b64decode
from collections.abc import Collection
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509 import load_der_x509_certificate
from lxml import etree

from triage.messages.codes import problem

_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_ENVELOPED = f"{_DS[1:-1]}enveloped-signature"
_EXCLUSIVE = {"http://www.w3.org/2001/10/xml-exc-c14n#": True, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": False}
_DIGESTS = {f"http://www.w3.org/2001/04/xmlenc#sha{bits}": bits for bits in (256, 512)}
_METHODS = {f"http://www.w3.org/2001/04/xmldsig-more#{key}-sha{n}": n for key in ("rsa", "ecdsa") for n in (256, 512)}
_HASHES = {256: hashes.SHA256, 512: hashes.SHA512}


def verified(text: str, signers: Collection[str]) -> str:
    """The signed element alone, in canonical form and without its signature.

    `signers` are SHA-256 fingerprints of certificates. MessageRejected (S01, S02) when anything is not as it should be.
    """
    try:
        return _verified(text, signers)
    except (etree.LxmlError, InvalidSignature, KeyError, TypeError, ValueError):
        raise problem("signature") from None


def _verified(text: str, signers: Collection[str]) -> str:
    root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    (signature,) = root.iter(f"{_DS}Signature")
    info = _only(signature, "SignedInfo")
    reference = _only(info, "Reference")
    given = b64decode(signature.findtext(f"{_DS}SignatureValue", ""))
    certificate = b64decode(signature.findtext(f"{_DS}KeyInfo/{_DS}X509Data/{_DS}X509Certificate", ""))
    if sha256(certificate).hexdigest() not in {signer.replace(":", "").lower() for signer in signers}:
        raise problem("signer")
    canonical = _canonical(info, [_algorithm(info, "CanonicalizationMethod")])
    _check(certificate, given, canonical, _HASHES[_METHODS[_algorithm(info, "SignatureMethod")]]())
    element, transforms = _signed(root, reference.get("URI")), reference.iterfind(f"{_DS}Transforms/{_DS}Transform")
    etree.strip_elements(root, signature.tag, with_tail=False)
    signed = _canonical(element, [str(transform.get("Algorithm")) for transform in transforms])
    digest = hashes.Hash(_HASHES[_DIGESTS[_algorithm(reference, "DigestMethod")]]())
    digest.update(signed)
    if digest.finalize() != b64decode(reference.findtext(f"{_DS}DigestValue", "")):
        raise InvalidSignature
    return signed.decode()


def _algorithm(element: Any, name: str) -> str:
    return str(_only(element, name).get("Algorithm"))


def _only(element: Any, name: str) -> Any:
    """ValueError when there is none, or more than one."""
    (found,) = element.iterfind(f"{_DS}{name}")
    return found


def _signed(root: Any, uri: str | None) -> Any:
    """ValueError when no element, or more than one, goes by the name."""
    if uri == "":
        return root
    (found,) = root.xpath("//*[@Id = $name or @ID = $name or @id = $name]", name=(uri or "")[1:])
    return found


def _canonical(element: Any, transforms: list[str]) -> bytes:
    """KeyError for a transform that we do not take. Without a canonical form among them it is the inclusive one."""
    forms = [_EXCLUSIVE[transform] for transform in transforms if transform != _ENVELOPED]
    return bytes(etree.tostring(element, method="c14n", exclusive=any(forms), with_comments=False, with_tail=False))


def _check(certificate: bytes, signature: bytes, signed: bytes, how: Any) -> None:
    key = load_der_x509_certificate(certificate).public_key()
    if isinstance(key, RSAPublicKey):
        key.verify(signature, signed, PKCS1v15(), how)
    elif isinstance(key, EllipticCurvePublicKey):
        half = len(signature) // 2
        pair = (int.from_bytes(part) for part in (signature[:half], signature[half:]))
        key.verify(encode_dss_signature(*pair), signed, ECDSA(how))
    else:
        raise InvalidSignature
