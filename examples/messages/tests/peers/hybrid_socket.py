"""Both forms of hybrid_socket, with PyCryptodome: the peer in tests/hybrid_socket.rs.

    python hybrid_socket.py keygen DIR
    python hybrid_socket.py modern|classic serve PRIVATE_PEM
    python hybrid_socket.py modern|classic send HOST PORT PUBLIC_PEM

keygen makes an RSA key of 2048 bits. serve prints its port, and serves until it is killed. send takes a JSON list of texts from its
standard input, and prints one of the replies.
"""
import base64
import hashlib
import hmac
import json
import os
import secrets
import socket
import socketserver
import string
import struct
import sys

from Crypto.Cipher import AES, PKCS1_OAEP, PKCS1_v1_5
from Crypto.Hash import SHA256, SHA512
from Crypto.Protocol.KDF import HKDF
from Crypto.PublicKey import RSA
from Crypto.Util.Padding import pad, unpad

# The modern form, from the description at the beginning of src/hybrid_socket/modern.rs.

NAME = b'hybrid_socket 1'
END, TEXT = b'\0', b'\1'


def write_frame(file, content):
    file.write(struct.pack('>I', len(content)) + content)
    file.flush()


def read_frame(file):
    length, = struct.unpack('>I', file.read(4))
    content = file.read(length)
    assert len(content) == length
    return content


class Direction:
    def __init__(self, name, secret, hello, wrapped):
        transcript = hashlib.sha512(b''.join(struct.pack('>I', len(part)) + part for part in (hello, wrapped))).digest()
        key = HKDF(secret, 64, hello[len(NAME):], SHA512, context=NAME + name + transcript)
        self.mac_key, self.aes_key, self.number = key[:32], key[32:], 0

    def tag(self, sealed):
        number = struct.pack('>Q', self.number)
        self.number += 1
        return hmac.digest(self.mac_key, number + sealed + struct.pack('>Q', 64), 'sha512')[:32]

    def seal(self, plaintext):
        iv = os.urandom(16)
        sealed = iv + AES.new(self.aes_key, AES.MODE_CBC, iv).encrypt(pad(plaintext, 16))
        return sealed + self.tag(sealed)

    def open(self, sealed):
        assert hmac.compare_digest(self.tag(sealed[:-32]), sealed[-32:])
        return unpad(AES.new(self.aes_key, AES.MODE_CBC, sealed[:16]).decrypt(sealed[16:-32]), 16)


def directions(*handshake):
    return [Direction(name, *handshake) for name in (b' client to server', b' server to client')]


def modern_serve(read, write, key):
    hello = NAME + os.urandom(32)
    write_frame(write, hello)
    wrapped = read_frame(read)
    secret = PKCS1_OAEP.new(key, hashAlgo=SHA256).decrypt(wrapped)
    from_client, to_client = directions(secret, hello, wrapped)
    while (plaintext := from_client.open(read_frame(read))) != END:
        assert plaintext[:1] == TEXT
        write_frame(write, to_client.seal(TEXT + b'received: ' + plaintext[1:]))
    write_frame(write, to_client.seal(END))


def modern_send(read, write, key, texts):
    hello = read_frame(read)
    assert hello[:len(NAME)] == NAME
    secret = os.urandom(64)
    wrapped = PKCS1_OAEP.new(key, hashAlgo=SHA256).encrypt(secret)
    write_frame(write, wrapped)
    to_server, from_server = directions(secret, hello, wrapped)
    for text in texts:
        write_frame(write, to_server.seal(TEXT + text.encode()))
        reply = from_server.open(read_frame(read))
        assert reply[:1] == TEXT
        yield reply[1:].decode()
    write_frame(write, to_server.seal(END))
    assert from_server.open(read_frame(read)) == END
    assert read.read() == b''


# The classic form, as in the tutorials.

def encrypt(key, text):
    data = text.encode()
    if len(data) % 16 != 0:
        data += b'\0' * (16 - len(data) % 16)
    return AES.new(key['aes_key'].encode(), AES.MODE_CBC, key['aes_iv'].encode()).encrypt(data).hex()


def decrypt(key, data):
    cipher = AES.new(key['aes_key'].encode(), AES.MODE_CBC, key['aes_iv'].encode())
    return cipher.decrypt(bytes.fromhex(data)).rstrip(b'\0').decode()


def read_line(read):
    line = b''
    while (byte := read.read(1)) not in (b'#', b''):
        line += byte
    return base64.b64decode(line).decode() if byte == b'#' else None


def write_line(write, text):
    write.write(base64.b64encode(text.encode()) + b'#')
    write.flush()


def classic_serve(read, write, private):
    while (line := read_line(read)) is not None:
        request = json.loads(line)
        key = json.loads(PKCS1_v1_5.new(private).decrypt(base64.b64decode(request['key']), b''))
        assert len(key['aes_key']) == 32 and len(key['aes_iv']) == 16
        write_line(write, encrypt(key, '服务端已收到数据: ' + decrypt(key, request['data'])))


def classic_send(read, write, public, texts):
    # What json.dumps has to escape is among them.
    characters = string.ascii_letters + string.digits + '"\\/'
    for text in texts:
        lengths = {'aes_key': 32, 'aes_iv': 16}
        key = {name: ''.join(secrets.choice(characters) for _ in range(length)) for name, length in lengths.items()}
        wrapped = PKCS1_v1_5.new(public).encrypt(json.dumps(key).encode())
        write_line(write, json.dumps({'key': base64.b64encode(wrapped).decode(), 'data': encrypt(key, text)}))
        yield decrypt(key, read_line(read))


def main(form, command, *arguments):
    with open(arguments[-1]) as file:
        key = RSA.import_key(file.read())
    talk = globals()[f'{form}_{command}']
    if command == 'serve':
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                talk(self.rfile, self.wfile, key)

        with socketserver.ThreadingTCPServer(('127.0.0.1', 0), Handler) as server:
            print(server.server_address[1], flush=True)
            server.serve_forever()
    else:
        with socket.create_connection(arguments[:2]) as connection:
            with connection.makefile('rb') as read, connection.makefile('wb') as write:
                json.dump(list(talk(read, write, key, json.load(sys.stdin))), sys.stdout)


def keygen(folder):
    key = RSA.generate(2048)
    for name, content in ('private.pem', key.export_key(pkcs=8)), ('public.pem', key.public_key().export_key()):
        with open(os.path.join(folder, name), 'wb') as file:
            file.write(content)


if sys.argv[1] == 'keygen':
    keygen(sys.argv[2])
else:
    main(*sys.argv[1:])
