#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Files and functions stay small enough to be read whole (CONTRIBUTING.md, "Size")."""

import re

import lint

FILE_MAX = 600
FILE_REASON = 400  # above this a file needs an entry in LARGE_FILES; one of tests is a list of claims and does not
HEADER_MAX = 80
FUNCTION_MAX = 80

# Files of more than 400 lines, with the reason why cutting them in two would make them worse.
LARGE_FILES = {
    "src/core/manager.c": "the two threads' one meeting place: cut, the rule who may touch what would stand in no file",
    "src/ctl/main.c": "the table of commands, their help and their options are one list, which grows in one place",
}

# Headers of more than 80 lines: each is the whole contract of a layer or of the service.
CONTRACT_HEADERS = {
    "include/smtp-restrictions/smtp-restrictions.h",
    "src/core/engine.h",
    "src/core/manager.h",
    "src/exim/exim.h",
    "src/firewall/firewall.h",
    "src/meter/ledger-shared.h",
    "src/meter/ledger.h",
    "src/meter/ledger-state.h",
    "src/policy/policy.h",
}

# clang-format puts the name of a function in column 1 of some line, its `{` at the end of that or a later one, and
# its `}` alone in column 1. Nothing else in C begins like that and holds a parenthesis.
NOT_A_FUNCTION = re.compile(r"(typedef|struct|enum|union|#|\}|static const struct|extern)\b|[#}\s/]")


def functions(text):
    """(line, name, number of lines) of each function."""
    result = []
    start = None
    head = ""
    for number, line in enumerate(lint.without_comments(text).splitlines(), 1):
        if start is None:
            if not line or NOT_A_FUNCTION.match(line):
                continue
            start, head = number, line
        elif not line.startswith("}"):
            if "{" not in head:
                head += line
        if "{" not in head and head.rstrip().endswith(";") or re.match(r"[A-Z_]+\([^{]*\)$", head):
            start = None
        elif line.startswith("}") or head.rstrip().endswith("};"):
            before_brace = head.split("{")[0]
            name = re.search(r"(\w+)\s*\(", before_brace)
            if name and "=" not in before_brace:
                result.append((start, name[1], number - start + 1))
            start = None
    return result


def check(root, report, large_files=None, contract_headers=None):
    large_files = LARGE_FILES if large_files is None else large_files
    contract_headers = CONTRACT_HEADERS if contract_headers is None else contract_headers
    lines_of = {}

    for path in lint.files(root, ".c", ".h"):
        relative = str(path.relative_to(root))
        text = lint.read(path)
        count = lines_of[relative] = len(text.splitlines())

        if count > FILE_MAX:
            report(path, FILE_MAX + 1, f"{count} lines, at most {FILE_MAX}: one concept per file, cut it")
        elif count > FILE_REASON and relative not in large_files and not relative.startswith("tests/"):
            report(path, FILE_REASON + 1,
                   f"{count} lines: cut it, or give the reason in LARGE_FILES of tests/lint/check-sizes.py")
        elif relative.endswith(".h") and count > HEADER_MAX and not (
            relative in contract_headers or relative.startswith("tests/")
        ):
            report(path, HEADER_MAX + 1, f"a header of {count} lines, at most {HEADER_MAX}: it does two things")

        for line, name, length in functions(text):
            # the main() of a test program is a table of its tests
            if length > FUNCTION_MAX and not (name == "main" and relative.startswith("tests/")):
                report(path, line, f"{name}() has {length} lines, at most {FUNCTION_MAX}: name its steps")

    for relative in large_files:
        if lines_of.get(relative, 0) <= FILE_REASON:
            report("tests/lint/check-sizes.py", 1, f"{relative} needs no entry in LARGE_FILES any more: remove it")


def check_bare(root, report):
    """For the self-test: without the entries of this project's own tree."""
    check(root, report, {"src/a/listed.c": "a reason"}, {"src/a/contract.h"})


def body(count):
    return "int f(void) {\n" + "        g();\n" * (count - 2) + "}\n"


LISTED = {"src/a/listed.c": "/* */\n" * 401}

cases = [
    ("at the limits", LISTED | {"src/a/b.c": "\n" * 400, "src/a/b.h": "\n" * 80, "src/a/c.c": body(80)}, []),
    ("a contract header may be longer", LISTED | {"src/a/contract.h": "\n" * 81}, []),
    ("tests and their helpers may be long",
     LISTED | {"tests/unit/a/b.h": "\n" * 81, "tests/unit/a/test-b.c": "\n" * 401}, []),
    ("a long file without a reason", LISTED | {"src/a/b.c": "\n" * 401}, ["src/a/b.c:401"]),
    ("too long even with a reason", {"src/a/listed.c": "\n" * 601}, ["src/a/listed.c:601"]),
    ("a long header", LISTED | {"src/a/b.h": "\n" * 81}, ["src/a/b.h:81"]),
    ("a long function", LISTED | {"src/a/b.c": "int a;\n\n" + body(81)}, ["src/a/b.c:3"]),
    ("a long function with a long head",
     LISTED | {"src/a/b.c": "static int f(\n        int a,\n        int b) {\n" + "        g();\n" * 80 + "}\n"},
     ["src/a/b.c:1"]),
    ("a long function behind a macro", LISTED | {"src/a/b.c": "DEFINE_CLEANUP(A, a_free)\n\n" + body(81)},
     ["src/a/b.c:3"]),
    ("a table is no function",
     LISTED | {"src/a/b.c": "static const int t[] = {\n" + "        g(1),\n" * 90 + "};\n" + body(3)}, []),
    ("the table of tests is no function", LISTED | {"tests/unit/a/t.c": body(90).replace("int f", "int main")}, []),
    ("an entry that nothing needs", {"src/a/listed.c": "\n"}, ["tests/lint/check-sizes.py:1"]),
]

if __name__ == "__main__":
    import sys

    lint.main(check_bare if "--self-test" in sys.argv else check, cases)
