#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What clang-format and the compiler do not judge (CONTRIBUTING.md, "Style")."""

import re

import lint

SPDX = "SPDX-License-Identifier: GPL-2.0-or-later"
FOLDERS = lint.C_FOLDERS + ("tools", ".ci")
SCRIPT_SUFFIXES = (".py", ".sh", "")

# A list of owned locals: a type of ours that has NAME_done() or NAME_free(), or one of these.
FOREIGN_OWNED = {"char", "json_t", "FILE", "DIR", "sd_bus", "sd_bus_message", "sd_bus_slot", "sd_event",
                 "sd_event_source", "GError", "gchar"}

# (file, variable): why the rule would make this one worse
EXCEPTIONS = {
    ("src/util/log.c", "log_to_journal"): "set once by log_open(), before any thread exists",
    ("src/ctl/agent.c", "agent_at_signal"): "a signal handler gets no argument",
}

DONE = re.compile(r"\b\w+_done\((?:struct )?([A-Z]\w+) \*\w+\)\s*[;{]")
FREE = re.compile(r"\b(?:[A-Z]\w+ \*|void )\w+_free\((?:struct )?([A-Z]\w+) \*\w+\)\s*[;{]")

# A local that starts out empty is one that will own something: null pointers, empty structs, closed descriptors.
POINTER = re.compile(r"^\s+(?P<type>\w+) \*(?P<name>\w+) = NULL[,;]")
STRUCT = re.compile(r"^\s+(?P<type>[A-Z]\w+) (?P<name>\w+) = \{\s*\}[,;]")
DESCRIPTOR = re.compile(r"^\s+int (?P<name>\w*fd\w*) = -(?:EBADF|1)[,;]")
MARKER = re.compile(r"\b(TODO|FIXME|XXX)\b")


def owning_types(root):
    """Types of the project that something must end: those that NAME_done() or NAME_free() take."""
    found = set()
    for path in lint.files(root, ".h", folders=("src",)):
        text = lint.without_comments(lint.read(path))
        found |= set(DONE.findall(text)) | set(FREE.findall(text))
    return found


def has_header(path):
    """Its own, or that of all its siblings: show.h for show-status.c, exim/exim.h for what a layer is to others."""
    words = path.stem.split("-")
    if path.with_name(path.parent.name + ".h").exists():
        return True
    return any(path.with_name("-".join(words[:count]) + ".h").exists() for count in range(1, len(words) + 1))


def check_top(path, relative, lines, report):
    """SPDX, `#pragma once`, and words about what the file is."""
    if not lines or SPDX not in lines[0]:
        report(path, 1, f"begin with /* {SPDX} */")
        return
    if path.suffix == ".h" and lines[1:2] != ["#pragma once"]:
        report(path, 2, "a header has `#pragma once` in line 2")
    # a .c is described by its header, a test by the names of its claims
    if path.suffix == ".c" and (path.name.startswith("test-") or has_header(path)):
        return
    head = [line for line in lines[1:8] if line and line != "#pragma once"]
    if not head or not head[0].startswith("/*"):
        report(path, 3, "say in a block comment what the file does and what it must not do")


def check_includes(path, lines, report):
    """<system> first, then "ours", each group in one piece."""
    ours_seen = False
    for number, line in enumerate(lines, 1):
        if line.startswith('#include "'):
            ours_seen = True
        elif line.startswith("#include <") and ours_seen:
            report(path, number, 'put <system> includes before "ours"')


def check_owned_locals(path, relative, lines, owning, report):
    for number, line in enumerate(lines, 1):
        before = lines[number - 2].rstrip() if number > 1 else ""
        if before.endswith(")") and "CLEANUP(" in before:
            continue
        match = POINTER.match(line)
        if match and match["type"] not in FOREIGN_OWNED | owning:
            match = None
        if not match:
            match = STRUCT.match(line)
            if match and match["type"] not in owning:
                match = None
        match = match or DESCRIPTOR.match(line)
        # vasprintf() leaves the pointer undefined when it fails: nothing may free it then
        if match and f"vasprintf(&{match['name']}," in "".join(lines[number : number + 8]):
            match = None
        if match and (relative, match["name"]) not in EXCEPTIONS:
            report(path, number, f"{match['name']}: an owned local has CLEANUP(), a borrowed pointer is const")


def mutable_static(line):
    """The name of the variable that a line declares with static storage and not const, or None."""
    declaration = re.split(r"[=;]", line.strip())[0].rstrip()
    if not declaration.startswith("static ") or not re.search(r"[=;]", line) or "(" in declaration:
        return None
    declaration = re.sub(r"(\[[^\]]*\])+$", "", declaration)
    # of `const char *const names` only what stands behind the last asterisk speaks of the variable itself
    *kind, name = declaration.split("*")[-1].split()
    return None if "const" in kind or name.startswith("arg_") else name


