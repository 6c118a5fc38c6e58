"""Encrypts a file, or decrypts it, as Python programs for PyCrypto do:

    python pycrypto_file.py encrypt|decrypt PASSWORD_FILE IN OUT

The peer of encrypt_file --format pycrypto in tests/encrypt_file.rs. Needs PyCryptodome.
"""
import hashlib
import os
import struct
import sys

from Crypto.Cipher import AES

CHUNK = 24 * 1024


def encrypt(key, source, sink, size):
    iv = os.urandom(16)
    cipher = AES.new(key, AES.MODE_CBC, iv)
    sink.write(struct.pack('<Q', size))
    sink.write(iv)
    while chunk := source.read(CHUNK):
        if len(chunk) % 16 != 0:
            chunk += b' ' * (16 - len(chunk) % 16)
        sink.write(cipher.encrypt(chunk))


def decrypt(key, source, sink):
    size, = struct.unpack('<Q', source.read(struct.calcsize('<Q')))
    cipher = AES.new(key, AES.MODE_CBC, source.read(16))
    while chunk := source.read(CHUNK):
        sink.write(cipher.decrypt(chunk))
    sink.truncate(size)


command, password_file, source_name, sink_name = sys.argv[1:]
with open(password_file) as file:
    key = hashlib.sha256(file.readline().rstrip('\n').encode()).digest()
with open(source_name, 'rb') as source, open(sink_name, 'wb') as sink:
    if command == 'encrypt':
        encrypt(key, source, sink, os.path.getsize(source_name))
    else:
        decrypt(key, source, sink)
