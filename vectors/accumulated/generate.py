#!/usr/bin/env python3
"""The hashes of accumulated.txt, from Python's `cryptography`: a mode's results in cases that are derived from their numbers.

    python3 generate.py 1000000 > accumulated.txt    all modes; half an hour of processor time
    python3 generate.py 137 cbc-cs2                  one mode, also after 137 cases: for finding the first that is wrong
    python3 generate.py --check 1000                 that these are as there

It stops if the ciphertexts of RFC 3962, which are in ../cts, don't come out of its ciphertext stealing, or if its PKCS#7 and
ANSI X9.23 are not those of `cryptography`.
"""

import hashlib
import hmac
import json
import multiprocessing
import pathlib
import sys

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

# What stands for a result that is none.
WRONG_LENGTH, WRONG_PADDING, WRONG_TAG = b"\1", b"\2", b"\3"


def done(result):
    """A result as it goes into the hash."""
    return b"\0" + len(result).to_bytes(4, "big") + result


class Draws:
    """Bytes for a case: SHA-512 of mode, number and a counter, as many as are asked for, in the order in which they are asked for."""

    def __init__(self, mode, number):
        self.seed = f"{mode} {number} ".encode()
        self.counter = 0
        self.rest = b""

    def take(self, length):
        while len(self.rest) < length:
            self.rest += hashlib.sha512(self.seed + str(self.counter).encode()).digest()
            self.counter += 1
        taken, self.rest = self.rest[:length], self.rest[length:]
        return taken

    def below(self, limit):
        return int.from_bytes(self.take(2), "big") % limit

    def one_of(self, choice):
        return choice[self.below(len(choice))]

    def key(self):
        return self.take(self.one_of((16, 24, 32)))

    def message(self):
        """0 to 1024 bytes, most of them short."""
        return self.take(self.below(self.one_of((17, 65, 257, 1025))))

    def blocks(self):
        """0 to 128 blocks, most of them few."""
        return self.take(16 * self.below(self.one_of((2, 9, 33, 129))))

    def padded(self):
        """0 to 8 blocks, and one that ends as one of the paddings does, or nearly so."""
        before, last, count = self.take(16 * self.below(9)), self.take(16), self.below(18)
        length = min(count, 16)
        ends = [bytes([count]) * length, bytes(max(length - 1, 0)) + bytes([count]), b"\x80" + bytes(15), bytes(16)]
        end = ends[self.below(4)][:length]
        last = bytearray(last[: 16 - length] + end)
        if self.below(2):
            last[self.below(16)] ^= self.take(1)[0]
        return before + bytes(last)


def through(context, data):
    return context.update(data) + context.finalize()


class Ecb:
    def __init__(self, key, iv=None):
        self.cipher = Cipher(algorithms.AES(key), modes.ECB())

    def encrypt(self, blocks):
        return through(self.cipher.encryptor(), blocks)

    def decrypt(self, blocks):
        return through(self.cipher.decryptor(), blocks)


class Cbc(Ecb):
    def __init__(self, key, iv):
        self.cipher = Cipher(algorithms.AES(key), modes.CBC(iv))


class Pkcs7:
    """RFC 5652 section 6.3."""

    always = True

    def pad(message):
        count = 16 - len(message) % 16
        return message + bytes([count]) * count

    def unpad(padded):
        count = padded[-1]
        if 1 <= count <= 16 and padded.endswith(bytes([count]) * count):
            return padded[:-count]


class Iso7816:
    """ISO/IEC 7816-4."""

    always = True

    def pad(message):
        return message + b"\x80" + bytes(15 - len(message) % 16)

    def unpad(padded):
        last = padded[-16:].rstrip(b"\0")
        if last.endswith(b"\x80"):
            return padded[:-16] + last[:-1]


class AnsiX923:
    """ANSI X9.23."""

    always = True

    def pad(message):
        count = 16 - len(message) % 16
        return message + bytes(count - 1) + bytes([count])

    def unpad(padded):
        count = padded[-1]
        if 1 <= count <= 16 and padded.endswith(bytes(count - 1) + bytes([count])):
            return padded[:-count]


class Zero:
    """Zeros, only where they are needed."""

    always = False

    def pad(message):
        return message + bytes(-len(message) % 16)

    def unpad(padded):
        return padded[:-16] + padded[-16:].rstrip(b"\0")


class NoPadding:
    always = False

    def pad(message):
        return message if len(message) % 16 == 0 else None

    def unpad(padded):
        return padded


