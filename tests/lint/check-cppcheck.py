#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""cppcheck finds nothing that a compiler would have to see several functions at once to find.

Each suppression says why it is wrong here.
"""

import os
import pathlib
import re
import subprocess

import lint

SUPPRESSIONS = {
    "missingIncludeSystem": "system headers are not read: the checks know the C library without them",
    "memleak": "it does not know __attribute__((cleanup)); LeakSanitizer does (tools/test runs all under it)",
    "resourceLeak": "likewise",
    "uninitvar:*/src/core/accounts.c": "it does not know that fgetpwent_r() fills the entry",
    "uninitvar:*/src/util/digest.c": "it does not see that snprintf() fills the array by pieces",
    "readdirCalled": "safe for a directory that one thread has open; readdir_r() is obsolete",
    "getpwnamCalled:*/src/firewall/*.c": "it asserts that the program's own, which is reentrant, is used",
    "normalCheckLevelMaxBranches": "says only how deeply it looked",
    "checkersReport": "says only which checks ran",
}

# -D cannot say it: cppcheck cuts its argument at each semicolon
MACROS = pathlib.Path(__file__).with_name("cppcheck-macros.h")

OPTIONS = ["--enable=warning,portability,performance", "--std=c11", "--platform=unix64", "--inline-suppr", "--quiet",
           "--template={file}:{line}: {severity} {id}: {message}", "--error-exitcode=1", "--library=posix"]


def check(root, report):
    command = ["cppcheck", f"-j{os.cpu_count()}", f"-I{root / 'src'}", f"-I{root / 'include'}", "-D_GNU_SOURCE",
               "-DPROJECT_VERSION=\"0\"", f"--include={MACROS}", *OPTIONS]
    command += [f"--suppress={name}" for name in SUPPRESSIONS]
    result = subprocess.run(command + [str(root / "src")], capture_output=True, text=True, check=False)

    for line in result.stderr.splitlines():
        match = re.match(r"(.*?):(\d+): (.*)", line)
        if match:
            report(match[1], int(match[2]), f"{match[3]}: mend it, or suppress it beside the line with the reason")
    if result.returncode != 0 and not report.findings:
        raise RuntimeError(result.stderr + result.stdout)


cases = [
    ("nothing to find", {"src/a.c": "int f(int a) {\n        return a;\n}\n"}, []),
    ("a null pointer is used", {"src/a.c": "int f(void) {\n        int *p = 0;\n\n        return *p;\n}\n"},
     ["src/a.c:4"]),
    ("an array is left", {"src/a.c": "int f(void) {\n        int a[2] = { 0 };\n\n        return a[2];\n}\n"},
     ["src/a.c:4"]),
]

if __name__ == "__main__":
    lint.main(check, cases)
