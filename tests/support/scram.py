"""How the listener's one user logs in: SCRAM-SHA-256 (RFC 5802, RFC 7677), as with MongoDB."""

import base64
import hashlib
import hmac
import os
from typing import Any

from pymongo.errors import OperationFailure

ITERATIONS = 4096
NO_LOGIN = 18

Document = dict[str, Any]


class Login:
    """The server's side of SCRAM-SHA-256 for one connection."""

    def __init__(self, user: str, password: str) -> None:
        self.user, self.password = user, password
        self.done = not user
        self.nonce = self.first = self.challenge = ""

    def start(self, payload: bytes) -> Document:
        """Answer the client's first message with salt and iterations."""
        self.first = payload.decode().partition("n,,")[2]
        fields = _fields(self.first)
        self.user_given = fields["n"]
        self.nonce = fields["r"] + base64.b64encode(os.urandom(12)).decode()
        self.salt = os.urandom(16)
        self.challenge = f"r={self.nonce},s={base64.b64encode(self.salt).decode()},i={ITERATIONS}"
        return {"conversationId": 1, "done": False, "payload": self.challenge.encode(), "ok": 1.0}

    def proceed(self, payload: bytes) -> Document:
        """Check the proof of the client and prove that this side knows the password too."""
        if self.done:
            return {"conversationId": 1, "done": True, "payload": b"", "ok": 1.0}
        last = payload.decode()
        without_proof, _, proof = last.rpartition(",p=")
        salted = hashlib.pbkdf2_hmac("sha256", self.password.encode(), self.salt, ITERATIONS)
        key = _hmac(salted, b"Client Key")
        said = f"{self.first},{self.challenge},{without_proof}".encode()
        signature = _hmac(hashlib.sha256(key).digest(), said)
        expected = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        if self.user_given != self.user or not hmac.compare_digest(expected, base64.b64decode(proof)):
            raise OperationFailure("Authentication failed.", NO_LOGIN)
        self.done = True
        proven = base64.b64encode(_hmac(_hmac(salted, b"Server Key"), said)).decode()
        return {"conversationId": 1, "done": True, "payload": f"v={proven}".encode(), "ok": 1.0}


def _fields(text: str) -> dict[str, str]:
    return {part[0]: part[2:] for part in text.split(",")}


def _hmac(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, hashlib.sha256).digest()
