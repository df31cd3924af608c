#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual pages describe the commands, options and exit codes that the programs have, and no others; and no text
tells people to type a command that does not exist.
"""

import re

import lint

PAGE = "docs/man/smtp-restrictionsctl.1.scd"
MAIN = "src/ctl/main.c"
OUTCOME = "src/ctl/outcome.h"
DAEMON_PAGE = "docs/man/smtp-restrictionsd.8.scd"
DAEMON_MAIN = "src/daemon/main.c"

VERB = re.compile(r'^\s*\{ "([\w-]+)",\s+(?:NULL|"(\w+)"),.*\bcommand_\w+', re.M)
OPTION = re.compile(r'^\s*\{ "([\w-]+)", (?:no|required|optional)_argument', re.M)
TYPED = re.compile(r"(?:^ *|[`_'])smtp-restrictionsctl (?:--?\S+ )*([a-z][a-z-]*)", re.M)
TEXTS = ("README.md", "NEWS.md", "CONTRIBUTING.md", "docs/*.md", "docs/man/*.scd", "debian/postinst", "tools/try")

EXIT_CODE = re.compile(r"^\s*EXIT_CODE_\w+ =\s*(\d+)", re.M)


def found(pattern, text, make):
    """{what make() says of each match: line}."""
    return {make(match): text.count("\n", 0, match.start()) + 1 for match in pattern.finditer(text)}


def described(text):
    """(commands, options, exit codes) of the page, each {name: line}."""
    commands, options, codes = {}, {}, {}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        heading = re.match(r"# (.+)", line)
        if heading:
            section = heading[1]
        elif section == "COMMANDS" and line.startswith("*"):
            words = re.match(r"\*([^*]+)\*(?: \[\*(\w+)\*\])?", line)
            commands[words[1]] = number
            if words[2]:
                commands[f"{words[1]} {words[2]}"] = number
        elif section == "OPTIONS" and line.startswith("*"):
            options.update({name: number for name in re.findall(r"\*--([\w-]+)\*", line)})
        elif section == "EXIT STATUS" and line.startswith("|"):
            codes[line[2:].strip()] = number
    return commands, options, codes


def compare(kind, source, wanted, page, written, report):
    if not wanted:
        report(source, 1, f"no table of {kind}s in the form that this check reads: mend one of them")
    for name in wanted.keys() - written.keys():
        report(source, wanted[name], f"{kind} {name} is not in {page}: describe it")
    for name in written.keys() - wanted.keys():
        report(page, written[name], f"{kind} {name} is not in {source}: mend one of them")


def check(root, report):
    main = lint.read(root / MAIN)
    outcome = lint.read(root / OUTCOME)
    pairs = zip(
        ("command", "option", "exit code"),
        (MAIN, MAIN, OUTCOME),
        (
            found(VERB, main, lambda match: " ".join(filter(None, match.groups()))),
            found(OPTION, main, lambda match: match[1]),
            found(EXIT_CODE, outcome, lambda match: match[1]),
        ),
        described(lint.read(root / PAGE)),
    )
    for kind, source, wanted, written in pairs:
        compare(kind, source, wanted, PAGE, written, report)

    verbs = {match[1] for match in VERB.finditer(main)}
    for path in (path for pattern in TEXTS for path in sorted(root.glob(pattern))):
        text = lint.read(path)
        for match in TYPED.finditer(text):
            if match[1] not in verbs:
                line = text.count("\n", 0, match.start(1)) + 1
                report(path, line, f"there is no command {match[1]}: say one that people can type")

    options = found(OPTION, lint.read(root / DAEMON_MAIN), lambda match: match[1])
    compare("option", DAEMON_MAIN, options, DAEMON_PAGE, described(lint.read(root / DAEMON_PAGE))[1], report)


GOOD = {
    MAIN: """static const Verb verbs[] = {
        { "status",  NULL,    0, 0, true,  command_status },
        { "policy",  "set",   1, 9, false, command_policy_set },
        { "policy",  "show",  0, 0, true,  command_policy_show },
        { "policy",  NULL,    0, 0, true,  command_policy_show },
};
static const struct option options[] = {
        { "json", no_argument, NULL, 1 },
        { "yes", no_argument, NULL, 'y' },
        {},
};
""",
    OUTCOME: "EXIT_CODE_OK = 0,\nEXIT_CODE_USAGE = 2,\n",
    PAGE: """x(1)

# COMMANDS

*status*
	Text.

*policy* [*show*]
	Text.

*policy set* _KEY=VALUE_...
	Text.

# OPTIONS

*--json*
	Text.

*-y*, *--yes*
	Text.

# EXIT STATUS

|[ 0
:[ Text.
|[ 2
:[ Text.
""",
}


GOOD["README.md"] = "Use it:\n\n    smtp-restrictionsctl --json status\n\nor `smtp-restrictionsctl`.\n"
GOOD[DAEMON_MAIN] = '        { "boot", no_argument, NULL, 1 },\n'
GOOD[DAEMON_PAGE] = "# OPTIONS\n\n*--boot*\n\tText.\n"


def changed(name, old, new):
    assert old in GOOD[name]
    return GOOD | {name: GOOD[name].replace(old, new)}


cases = [
    ("all agree", GOOD, []),
    ("a command that is not described", changed(PAGE, "*policy set*", "policy set"), [f"{MAIN}:3"]),
    ("a command that is gone", changed(MAIN, '"set"', '"put"'), [f"{PAGE}:11", f"{MAIN}:3"]),
    ("an option that is not described", changed(PAGE, "*-y*, *--yes*", "*-y*"), [f"{MAIN}:9"]),
    ("an exit code that is not described", changed(OUTCOME, "USAGE = 2", "USAGE = 3"), [f"{PAGE}:26", f"{OUTCOME}:2"]),
    ("a text with a command that does not exist", changed("README.md", "status", "state"), ["README.md:3"]),
    ("an option of the daemon that is gone", changed(DAEMON_MAIN, "boot", "load"),
     [f"{DAEMON_PAGE}:3", f"{DAEMON_MAIN}:1"]),
    ("a table of another form", changed(OUTCOME, "EXIT_CODE_", "CODE_"),
     [f"{PAGE}:24", f"{PAGE}:26", f"{OUTCOME}:1"]),
]

if __name__ == "__main__":
    lint.main(check, cases)
