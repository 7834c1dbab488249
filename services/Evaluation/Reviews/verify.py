"""核验本存证包：python3 verify.py [核验公钥]  ·  Checks this bundle: python3 verify.py [verifier key]

Needs Python 3.8 and nothing else; run it in the folder into which the bundle was unpacked. Take the verifier key from a place that
you trust, not from the bundle. Checks the checkpoint's signature (Ed25519, RFC 8032; C2SP signed-note), that every entry of
entries.ndjson is in the log that it signs (RFC 9162, 2.1.3), that every file is the one listed in SHA256SUMS, and that no figure names
an event that is not there.
"""
import base64
import hashlib
import json
import sys

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
I = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * I % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, p):
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, p)
        p, number = add(p, p), number >> 1
    return total


def same(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (recover_x(BASE_Y, 0), BASE_Y, 1, recover_x(BASE_Y, 0) * BASE_Y % P)


def signed(key, text, signature):
    a, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % L
    return same(times(s, BASE), add(r, times(k, a)))


def open_checkpoint(note, verifier):
    """Origin, size and root of a checkpoint whose signature holds."""
    name, number, key = verifier.strip().split("+", 2)
    key = base64.b64decode(key)
    if key[0] != 1 or hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() != number:
        raise SystemExit("The verifier key is damaged.")
    text, signatures = note.split("\n\n", 1)
    for line in signatures.splitlines():
        dash, signer, signature = line.split(" ", 2)
        signature = base64.b64decode(signature)
        if dash == "\u2014" and signer == name and signature[:4].hex() == number:
            if not signed(key[1:], (text + "\n").encode(), signature[4:]):
                raise SystemExit("The checkpoint's signature is false.")
            origin, size, root = text.split("\n")[:3]
            return origin, int(size), base64.b64decode(root)
    raise SystemExit("The checkpoint is not signed with this key.")


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def includes(index, size, leaf, path, root):
    first, last, reckoned = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if first & 1 or first == last:
            reckoned = node(sibling, reckoned)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            reckoned = node(reckoned, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and reckoned == root


def read(name):
    with open(name, "rb") as file:
        return file.read()


def main():
    if len(sys.argv) < 2:
        print("note: the key is the bundle's own; compare it with one that you have from elsewhere")
    verifier = sys.argv[1] if len(sys.argv) > 1 else read("key").decode()
    origin, size, root = open_checkpoint(read("checkpoint").decode(), verifier)
    print(f"checkpoint: {origin}, {size} events, signature good")

    entries, proofs = read("entries.ndjson").split(b"\n")[:-1], json.loads(read("proofs.json"))
    bad, ids = abs(len(entries) - len(proofs)), set()
    for entry, proof in zip(entries, proofs):
        ids.add(json.loads(entry)["id"])
        path = [base64.b64decode(one) for one in proof["hashes"]]
        if not includes(proof["index"], size, hashlib.sha256(b"\x00" + entry).digest(), path, root):
            bad += 1
            print("BAD not what was logged:", entry.decode()[:200])

    for line in read("SHA256SUMS").decode().splitlines():
        digest, name = line.split("  ", 1)
        if hashlib.sha256(read(name)).hexdigest() != digest:
            bad += 1
            print("BAD not the file that is listed:", name)

    figures = json.loads(read("figures.json"))
    for figure in figures:
        if any(event not in ids for event in figure["events"]):
            bad += 1
            print("BAD a fact is missing of", figure["code"])

    print(f"verified: {len(entries)} events, {len(figures)} figures" if bad == 0 else f"NOT verified: {bad} findings")
    return 0 if bad == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
