#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""clang-format is the judge of layout. Versions differ in taste: this tree is formatted by version 14.

Ends with 77 (skipped) where another version is the only one there.
"""

import re
import shutil
import subprocess
import sys

import lint

MAJOR = 14


def find_tool():
    for name in (f"clang-format-{MAJOR}", "clang-format"):
        if shutil.which(name):
            version = subprocess.run([name, "--version"], capture_output=True, text=True, check=True).stdout
            if re.search(rf"version {MAJOR}\.", version):
                return name
    print(f"clang-format {MAJOR} is not installed (Debian 12: apt install clang-format)")
    sys.exit(lint.SKIPPED)


def check(root, report):
    paths = lint.files(root, ".c", ".h")
    if not paths:
        return
    command = [find_tool(), "--dry-run", "--style=file"] + paths
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    reported = set()
    for line in result.stderr.splitlines():
        match = re.match(r"(.*?):(\d+):\d+: \w+: code should be clang-formatted", line)
        if match and match[1] not in reported:
            # the first place is enough to find them all
            reported.add(match[1])
            report(match[1], int(match[2]), f"not formatted: clang-format -i {match[1]}")
    if result.returncode != 0 and not reported:
        raise RuntimeError(result.stderr)


STYLE = {".clang-format": "BasedOnStyle: LLVM\nIndentWidth: 8\nAllowShortFunctionsOnASingleLine: None\n"}

cases = [
    ("formatted", STYLE | {"src/a.c": "int f(void) {\n        return 0;\n}\n"}, []),
    ("not formatted", STYLE | {"src/a.c": "int f(void) {\n        return 0;\n}\nint  g( void );\n"}, ["src/a.c:4"]),
]

if __name__ == "__main__":
    lint.main(check, cases)
