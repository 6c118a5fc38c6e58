"""The other side of end_to_end, in Python with PyCryptodome:

    python end_to_end.py keygen PASSWORD FOLDER      a key of its own in every form in which it writes one
    python end_to_end.py encrypt|decrypt KEY PASSWORD IN OUT
    python end_to_end.py encrypt-classic|decrypt-classic KEY PASSWORD IN OUT

The modern form as the documentation of the module end_to_end describes it; the classic one as tutorials have it.
"""
import hashlib
import hmac
import os
import struct
import sys

from Crypto.Cipher import AES, PKCS1_OAEP
from Crypto.Hash import SHA256
from Crypto.PublicKey import RSA
from Crypto.Util.Padding import pad, unpad

CHUNK = 65536


def tag(key, additional, iv, ciphertext):
    length = struct.pack('>Q', 8 * len(additional))
    return hmac.digest(key[:32], additional + iv + ciphertext + length, hashlib.sha512)[:32]


def encrypt(rsa, plaintext):
    key = os.urandom(64)
    wrapped = PKCS1_OAEP.new(rsa, SHA256).encrypt(key)
    header = b'end2end\x01' + struct.pack('>H', len(wrapped)) + wrapped
    out = header
    for number in range(len(plaintext) // CHUNK + 1):
        chunk = plaintext[number * CHUNK:(number + 1) * CHUNK]
        iv = os.urandom(16)
        ciphertext = AES.new(key[32:], AES.MODE_CBC, iv).encrypt(pad(chunk, 16))
        out += iv + ciphertext + tag(key, header + struct.pack('>Q', number), iv, ciphertext)
    return out


def decrypt(rsa, encrypted):
    assert encrypted[:8] == b'end2end\x01'
    begin = 10 + struct.unpack('>H', encrypted[8:10])[0]
    header, chunks = encrypted[:begin], encrypted[begin:]
    key = PKCS1_OAEP.new(rsa, SHA256).decrypt(header[10:])
    out = b''
    size = 16 + CHUNK + 16 + 32
    for number in range(len(chunks) // size + 1):
        chunk = chunks[number * size:(number + 1) * size]
        iv, ciphertext = chunk[:16], chunk[16:-32]
        assert chunk[-32:] == tag(key, header + struct.pack('>Q', number), iv, ciphertext)
        out += unpad(AES.new(key[32:], AES.MODE_CBC, iv).decrypt(ciphertext), 16)
    return out


def keygen(password, folder):
    key = RSA.generate(2048)

    def write(name, content):
        with open(os.path.join(folder, name), 'wb') as file:
            file.write(content)

    write('public.pem', key.publickey().export_key())
    write('plain-pkcs1.pem', key.export_key())
    write('plain-pkcs8.pem', key.export_key(pkcs=8))
    for protection in ['PBKDF2WithHMAC-SHA1AndAES128-CBC', 'PBKDF2WithHMAC-SHA256AndAES192-CBC',
                       'PBKDF2WithHMAC-SHA512AndAES256-CBC', 'scryptAndAES128-CBC', 'scryptAndAES256-CBC']:
        write(protection + '.pem', key.export_key(passphrase=password, pkcs=8, protection=protection))


if sys.argv[1] == 'keygen':
    keygen(*sys.argv[2:])
else:
    what, key, password, source, sink = sys.argv[1:]
    with open(key) as file:
        rsa = RSA.import_key(file.read(), password)
    forms = {
        'encrypt': encrypt,
        'decrypt': decrypt,
        'encrypt-classic': lambda rsa, message: PKCS1_OAEP.new(rsa).encrypt(message),
        'decrypt-classic': lambda rsa, message: PKCS1_OAEP.new(rsa).decrypt(message),
    }
    with open(source, 'rb') as source, open(sink, 'wb') as sink:
        sink.write(forms[what](rsa, source.read()))
