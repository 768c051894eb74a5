"""A signed message is read as what was signed: nothing changed, nobody else's, and nothing beside it."""

from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from lxml import etree

from tests.messages.builders import RECEIVED, TEXT, body_20, encoded, msghead, reason, service
from tests.messages.test_fuzz import edited, edits
from triage.domain.calendar import utc_now
from triage.domain.errors import MessageRejected, NeedsPerson
from triage.domain.message import ReceivedMessage
from triage.messages.reading import read

DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
Edits = list[tuple[int, int, bytes]]
FORGED = "Ingen faretegn."


@dataclass(frozen=True)
class Signer:
    """Somebody with a key and a certificate for it."""

    key: Any

    @property
    def certificate(self) -> bytes:
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Oppdiktet legesenter")])
        made = x509.CertificateBuilder(name, name, self.key.public_key(), 1, utc_now(), utc_now() + timedelta(days=1))
        return made.sign(self.key, hashes.SHA256(), ecdsa_deterministic=None).public_bytes(Encoding.DER)

    def sign(self, info: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(info, PKCS1v15(), hashes.SHA256())
        pair = decode_dss_signature(self.key.sign(info, ec.ECDSA(hashes.SHA256())))
        return b"".join(number.to_bytes(32) for number in pair)


@pytest.fixture(scope="module", params=["rsa", "ecdsa"])
def signer(request: pytest.FixtureRequest) -> Signer:
    of_kind: dict[str, Callable[[], Any]] = {
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
        "ecdsa": lambda: ec.generate_private_key(ec.SECP256R1()),
    }
    return Signer(of_kind[request.param]())


def a_message(text: str = TEXT) -> Any:
    return etree.fromstring(encoded(msghead(body_20(service("UJD02"), reason(text)))))


def signed(root: Any, signer: Signer, *, uri: str = "", element: Any = None) -> tuple[bytes, str]:
    """The message with a signature at its end, and the fingerprint of the certificate in it."""
    what = etree.tostring(root if element is None else element, method="c14n", exclusive=True)
    kind = "rsa" if isinstance(signer.key, rsa.RSAPrivateKey) else "ecdsa"
    certificate = signer.certificate
    signature = etree.fromstring(f"""<Signature xmlns="{DS}"><SignedInfo>
        <CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>
        <SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#{kind}-sha256"/>
        <Reference URI="{uri}"><Transforms><Transform Algorithm="{DS}enveloped-signature"/>
        <Transform Algorithm="{EXCLUSIVE}"/></Transforms><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>
        <DigestValue>{b64encode(sha256(what).digest()).decode()}</DigestValue></Reference></SignedInfo>
        <SignatureValue/><KeyInfo><X509Data><X509Certificate>{b64encode(certificate).decode()}</X509Certificate>
        </X509Data></KeyInfo></Signature>""")
    info = etree.tostring(signature.find(f"{{{DS}}}SignedInfo"), method="c14n", exclusive=True, with_tail=False)
    signature.find(f"{{{DS}}}SignatureValue").text = b64encode(signer.sign(info)).decode()
    root.append(signature)
    return etree.tostring(root), sha256(certificate).hexdigest()


def text_of(message: ReceivedMessage) -> str:
    (referral,) = message.referrals
    return referral.referral.text


def test_what_was_signed_is_read(signer: Signer) -> None:
    body, fingerprint = signed(a_message(), signer)

    message = read(body, received=RECEIVED, signers=[fingerprint.upper()])

    assert TEXT in text_of(message)
    assert "signature not verified" not in message.deviations


def test_a_changed_word_is_refused(signer: Signer) -> None:
    body, fingerprint = signed(a_message(), signer)

    with pytest.raises(MessageRejected) as refusal:
        read(body.replace(b"Svelgvansker", b"Ingen vansker"), received=RECEIVED, signers=[fingerprint])
    assert refusal.value.code == "S01"


def test_a_signature_that_was_changed_is_refused(signer: Signer) -> None:
    body, fingerprint = signed(a_message(), signer)

    with pytest.raises(MessageRejected) as refusal:
        read(body.replace(b"<SignatureValue>", b"<SignatureValue>AAAA"), received=RECEIVED, signers=[fingerprint])
    assert refusal.value.code == "S01"


def test_a_signer_whom_nobody_trusts_is_refused(signer: Signer) -> None:
    body, _ = signed(a_message(), signer)

    with pytest.raises(MessageRejected) as refusal:
        read(body, received=RECEIVED, signers=["00" * 32])
    assert refusal.value.code == "S02"


def test_a_forgery_put_around_or_before_what_was_signed_is_not_read(signer: Signer) -> None:
    genuine, wrapper = a_message(), etree.Element("Envelope")
    genuine.set("Id", "signed")
    wrapper.append(a_message(FORGED))
    wrapper.append(genuine)
    body, fingerprint = signed(wrapper, signer, uri="#signed", element=genuine)

    found = text_of(read(body, received=RECEIVED, signers=[fingerprint]))

    assert TEXT in found
    assert FORGED not in found


@pytest.mark.parametrize("name", ["#signed", "#nobody", "http://elsewhere.test/"])
def test_a_name_that_two_or_none_go_by_is_refused(signer: Signer, name: str) -> None:
    genuine, wrapper, other = a_message(), etree.Element("Envelope"), a_message(FORGED)
    genuine.set("Id", "signed")
    other.set("ID", "signed")
    wrapper.extend([other, genuine])
    body, fingerprint = signed(wrapper, signer, uri=name, element=genuine)

    with pytest.raises(MessageRejected):
        read(body, received=RECEIVED, signers=[fingerprint])


def test_a_second_signature_is_refused(signer: Signer) -> None:
    body, fingerprint = signed(a_message(), signer)
    twice, _ = signed(etree.fromstring(body), signer)

    with pytest.raises(MessageRejected):
        read(twice, received=RECEIVED, signers=[fingerprint])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=edits)
def test_whatever_is_changed_the_signed_words_are_read_or_none(signer: Signer, changes: Edits) -> None:
    body, fingerprint = signed(a_message(), signer)

    with suppress(MessageRejected, NeedsPerson):
        assert TEXT in text_of(read(edited(body, changes), received=RECEIVED, signers=[fingerprint]))


def test_a_message_without_a_signature_is_read_as_before() -> None:
    assert TEXT in text_of(read(etree.tostring(a_message()), received=RECEIVED, signers=["00" * 32]))


def test_where_nobody_is_trusted_a_signature_is_noted_and_no_more(signer: Signer) -> None:
    body, _ = signed(a_message(), signer)

    assert "signature not verified" in read(body, received=RECEIVED).deviations
