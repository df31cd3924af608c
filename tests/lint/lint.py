# SPDX-License-Identifier: GPL-2.0-or-later
"""What the checks of this folder share: finding files, reporting, and proof that a check can fail.

A check is a function `check(root, report)` that calls `report(path, line, "what is wrong: what to do")`. Its
`cases` are small trees of files, each with the findings that it must give: a check that cannot fail is a defect.
"""

import argparse
import pathlib
import sys
import tempfile

SKIPPED = 77
C_FOLDERS = ("src", "include", "tests", "bench")


class Report:
    """Collects findings as PATH:LINE: text, the form that editors and CI jump to."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.findings = []

    def __call__(self, path, line, text):
        path = pathlib.Path(path)
        if path.is_absolute():
            path = path.relative_to(self.root)
        self.findings.append((str(path), line, text))

    def lines(self):
        return [f"{path}:{line}: {text}" for path, line, text in sorted(self.findings)]


def files(root, *suffixes, folders=C_FOLDERS):
    """Every file with one of the suffixes below the folders, sorted. Build trees are not ours."""
    found = []
    for folder in folders:
        for path in (pathlib.Path(root) / folder).rglob("*"):
            if path.is_file() and path.suffix in suffixes:
                found.append(path)
    return sorted(found)


def read(path):
    return pathlib.Path(path).read_text(encoding="utf-8")


def without_comments(text):
    """The text of a C file with comments and the insides of strings blanked, line numbers kept."""
    result = []
    state = "code"
    i = 0
    while i < len(text):
        pair = text[i : i + 2]
        char = text[i]
        if state == "code":
            if pair in ("/*", "//"):
                state = "block" if pair == "/*" else "line"
                result.append("  ")
                i += 2
                continue
            if char in "\"'":
                state = char
            result.append(char)
        elif state == "block":
            if pair == "*/":
                state = "code"
                result.append("  ")
                i += 2
                continue
            result.append(char if char == "\n" else " ")
        elif state == "line":
            if char == "\n":
                state = "code"
            result.append(char if char == "\n" else " ")
        else:
            if char == "\\":
                result.append("  ")
                i += 2
                continue
            if char == state:
                state = "code"
                result.append(char)
            else:
                result.append(" ")
        i += 1
    return "".join(result)


def _self_test(check, cases):
    failed = 0
    for name, tree, wanted in cases:
        with tempfile.TemporaryDirectory() as root:
            for path, content in tree.items():
                target = pathlib.Path(root) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(content, encoding="utf-8")
            report = Report(root)
            check(pathlib.Path(root), report)
        found = [f"{path}:{line}" for path, line, _ in sorted(report.findings)]
        if found != wanted:
            failed += 1
            print(f"self-test '{name}': wanted {wanted}, got:")
            for line in report.lines() or ["(nothing)"]:
                print(f"    {line}")
    print(f"{len(cases)} cases, {failed} failed")
    return 1 if failed else 0


def main(check, cases):
    parser = argparse.ArgumentParser()
    parser.add_argument("root", nargs="?", help="top of the source tree")
    parser.add_argument("--self-test", action="store_true", help="show that the check can fail")
    arguments = parser.parse_args()

    if not arguments.self_test and not arguments.root:
        parser.error("the top of the source tree is missing")

    try:
        if arguments.self_test:
            sys.exit(_self_test(check, cases))
        root = pathlib.Path(arguments.root).resolve()
        report = Report(root)
        check(root, report)
    except FileNotFoundError as error:
        if "/" in str(error.filename):
            raise
        print(f"{error.filename} is not installed")
        sys.exit(SKIPPED)
    for line in report.lines():
        print(line)
    sys.exit(1 if report.findings else 0)
