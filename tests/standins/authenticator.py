"""A passkey in Python, which answers as a browser hands its answers over; it can also lie."""

import base64
import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40
ES256 = -7


class Authenticator:
    """One passkey; `count` is what it has counted, 0 where it counts nothing."""

    def __init__(self, origin: str = "https://localhost", *, counts: bool = True) -> None:
        self.origin = origin
        self.count = 0
        self._counts = counts
        self._id = secrets.token_bytes(16)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._rp_id = ""

    def create(self, options: dict[str, Any], **lies: Any) -> str:
        """What a browser answers that is asked to make it."""
        self._rp_id = options["rp"]["id"]
        numbers = self._key.public_key().public_numbers()
        x, y = (each.to_bytes(32, "big") for each in (numbers.x, numbers.y))
        public = cbor2.dumps({1: 2, 3: ES256, -1: 1, -2: x, -3: y})
        credential = bytes(16) + len(self._id).to_bytes(2, "big") + self._id + public
        told = self._told(PRESENT | VERIFIED | HAS_KEY) + credential
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": told})
        client = self._client("webauthn.create", options, lies)
        return self._answer({"attestationObject": text(attested), "clientDataJSON": text(client)})

    def get(self, options: dict[str, Any], **lies: Any) -> str:
        """What a browser answers that is asked for a signature."""
        if self._counts:
            self.count += 1
        told = self._told(lies.get("flags", PRESENT | VERIFIED))
        client = self._client("webauthn.get", options, lies)
        signed = told + hashlib.sha256(client).digest()
        signature = self._key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "authenticatorData": text(told),
                "clientDataJSON": text(client),
                "signature": text(signature),
            }
        )

    def called(self, other: "Authenticator") -> "Authenticator":
        """The same, which says that it is another one."""
        self._id = other._id
        return self

    def _told(self, flags: int) -> bytes:
        of = hashlib.sha256(self._rp_id.encode()).digest()
        return of + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, options: dict[str, Any], lies: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        told |= {name: value for name, value in lies.items() if name in told}
        return json.dumps(told).encode()

    def _answer(self, response: dict[str, str]) -> str:
        name = text(self._id)
        told = {"id": name, "rawId": name, "type": "public-key", "response": response}
        return json.dumps(told | {"clientExtensionResults": {}})


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
