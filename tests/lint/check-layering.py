#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Includes go downwards only (docs/ARCHITECTURE.md, "Layers"), are rooted, and exist.

The linker shows a call upwards only where the file that makes it is linked into a test. This shows each of them.
"""

import re

import lint

# A layer may include itself and what stands here. Siblings (firewall, exim, meter) are in each other's sets nowhere.
BELOW = {
    "util": set(),
    "policy": {"util"},
    "firewall": {"policy", "util"},
    "exim": {"policy", "util"},
    "meter": {"policy", "util"},
    "core": {"firewall", "exim", "meter", "policy", "util"},
    # what every program of ours needs that answers calls; knows nothing of what they do
    "dbus": {"util"},
    "bus": {"core", "dbus", "firewall", "exim", "policy", "util"},
    "daemon": {"bus", "core", "firewall", "exim", "policy", "util"},
    # what is tried runs beside it: it knows Exim, and nothing that could change the host
    "check": {"exim", "policy", "util"},
    # what parses strangers' text knows nothing that could change the host
    "meterd": {"dbus", "meter", "policy", "util"},
    # has a capability and reads what a spammer has a part in: as little code as can be
    "identd": {"util"},
    # root, and beside what meterd writes: names alone
    "release": {"exim", "util"},
    # settings of other programs as a policy of ours
    "import": {"policy", "util"},
    # hears and tells: knows the contract alone
    "notify": {"util"},
    "shared": {"meter", "policy", "util"},
    # ctl reaches the service by D-Bus alone: of the code below it uses what is pure or general
    "ctl": {"import", "meter", "policy", "util"},
}

PUBLIC = "smtp-restrictions"

# util/log.h is for the first function that can say what the service wanted: never these layers
SILENT = {"util", "policy"}

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')


def owner(relative):
    """(layer whose rules hold for this file or None, is it a test)."""
    parts = relative.parts
    if parts[0] == "src" and len(parts) > 2:
        return parts[1], False
    if parts[:2] == ("tests", "unit") and len(parts) > 3 and parts[2] in BELOW:
        return parts[2], True
    return None, parts[0] in ("tests", "bench")


def check_include(root, relative, target, quoted):
    """What is wrong with one include, or None."""
    layer, is_test = owner(relative)
    first = target.split("/")[0]

    if not quoted:
        if first in BELOW and (root / "src" / target).exists() or (root / "include" / target).exists():
            return f'<{target}> is ours: write "{target}"'
        return None

    if target.startswith((".", "/")):
        return f'"{target}" is not rooted: write it from src/, include/ or tests/'
    if is_test and (root / relative.parent / target).exists():
        return None
    places = ["src", "include"] + (["tests"] if is_test else [])
    if not any((root / place / target).exists() for place in places):
        return f'"{target}" is not below {", ".join(places)}: includes are rooted there'
    if relative.parts[0] == "include" and first != PUBLIC:
        return f'"{target}": a public header stands alone, include nothing from src/'
    if first == PUBLIC or layer is None or first not in BELOW:
        return None
    if first != layer and first not in BELOW[layer]:
        allowed = ", ".join(sorted(BELOW[layer])) or "nothing"
        return f'"{target}": {layer} may include {allowed} and itself; move the code or pass it a callback'
    if target == "util/log.h" and layer in SILENT and not is_test and relative.stem != "log":
        return f"{layer} never logs: return the error, the caller that knows the purpose logs it"
    return None


def check(root, report):
    for path in lint.files(root, ".c", ".h"):
        relative = path.relative_to(root)
        if relative.parts[0] == "src" and (len(relative.parts) != 3 or relative.parts[1] not in BELOW):
            report(path, 1, f"not in a layer: put it into one of src/{{{','.join(sorted(BELOW))}}}/")
        if relative.parts[0] == "include" and (path.suffix != ".h" or relative.parts[1] != PUBLIC):
            report(path, 1, f"only public headers live in include/{PUBLIC}/")
        for number, text in enumerate(lint.read(path).splitlines(), 1):
            match = INCLUDE.match(text)
            if not match:
                continue
            problem = check_include(root, relative, match[1] or match[2], match[1] is not None)
            if problem:
                report(path, number, problem)


UTIL = {"src/util/text.h": "", "src/util/log.h": "", "include/smtp-restrictions/a.h": ""}

cases = [
    (
        "downwards, the own layer and the public header are right",
        UTIL
        | {
            "src/exim/edit.h": '#include "util/text.h"\n',
            "src/exim/edit.c": '#include <stdio.h>\n#include "exim/edit.h"\n#include "smtp-restrictions/a.h"\n',
            "src/core/a.c": '#include "exim/edit.h"\n#include "util/log.h"\n',
            "tests/unit/exim/helper.h": "",
            "tests/unit/exim/t.c": '#include "exim/edit.h"\n#include "util/log.h"\n#include "helper.h"\n',
        },
        [],
    ),
    ("upwards", UTIL | {"src/core/a.h": "", "src/policy/b.c": '\n#include "core/a.h"\n'}, ["src/policy/b.c:2"]),
    ("siblings", {"src/exim/a.h": "", "src/firewall/b.c": '#include "exim/a.h"\n'}, ["src/firewall/b.c:1"]),
    ("ctl goes round the bus", {"src/core/a.h": "", "src/ctl/b.c": '#include "core/a.h"\n'}, ["src/ctl/b.c:1"]),
    ("not rooted", {"src/exim/a.h": "", "src/exim/b.c": '#include "a.h"\n#include "../exim/a.h"\n'},
     ["src/exim/b.c:1", "src/exim/b.c:2"]),
    ("ours in angle brackets", UTIL | {"src/exim/b.c": "#include <util/text.h>\n"}, ["src/exim/b.c:1"]),
    ("a public header needs ours", UTIL | {"include/smtp-restrictions/b.h": '#include "util/text.h"\n'},
     ["include/smtp-restrictions/b.h:1"]),
    ("a private header in include/", {"include/edit.h": ""}, ["include/edit.h:1"]),
    ("a file outside the layers", {"src/a.c": "", "src/other/b.c": ""}, ["src/a.c:1", "src/other/b.c:1"]),
    ("a pure layer logs", UTIL | {"src/policy/a.c": '#include "util/log.h"\n'}, ["src/policy/a.c:1"]),
    ("a test reaches above its layer", {"src/core/a.h": "", "tests/unit/exim/t.c": '#include "core/a.h"\n'},
     ["tests/unit/exim/t.c:1"]),
]

if __name__ == "__main__":
    lint.main(check, cases)
