#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every header compiles by itself, and twice: whoever includes it needs to know nothing else.

The compiler is $CC (tests/lint/meson.build sets it).
"""

import os
import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor

import lint

WARNINGS = ["-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c", "-"]


def flags_of_glib():
    """Headers of tests may use it; nothing else is in a directory of its own."""
    command = ["pkg-config", "--cflags", "glib-2.0"]
    return shlex.split(subprocess.run(command, capture_output=True, text=True, check=False).stdout)


def compile_header(root, name, flags):
    command = shlex.split(os.environ.get("CC", "cc")) + flags
    command += [f"-I{root / 'src'}", f"-I{root / 'include'}", f"-I{root / 'tests'}", f"-I{root / 'bench'}"] + WARNINGS
    source = f'#include "{name}"\n#include "{name}"\n'
    return subprocess.run(command, input=source, capture_output=True, text=True, check=False)


def check(root, report):
    headers = lint.files(root, ".h")
    names = [str(path.relative_to(root / path.relative_to(root).parts[0])) for path in headers]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        flags = flags_of_glib()
        results = list(pool.map(lambda name: compile_header(root, name, flags), names))

    for path, result in zip(headers, results):
        if result.returncode == 0:
            continue
        first = next((line for line in result.stderr.splitlines() if "error:" in line), result.stderr)
        match = re.match(rf"{re.escape(str(path))}:(\d+):\d+: error: (.*)", first)
        line, text = (int(match[1]), match[2]) if match else (1, first)
        report(path, line, f"does not compile by itself ({text}): include what it uses")


PRAGMA = "#pragma once\n"

cases = [
    ("a header that stands alone", {"src/a/b.h": PRAGMA + "#include <stdint.h>\nextern uint32_t f(void);\n"}, []),
    ("a header that needs another", {"src/a/b.h": PRAGMA + "extern uint32_t f(void);\n"}, ["src/a/b.h:2"]),
    ("a header that cannot be included twice", {"include/a/b.h": "typedef struct A { int a; } A;\n"},
     ["include/a/b.h:1"]),
]

if __name__ == "__main__":
    lint.main(check, cases)
