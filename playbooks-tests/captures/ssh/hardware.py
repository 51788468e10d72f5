"""Plays the two kinds of hardware keys (PROTOCOL.u2f) with openssl, once touched and once not."""
import base64, hashlib, struct, subprocess, tempfile

APPLICATION = b"ssh:"
MESSAGE = open("message", "rb").read()


def string(value):
    return struct.pack(">I", len(value)) + value


def mpint(value):
    value = value.lstrip(b"\0")
    return string((b"\0" if value[0] & 0x80 else b"") + value)


def openssl(*words, given=b""):
    return subprocess.run(["openssl", *words], input=given, check=True, capture_output=True).stdout


def covered():
    body = string(b"file") + string(b"") + string(b"sha512") + string(hashlib.sha512(MESSAGE).digest())
    return b"SSHSIG" + body


def touched(flags):
    tail = bytes([flags]) + struct.pack(">I", 7)
    whole = hashlib.sha256(APPLICATION).digest() + tail + hashlib.sha256(covered()).digest()
    return whole, tail


def der_integers(der):
    at, numbers = 2 if der[1] < 0x80 else 3, []
    while at < len(der):
        length = der[at + 1]
        numbers.append(der[at + 2 : at + 2 + length])
        at += 2 + length
    return numbers


def store(name, kind, blob, signature, key):
    public = f"{kind} {base64.b64encode(blob).decode()} {name}\n"
    if not name.endswith("-untouched"):
        open(f"{name}.pub", "w").write(public)
    whole = b"SSHSIG" + struct.pack(">I", 1) + string(blob) + string(b"file") + string(b"")
    whole += string(b"sha512") + string(signature)
    text = base64.b64encode(whole).decode()
    lines = "\n".join(text[at : at + 70] for at in range(0, len(text), 70))
    open(f"{name}.sig", "w").write(f"-----BEGIN SSH SIGNATURE-----\n{lines}\n-----END SSH SIGNATURE-----\n")


with tempfile.TemporaryDirectory() as folder:
    key, data = f"{folder}/key", f"{folder}/data"
    openssl("genpkey", "-algorithm", "ed25519", "-out", key)
    point = openssl("pkey", "-in", key, "-pubout", "-outform", "DER")[-32:]
    kind = "sk-ssh-ed25519@openssh.com"
    blob = string(kind.encode()) + string(point) + string(APPLICATION)
    for name, flags in [("sk-ed25519", 1), ("sk-ed25519-untouched", 0)]:
        whole, tail = touched(flags)
        open(data, "wb").write(whole)
        signed = openssl("pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", data)
        store(name, kind, blob, string(kind.encode()) + string(signed) + tail, key)

    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
    point = openssl("pkey", "-in", key, "-pubout", "-outform", "DER")[-65:]
    kind = "sk-ecdsa-sha2-nistp256@openssh.com"
    blob = string(kind.encode()) + string(b"nistp256") + string(point) + string(APPLICATION)
    for name, flags in [("sk-ecdsa", 5), ("sk-ecdsa-untouched", 0)]:
        whole, tail = touched(flags)
        open(data, "wb").write(whole)
        r, s = der_integers(openssl("dgst", "-sha256", "-sign", key, data))
        store(name, kind, blob, string(kind.encode()) + string(mpint(r) + mpint(s)) + tail, key)
