"""Messages over HTTP, as Python programs of many tutorials send and receive them. The peer of http_message --classic.

    python http_classic.py serve PASSWORD SALT_HEX            prints its port, then each text, as JSON
    python http_classic.py send PASSWORD SALT_HEX URL         sends what is on stdin, prints the status and the reply
    python http_classic.py encrypt PASSWORD SALT_HEX NOW TEXT

Needs PyCryptodome.
"""
import base64
import hashlib
import json
import sys
import time
import urllib.parse

from Crypto.Cipher import AES
from Crypto.Hash import SHA1
from Crypto.Protocol.KDF import PBKDF2
from Crypto.Util.Padding import pad, unpad

import http_peer


def cipher(now):
    iv = hashlib.sha512(now.encode()).digest()[:16]
    return AES.new(key, AES.MODE_CBC, iv)


def encrypt(text, now):
    return base64.b64encode(cipher(now).encrypt(pad(text, 16)).hex().encode()).decode()


def decrypt(text, now):
    ciphertext = bytes.fromhex(base64.b64decode(text).decode())
    return unpad(cipher(now).decrypt(ciphertext), 16).decode()


class Handler(http_peer.Handler):
    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        parameters = urllib.parse.parse_qs(url.query)
        if url.path != '/get' or 'text' not in parameters or 'now' not in parameters:
            return self.reply(200, {'message': 'send message'})
        try:
            text = decrypt(parameters['text'][0], parameters['now'][0])
        except ValueError:
            return self.reply(400, {'message': 'error'})
        print(json.dumps(text), flush=True)
        self.reply(200, {'message': 'OK'})


def send(url):
    now = hex(int(time.time()))
    query = urllib.parse.urlencode({'text': encrypt(sys.stdin.buffer.read(), now), 'now': now})
    http_peer.ask(f'{url}/get?{query}', None, bytes.decode)


command, password, salt, *rest = sys.argv[1:]
key = PBKDF2(password, bytes.fromhex(salt), 16, 100, hmac_hash_module=SHA1)
if command == 'serve':
    http_peer.serve(Handler)
elif command == 'send':
    send(*rest)
elif command == 'encrypt':
    now, text = rest
    print(encrypt(text.encode(), now))
