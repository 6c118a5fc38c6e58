"""The peer of http_message in its modern form, written from the documentation of its format.

    python http_modern.py serve PASSWORD                  prints its port, then each text, as JSON
    python http_modern.py send PASSWORD ITERATIONS URL    sends what is on stdin, prints the status and the reply
    python http_modern.py seal PASSWORD ITERATIONS TIME SALT_HEX IV_HEX TEXT

Needs PyCryptodome. (It checks no times and remembers nothing: a real server has to.)
"""
import base64
import hashlib
import hmac
import json
import os
import sys
import time

from Crypto.Cipher import AES
from Crypto.Util.Padding import pad, unpad

import http_peer


def derive(salt, iterations):
    return hashlib.pbkdf2_hmac('sha256', password.encode(), salt, iterations, 32)


# The name, which is empty here, comes at the end of both.
def covered(direction, salt, iterations, time):
    salt = bytes([len(salt)]) + salt
    return b'http_message ' + direction + salt + iterations.to_bytes(4, 'big') + time.to_bytes(8, 'big')


def tag(key, aad, iv, ciphertext):
    whole = aad + iv + ciphertext + (8 * len(aad)).to_bytes(8, 'big')
    return hmac.digest(key[:16], whole, 'sha256')[:16]


def seal(key, aad, iv, text):
    ciphertext = AES.new(key[16:], AES.MODE_CBC, iv).encrypt(pad(text, 16))
    fields = {'iv': iv, 'ciphertext': ciphertext, 'tag': tag(key, aad, iv, ciphertext)}
    return {name: base64.b64encode(value).decode() for name, value in fields.items()}


def unseal(key, aad, fields):
    iv, ciphertext, its_tag = (base64.b64decode(fields[name], validate=True) for name in ('iv', 'ciphertext', 'tag'))
    if not hmac.compare_digest(its_tag, tag(key, aad, iv, ciphertext)):
        raise ValueError('wrong tag')
    return unpad(AES.new(key[16:], AES.MODE_CBC, iv).decrypt(ciphertext), 16)


def request(key, salt, iterations, now, iv, text):
    sealed = seal(key, covered(b'request', salt, iterations, now), iv, text)
    return {'salt': base64.b64encode(salt).decode(), 'iterations': iterations, 'time': now, **sealed}


class Handler(http_peer.Handler):
    def do_POST(self):
        try:
            fields = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
            salt, iterations, now = base64.b64decode(fields['salt']), fields['iterations'], fields['time']
            key = derive(salt, iterations)
            text = unseal(key, covered(b'request', salt, iterations, now), fields).decode()
        except (ValueError, KeyError):
            return self.reply(400, {'message': 'refused'})
        print(json.dumps(text), flush=True)
        aad = covered(b'reply', salt, iterations, now) + base64.b64decode(fields['iv'])
        self.reply(200, seal(key, aad, os.urandom(16), b'OK'))


def send(iterations, url):
    salt, iterations, now, iv = os.urandom(16), int(iterations), time.time_ns() // 1_000_000, os.urandom(16)
    key = derive(salt, iterations)
    body = json.dumps(request(key, salt, iterations, now, iv, sys.stdin.buffer.read())).encode()
    aad = covered(b'reply', salt, iterations, now) + iv
    http_peer.ask(f'{url}/message', body, lambda reply: unseal(key, aad, json.loads(reply)).decode())


command, password, *rest = sys.argv[1:]
if command == 'serve':
    http_peer.serve(Handler)
elif command == 'send':
    send(*rest)
elif command == 'seal':
    iterations, now, salt, iv = int(rest[0]), int(rest[1]), bytes.fromhex(rest[2]), bytes.fromhex(rest[3])
    print(json.dumps(request(derive(salt, iterations), salt, iterations, now, iv, rest[4].encode())))
