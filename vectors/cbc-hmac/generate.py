#!/usr/bin/env python3
"""AES_CBC_HMAC_SHA2 (RFC 7518 section 5.2) from Python's `cryptography` and `hmac`, as test vectors.

    python3 generate.py > cbc_hmac.json

It stops if the tags of RFC 7518 appendix B, as published, don't come out: they depend on every byte of key, IV,
plaintext, associated data and ciphertext.
"""

import hashlib
import hmac
import json

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

HASHES = {32: hashlib.sha256, 48: hashlib.sha384, 64: hashlib.sha512}
NAMES = {32: "A128CBC-HS256", 48: "A192CBC-HS384", 64: "A256CBC-HS512"}


def seal(key, iv, aad, plaintext):
    half = len(key) // 2
    mac_key, enc_key = key[:half], key[half:]
    padder = padding.PKCS7(128).padder()
    padded = padder.update(plaintext) + padder.finalize()
    encryptor = Cipher(algorithms.AES(enc_key), modes.CBC(iv)).encryptor()
    ciphertext = encryptor.update(padded) + encryptor.finalize()
    aad_bits = (8 * len(aad)).to_bytes(8, "big")
    tag = hmac.digest(mac_key, aad + iv + ciphertext + aad_bits, HASHES[len(key)])[:half]
    return ciphertext, tag


def vector(source, key, iv, aad, plaintext):
    ciphertext, tag = seal(key, iv, aad, plaintext)
    fields = {"key": key, "iv": iv, "aad": aad, "plaintext": plaintext, "ciphertext": ciphertext, "tag": tag}
    return {"source": source, "algorithm": NAMES[len(key)]} | {name: value.hex() for name, value in fields.items()}


def rfc_7518():
    published = {
        32: "652c3fa36b0a7c5b3219fab3a30bc1c4",
        48: "8490ac0e58949bfe51875d733f93ac2075168039ccc733d7",
        64: "4dd3b4c088a7f45c216839645b2012bf2e6269a8c56a816dbc1b267761955bc5",
    }
    iv = bytes.fromhex("1af38c2dc2b96ffdd86694092341bc04")
    aad = b"The second principle of Auguste Kerckhoffs"
    plaintext = (
        b"A cipher system must not be required to be secret, and it must be able to fall into the hands of the enemy "
        b"without inconvenience"
    )
    for i, (key_len, tag) in enumerate(published.items(), 1):
        made = vector(f"RFC 7518 B.{i}", bytes(range(key_len)), iv, aad, plaintext)
        assert made["tag"] == tag, made
        yield made


def lengths():
    """Every length of a plaintext around blocks, and of associated data around the hashes' blocks and none."""
    for key_len in NAMES:
        for i in range(0, 81):
            stream = hashlib.shake_256(f"{key_len} {i}".encode()).digest(key_len + 16 + 200 + i)
            key, iv, rest = stream[:key_len], stream[key_len : key_len + 16], stream[key_len + 16 :]
            yield vector("computed", key, iv, rest[: 3 * i % 137], rest[200 : 200 + i])


vectors = list(rfc_7518()) + list(lengths())
lines = ",\n".join(json.dumps(vector) for vector in vectors)
print(f'{{"vectors": [\n{lines}\n]}}')
