"""What of src/migration.md isn't Rust: that it has ten jobs, each four times and with the same bytes; its snippets in Python,
which are run; and what it says of PyCryptodome in words. Wants PyCryptodome; prints what passed, or fails."""

import re
import socket
from pathlib import Path

from Crypto.Cipher import AES
from Crypto.Hash import HMAC, SHA256
from Crypto.Util.Padding import pad, unpad

PAGE = Path(__file__).parents[2] / "src" / "migration.md"
# Without this line, a snippet of another library would have to compile in our own crate; with another one, nowhere.
ELSEWHERE = '# #[cfg(feature = "elsewhere")] {\n'
GIVEN = {"key": b"sixteen byte key", "iv": b"an unpredictable", "message": b"attack at dawn"}


def jobs():
    """Number and snippets of each job: ours, aes and its kin, openssl, PyCryptodome."""
    for text in re.split(r"^# (?=\d)", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        number = int(text.split(".")[0])
        libraries = re.findall(r"<b>(\w+)", text)
        assert libraries == ["roundkey", "aes", "openssl", "PyCryptodome"], (number, libraries)
        snippets = re.findall(r"^```(\w+)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
        assert [language for language, _ in snippets] == ["rust", "rust", "rust", "python"], number
        yield number, [snippet for _, snippet in snippets]


def expected(snippet):
    """What the snippet says the bytes are: its last run of hexadecimal digits, in pieces or whole."""
    runs = re.findall(r'"[0-9a-f]{32,}"(?:\s+"[0-9a-f]+")*', snippet)
    return re.sub(r'["\s]', "", runs[-1])


def same_bytes(number, snippets):
    ours, *others = snippets
    assert ELSEWHERE not in ours, number
    for snippet in snippets:
        assert expected(snippet) == expected(ours), (number, snippet)
        assert len(re.findall(r"^assert", snippet, flags=re.MULTILINE)) >= 1, (number, snippet)
    for snippet in others[:2]:
        assert snippet.startswith(ELSEWHERE), (number, snippet)


def raises(error, call, *arguments):
    try:
        call(*arguments)
    except error:
        return True
    return False


def prose():
    """What is said in words."""
    key, iv = GIVEN["key"], GIVEN["iv"]

    def cbc():
        return AES.new(key, AES.MODE_CBC, iv)

    # 1. Doesn't pad; goes on with the chain; makes an IV.
    assert raises(ValueError, cbc().encrypt, b"fifteen bytes..")
    cipher = cbc()
    assert cipher.encrypt(bytes(16)) + cipher.encrypt(bytes(16)) == cbc().encrypt(bytes(32))
    assert AES.new(key, AES.MODE_CBC).iv != AES.new(key, AES.MODE_CBC).iv
    # 2. Which call says what.
    assert raises(ValueError, cbc().decrypt, bytes(15))
    assert raises(ValueError, unpad, cbc().decrypt(cbc().encrypt(bytes(16))), 16)
    # 3. Other lengths.
    assert raises(ValueError, AES.new, bytes(17), AES.MODE_CBC, iv)
    # 4. A block stays one.
    assert len(AES.new(key, AES.MODE_ECB).encrypt(bytes(16))) == 16
    # 6. A buffer keeps what was decrypted, whatever its padding.
    buffer = bytearray(cbc().encrypt(b"A" * 32))
    cbc().decrypt(buffer, output=buffer)
    assert raises(ValueError, unpad, buffer, 16) and buffer == b"A" * 32
    # 7. A socket's `read` gives what there is.
    near, far = socket.socketpair()
    with near, far, far.makefile("rb", buffering=0) as file:
        near.sendall(b"some")
        assert file.read(4096) == b"some"
    # 8. The other style.
    assert pad(b"A", 4, style="x923") == b"A\0\0\x03"
    # 10. Its own HMAC wants the whole tag.
    tag = HMAC.new(key, iv, SHA256).digest()
    HMAC.new(key, iv, SHA256).verify(tag)
    assert raises(ValueError, HMAC.new(key, iv, SHA256).verify, tag[:16])


def main():
    numbers = []
    for number, snippets in jobs():
        same_bytes(number, snippets)
        exec(compile(snippets[-1], f"{PAGE}, job {number}", "exec"), dict(GIVEN))
        print(f"job {number}: {expected(snippets[-1])}")
        numbers.append(number)
    assert numbers == list(range(1, 11)), numbers
    prose()
    print("and what is said in words")


main()