def decrypted(cipher, padding, ciphertext):
    if len(ciphertext) % 16 or (padding.always and not ciphertext):
        return WRONG_LENGTH
    message = padding.unpad(cipher.decrypt(ciphertext))
    return WRONG_PADDING if message is None else done(message)


def what_came(draws, cipher, ciphertext):
    """A ciphertext for decryption: the one that was made, or another."""
    what = draws.below(8)
    if what < 3:
        return ciphertext
    if what < 5:
        return cipher.encrypt(draws.padded())
    if what == 5:
        return draws.blocks()
    if what == 6:
        return draws.message()
    return ciphertext[: draws.below(len(ciphertext) + 1)]


def whole_blocks(mode):
    """Both directions of whole blocks. That the other side takes those of CBC in two parts makes no difference to the result."""

    def case(draws):
        cipher = mode(draws.key(), draws.take(16))
        blocks = draws.blocks()
        draws.below(len(blocks) // 16 + 1)
        return done(cipher.encrypt(blocks)) + done(cipher.decrypt(blocks))

    return case


def padded(mode, padding):
    def case(draws):
        cipher = mode(draws.key(), draws.take(16))
        padded = padding.pad(draws.message())
        ciphertext = b"" if padded is None else cipher.encrypt(padded)
        encrypted = WRONG_LENGTH if padded is None else done(ciphertext)
        return encrypted + decrypted(cipher, padding, what_came(draws, cipher, ciphertext))

    return case


def in_pieces(draws):
    """The pieces are the other side's, and make no difference to the result."""
    cipher, message = Cbc(draws.key(), draws.take(16)), draws.message()
    draws_pieces(draws)
    ciphertext = cipher.encrypt(Pkcs7.pad(message))
    came = what_came(draws, cipher, ciphertext)
    draws_pieces(draws)
    return done(ciphertext) + decrypted(cipher, Pkcs7, came)


def draws_pieces(draws):
    for _ in range(draws.below(9)):
        draws.below(draws.one_of((2, 18, 65, 301)))


def stealing(variant):
    """The addendum to SP 800-38A, section 3."""

    def swaps(last_len):
        return {1: False, 2: last_len < 16, 3: True}[variant]

    def encrypt(key, iv, message):
        if len(message) < 16:
            return None
        blocks = Cbc(key, iv).encrypt(message + bytes(-len(message) % 16))
        if len(message) == 16:
            return blocks
        last_len = (len(message) - 1) % 16 + 1
        cut, last = blocks[-32:-16][:last_len], blocks[-16:]
        return blocks[:-32] + (last + cut if swaps(last_len) else cut + last)

    def decrypt(key, iv, ciphertext):
        if len(ciphertext) < 16:
            return None
        if len(ciphertext) == 16:
            return Cbc(key, iv).decrypt(ciphertext)
        last_len = (len(ciphertext) - 1) % 16 + 1
        before, end = ciphertext[: -16 - last_len], ciphertext[-16 - last_len :]
        cut, last = (end[16:], end[:16]) if swaps(last_len) else (end[:last_len], end[last_len:])
        # What was cut off is in the last block: there the message had only zeros.
        whole = cut + Ecb(key).decrypt(last)[last_len:]
        return Cbc(key, iv).decrypt(before + whole + last)[: len(ciphertext)]

    def case(draws):
        key, iv, message = draws.key(), draws.take(16), draws.message()
        ciphertext = encrypt(key, iv, message)
        encrypted = WRONG_LENGTH if ciphertext is None else done(ciphertext)
        message = decrypt(key, iv, ciphertext or b"" if draws.below(2) else draws.message())
        return encrypted + (WRONG_LENGTH if message is None else done(message))

    case.encrypt = encrypt
    return case


def many(draws):
    """Messages of whole blocks under one key. What was the IV is the last ciphertext block then."""
    key, results = draws.key(), b""
    count = draws.below(draws.one_of((2, 9, 33, 72)))
    for _ in range(count):
        iv = draws.take(16)
        blocks = draws.take(16 * draws.below(draws.one_of((9, 9, 9, 9, 9, 9, 9, 65))))
        ciphertext = Cbc(key, iv).encrypt(blocks)
        results += done(ciphertext[-16:] or iv) + done(ciphertext)
    return results


HASHES = {32: "sha256", 48: "sha384", 64: "sha512"}


def sealed(draws):
    """RFC 7518 section 5.2."""
    key = draws.take(draws.one_of((32, 48, 64)))
    half = len(key) // 2
    mac_key, iv, aad, message = key[:half], draws.take(16), draws.take(draws.below(65)), draws.message()
    cipher = Cbc(key[half:], iv)

    def tag_of(iv, aad, ciphertext):
        return hmac.digest(mac_key, aad + iv + ciphertext + (8 * len(aad)).to_bytes(8, "big"), HASHES[len(key)])[:half]

    def opened(iv, aad, ciphertext, tag):
        if not ciphertext or len(ciphertext) % 16:
            return WRONG_LENGTH
        if tag != tag_of(iv, aad, ciphertext):
            return WRONG_TAG
        message = Pkcs7.unpad(Cbc(key[half:], iv).decrypt(ciphertext))
        # Who has the key can make a tag for anything; it isn't told apart.
        return WRONG_TAG if message is None else done(message)

    ciphertext = cipher.encrypt(Pkcs7.pad(message))
    parts = [iv, aad, ciphertext, tag_of(iv, aad, ciphertext)]
    results = done(parts[2]) + done(parts[3])
    what = draws.below(8)
    if what in (3, 4):
        at = draws.below(4)
        if parts[at]:
            bit, part = draws.below(8 * len(parts[at])), bytearray(parts[at])
            part[bit // 8] ^= 1 << bit % 8
            parts[at] = bytes(part)
    elif what == 5:
        parts[2] = ciphertext[: draws.below(len(ciphertext) + 1)]
    elif what == 6:
        parts[3] = parts[3][: draws.below(half + 1)]
    elif what == 7:
        parts[2] = cipher.encrypt(draws.padded())
        parts[3] = tag_of(iv, aad, parts[2])
    return results + opened(*parts)


MODES = {
    "ecb": whole_blocks(Ecb),
    "ecb-pkcs7": padded(Ecb, Pkcs7),
    "cbc": whole_blocks(Cbc),
    "cbc-pkcs7": padded(Cbc, Pkcs7),
    "cbc-iso7816": padded(Cbc, Iso7816),
    "cbc-x923": padded(Cbc, AnsiX923),
    "cbc-zero": padded(Cbc, Zero),
    "cbc-none": padded(Cbc, NoPadding),
    "cbc-stream": in_pieces,
    "cbc-reader-writer": in_pieces,
    "cbc-many": many,
    "cbc-cs1": stealing(1),
    "cbc-cs2": stealing(2),
    "cbc-cs3": stealing(3),
    "cbc-hmac": sealed,
}


def check():
    vectors = json.loads((pathlib.Path(__file__).parent.parent / "cts" / "rfc3962_cts.json").read_text())
    key, iv = bytes.fromhex(vectors["key"]), bytes.fromhex(vectors["iv"])
    for vector in vectors["vectors"]:
        for name in ("cs1", "cs2", "cs3"):
            made = MODES[f"cbc-{name}"].encrypt(key, iv, bytes.fromhex(vector["plaintext"]))
            assert made.hex() == vector[name], (name, vector)
    for ours, theirs in (Pkcs7, padding.PKCS7(128)), (AnsiX923, padding.ANSIX923(128)):
        for length in range(50):
            assert ours.pad(bytes(length)) == through(theirs.padder(), bytes(length)), (ours, length)


def accumulate(mode, cases):
    """A line after 1, 10, 100 and so on, and in the end."""
    accumulated, tier, lines = hashlib.sha256(), 1, []
    for number in range(1, cases + 1):
        accumulated.update(MODES[mode](Draws(mode, number)))
        if number in (tier, cases):
            lines.append(f"{mode} {number} {accumulated.hexdigest()}")
        if number == tier:
            tier *= 10
    return "\n".join(lines)


def main(arguments):
    check()
    noted = None
    if arguments[0] == "--check":
        noted = (pathlib.Path(__file__).parent / "accumulated.txt").read_text().splitlines()
        arguments = arguments[1:]
    cases, chosen = int(arguments[0]), arguments[1:] or list(MODES)
    with multiprocessing.Pool() as pool:
        for lines in pool.starmap(accumulate, [(mode, cases) for mode in chosen], chunksize=1):
            print(lines)
            if noted is not None and not set(lines.splitlines()) <= set(noted):
                sys.exit("that is not in accumulated.txt")


if __name__ == "__main__":
    main(sys.argv[1:])
