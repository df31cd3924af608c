# SPDX-License-Identifier: GPL-2.0-or-later
"""busctl's own notation of values, read back: `a{sv} 1 "Ports" a{qs} 1 25 "reject"` becomes {"Ports": {25: "reject"}}.

busctl of Debian 12 has JSON too, but fails on dictionaries whose keys are no strings.
"""

import re

TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)', re.S)
ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|[0-7]{3}|.)", re.S)
LETTERS = {"n": b"\n", "t": b"\t", "r": b"\r", "a": b"\a", "b": b"\b", "f": b"\f", "v": b"\v", "s": b" "}


def unescape(text):
    def byte(match):
        code = match.group(1)
        if code[0] == "x" and len(code) == 3:
            return bytes([int(code[1:], 16)]).decode("latin-1")
        if code.isdigit():
            return bytes([int(code, 8)]).decode("latin-1")
        return LETTERS.get(code, code.encode()).decode("latin-1")

    return ESCAPE.sub(byte, text.encode().decode("latin-1")).encode("latin-1").decode()


def first_type(signature):
    """Length of the first complete type."""
    if signature[0] == "a":
        return 1 + first_type(signature[1:])
    if signature[0] in "({":
        depth = 0
        for i, letter in enumerate(signature):
            depth += (letter in "({") - (letter in ")}")
            if depth == 0:
                return i + 1
    return 1


class Reader:
    def __init__(self, text):
        self.tokens = [(unescape(match[1]), True) if match[1] is not None else (match[2], False)
                       for match in TOKEN.finditer(text)]
        self.at = 0

    def next(self):
        token, _ = self.tokens[self.at]
        self.at += 1
        return token

    def value(self, signature):
        letter = signature[0]
        if letter == "v":
            return self.value(self.next())
        if letter == "a":
            return self.array(signature[1:])
        if letter in "({":
            return self.values(signature[1:-1])
        token = self.next()
        if letter == "b":
            return token == "true"
        if letter in "sog":
            return token
        return float(token) if letter == "d" else int(token)

    def array(self, signature):
        entries = [self.value(signature) for _ in range(int(self.next()))]
        return dict(entries) if signature[0] == "{" else entries

    def values(self, signature):
        found = []
        while signature:
            size = first_type(signature)
            found.append(self.value(signature[:size]))
            signature = signature[size:]
        return found


def parse(text):
    """All values of a reply."""
    reader = Reader(text)
    return reader.values(reader.next()) if reader.tokens else []