def check_code(path, relative, text, owning, report):
    lines = lint.without_comments(text).splitlines()

    check_includes(path, lines, report)
    if relative.parts[0] == "src":
        check_owned_locals(path, str(relative), lines, owning, report)
    for number, line in enumerate(lines, 1):
        if re.match(r"\s*goto\b", line):
            report(path, number, "no goto: let CLEANUP() end what the function owns")
        name = mutable_static(line)
        if name and relative.parts[0] == "src" and (str(relative), name) not in EXCEPTIONS:
            report(path, number, f"{name}: no static mutable state; hand it over, or make it const")


def check(root, report):
    owning = owning_types(root)

    for path in lint.files(root, ".c", ".h", *SCRIPT_SUFFIXES, folders=FOLDERS):
        relative = path.relative_to(root)
        if path.suffix == "" and relative.parts[0] == "tests":
            continue  # data
        text = lint.read(path)
        lines = text.splitlines()

        for number, line in enumerate(lines, 1):
            if "\t" in line and path.suffix not in SCRIPT_SUFFIXES:
                report(path, number, "a tab: indent with blanks, write \\t in strings")
            match = MARKER.search(line)
            if match and relative.parts[:2] != ("tests", "lint"):
                report(path, number, f"{match[1]}: do it now, or say in words what is so and what would change it")

        if path.suffix in SCRIPT_SUFFIXES:
            if not any(SPDX in line for line in lines[:2]):
                report(path, 1, f"begin with # {SPDX} (behind #!)")
            continue
        check_top(path, relative, lines, report)
        check_code(path, relative, text, owning, report)


TOP = f"/* {SPDX} */\n"
C = TOP + "\n/* What it does. */\n"
HEADER = TOP + "#pragma once\n\n/* What it is. */\n"
TYPES = {"src/util/text.h": HEADER + "void text_done(Text *text);\nThing *thing_free(Thing *thing);\n"}


def function(line):
    return TYPES | {"src/util/a.c": C + "int f(void) {\n" + line + "}\n"}


cases = [
    (
        "all as it should be",
        TYPES
        | {
            "src/util/text.c": TOP + '\n#include <stdio.h>\n\n#include "util/text.h"\n',
            "src/exim/exim.h": HEADER,
            "src/exim/apply.c": TOP + "\nint f(void);\n",
            "src/util/text-list.c": TOP + '\n#include "util/text.h"\n',
            "tests/unit/a.h": HEADER + "int f(void) {\n        char *p = NULL;\n}\n",
            "src/util/a.c": C
            + "static const int a = 1;\nstatic const char *const b[] = { NULL };\nstatic int f(void);\n"
            + "static const struct {\n        int x;\n} table[] = {\n};\n"
            + "int f(void) {\n"
            + "        CLEANUP(text_done) Text t = {};\n        CLEANUP(freep)\n        char *p = NULL;\n"
            + "        char *s = NULL;\n\n        vasprintf(&s, 0, 0);\n"
            + '        const char *q = NULL;\n        Plain plain = {};\n        g("goto no \\\\t tab");\n}\n',
            "tests/fuzz/corpus/a": "data",
            "tests/host/a.py": f"#!/usr/bin/env python3\n# {SPDX}\n\tx\n",
        },
        [],
    ),
    ("no licence line", {"src/util/a.c": "/* What it does. */\n"}, ["src/util/a.c:1"]),
    ("no licence line in a script", {"tools/a.sh": "#!/bin/sh\n", "tools/b": "#!/bin/sh\n"},
     ["tools/a.sh:1", "tools/b:1"]),
    ("no pragma", {"src/util/a.h": TOP + "\n/* What it is. */\n"}, ["src/util/a.h:2"]),
    ("nothing said about a header", {"src/util/a.h": TOP + "#pragma once\n\nint f(void);\n"}, ["src/util/a.h:3"]),
    ("nothing said about a file without header", {"src/util/a.c": TOP + "\nint f(void);\n"}, ["src/util/a.c:3"]),
    ("includes in the wrong order", {"src/util/a.c": C + '#include "util/b.h"\n#include <a.h>\n'}, ["src/util/a.c:5"]),
    ("goto", function("        goto end;\n"), ["src/util/a.c:5"]),
    ("a tab", function("\treturn 0;\n"), ["src/util/a.c:5"]),
    ("an owned string", function("        char *p = NULL;\n"), ["src/util/a.c:5"]),
    ("an owned object of ours", function("        Thing *p = NULL;\n"), ["src/util/a.c:5"]),
    ("an owned struct", function("        Text t = {};\n"), ["src/util/a.c:5"]),
    ("an owned descriptor", function("        int dir_fd = -EBADF;\n"), ["src/util/a.c:5"]),
    ("static state", {"src/util/a.c": C + "static int count;\nstatic char *names[4] = {};\n"},
     ["src/util/a.c:4", "src/util/a.c:5"]),
    ("static state in a function", function("        static unsigned n = 0;\n"), ["src/util/a.c:5"]),
    ("a promise", {"src/util/a.c": C + "/* TODO: more */\n"}, ["src/util/a.c:4"]),
]

if __name__ == "__main__":
    lint.main(check, cases)
