#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What clients read says the same everywhere: XML of an interface, public header, manual page; those of the service and
those of the meter.

That the running programs say it too is shown by tests/bus and tests/meterd. Here also: every problem id and every polkit action is
described, the bounds in the page are those of the header, every key that an answer is said to have is written by
src/bus or src/meterd, and the bus lets every method through.
"""

import re
import xml.etree.ElementTree

import lint

NAME = "org.example.SmtpRestrictions"
PAGE = f"docs/man/{NAME}.5.scd"
XML = f"dbus/{NAME}.xml"
HEADER = "include/smtp-restrictions/smtp-restrictions.h"
PROBLEMS = "src/policy/problem.c"
POLKIT = f"polkit/{NAME}.policy"
BUS_POLICY = f"dbus/{NAME}.conf"

METER = f"{NAME}.Meter"
METER_PAGE = f"docs/man/{METER}.5.scd"
METER_XML = f"dbus/{METER}.xml"
METER_BUS_POLICY = f"dbus/{METER}.conf"

ENTRY = re.compile(r"^\*([\w.-]+)\*\s*(.*)$")
DEFINE = re.compile(r'#define (SMTP_RESTRICTIONS_\w+)\s+(?:\\\s+)?("[^"]*"|\d+)[ \t]*(?:/\*\s*(.*?)\s*\*/)?', re.S)
IS_CONSTANT = "org.freedesktop.DBus.Property.EmitsChangedSignal"


class Page:
    """Entries of a page by section: {section: {name: (line, what stands behind the name)}}."""

    def __init__(self, text, place=PAGE):
        self.text = text
        self.place = place
        self.sections = {}
        self.lines = {}
        section = None
        all_lines = text.splitlines()
        for number, line in enumerate(all_lines, 1):
            heading = re.match(r"# (.+)", line)
            if heading:
                section = self.sections.setdefault(heading[1], {})
                self.lines[heading[1]] = number
                continue
            entry = ENTRY.match(line)
            # an entry has its text below, indented; else it is prose that happens to begin with a bold word
            if entry and section is not None and "".join(all_lines[number : number + 1]).startswith("\t"):
                section[entry[1]] = (number, entry[2])

    def line_of(self, section):
        return self.lines.get(section, 1)

    def text_of(self, section):
        lines = self.text.splitlines()[self.line_of(section) :]
        end = next((number for number, line in enumerate(lines) if line.startswith("# ")), len(lines))
        return "\n".join(lines[:end]) if section in self.lines else ""


class Comparison:
    """Holds what a section of the page should have against what it has."""

    def __init__(self, page, report):
        self.page = page
        self.report = report

    def names(self, section, wanted, source):
        """`wanted`: {name: line in source}."""
        found = self.page.sections.get(section, {})
        for name, line in wanted.items():
            if name not in found:
                self.report(source, line, f"{name} is not in {self.page.place}, section {section}: describe it there")
        for name, (line, _) in found.items():
            if name not in wanted:
                self.report(self.page.place, line, f"{name} is not in {source}: mend one of them")

    def forms(self, section, wanted, source):
        """`wanted`: {name: what must stand behind the name}."""
        for name, (line, form) in self.page.sections.get(section, {}).items():
            if not form.startswith(wanted.get(name, "")):
                self.report(self.page.place, line, f"{name}: {source} has {wanted[name]}")


def read_interface(root, source, name):
    """({method: form}, {property: form}) as the page writes them."""
    top = xml.etree.ElementTree.parse(root / source).getroot()
    interface = next(node for node in top.iter("interface") if node.get("name") == name)
    methods = {}
    for method in interface.findall("method"):
        arguments = method.findall("arg")
        forms = [f"{arg.get('direction', 'in')} {arg.get('type')} {arg.get('name')}" for arg in arguments]
        methods[method.get("name")] = f"({', '.join(forms)})"
    properties = {}
    for node in interface.findall("property"):
        emits = {note.get("value") for note in node.findall("annotation") if note.get("name") == IS_CONSTANT}
        properties[node.get("name")] = f"({node.get('type')}{', constant' if 'const' in emits else ''})"
    return methods, properties


def read_header(root):
    """[(macro, value without quotes, comment, line)]."""
    text = lint.read(root / HEADER)
    return [
        (match[1], match[2].strip('"'), match[3] or "", text.count("\n", 0, match.start()) + 1)
        for match in DEFINE.finditer(text)
    ]


def check_header(page, meter_page, root, compare, report):
    header = read_header(root)

    def values(prefix):
        return {value: line for macro, value, _, line in header if macro.startswith(f"SMTP_RESTRICTIONS_{prefix}_")}

    errors = {name.removeprefix(f"{NAME}.Error."): line for name, line in values("ERROR").items()}
    compare.names("ERRORS", errors, HEADER)
    compare.names("ACTIONS", values("ACTION"), HEADER)
    for prefix, section in (("KEY", "POLICY KEYS"), ("LIMIT", "MAIL LIMIT KEYS")):
        types = {value: f"({comment.split(',')[0]})" for macro, value, comment, _ in header
                 if macro.startswith(f"SMTP_RESTRICTIONS_{prefix}_")}
        compare.names(section, values(prefix), HEADER)
        compare.forms(section, types, HEADER)
    for macro, value, _, line in header:
        of = meter_page if macro.startswith("SMTP_RESTRICTIONS_METER_") else page
        if value.isdigit() and not re.search(rf"\b{value}\b", of.text):
            report(HEADER, line, f"{macro} is {value}, which is not in {of.place}: the bound is described there")

    granted = set(re.findall(r'<action id="([^"]+)"', lint.read(root / POLKIT)))
    for name, line in values("ACTION").items():
        if name not in granted:
            report(HEADER, line, f"{name} is not in {POLKIT}: polkit would refuse everybody")
    for name in granted - set(values("ACTION")):
        report(POLKIT, 1, f"{name} is not in {HEADER}: nothing asks for it")


def check_answer_keys(page, methods, folder, root, report):
    """Words like *Ruleset* (s) in the sections about answers: the code must have them as strings."""
    code = "".join(lint.read(path) for path in lint.files(root, ".c", folders=(folder,)))
    known = set(re.findall(r'"(\w+)"', code)) | {value for _, value, _, _ in read_header(root)} | set(methods)
    for section in ("METHODS", "STATUS KEYS", "USAGE KEYS"):
        for match in re.finditer(r"\*([A-Z]\w+)\*\s+\(", page.text_of(section)):
            if match[1] not in known:
                line = page.line_of(section) + page.text_of(section).count("\n", 0, match.start()) + 1
                report(page.place, line, f"{match[1]} is written nowhere in {folder}: mend one of them")


def check_bus_policy(methods, name, policy, source, root, report):
    top = xml.etree.ElementTree.parse(root / policy).getroot()
    default = next(node for node in top.iter("policy") if node.get("context") == "default")
    own = [node for node in default.findall("allow") if node.get("send_interface") == name]
    allowed = {node.get("send_member", "every member") for node in own}
    for method in sorted(set(methods) - allowed):
        report(policy, 1, f"{method} is not allowed: the bus would refuse everybody but root")
    for method in sorted(allowed - set(methods)):
        report(policy, 1, f"{method} is allowed, but {source} has no such method")


def check_problems(root, compare):
    text = lint.read(root / PROBLEMS)
    ids = {}
    for match in re.finditer(r'\[PROBLEM_[A-Z_]+\]\s*=\s*"([^"]+)"', text):
        if "SEVERITY" not in match[0]:
            ids[match[1]] = text.count("\n", 0, match.start()) + 1
    if not ids:
        compare.report(PROBLEMS, 1, "no table of problem ids ([PROBLEM_X] = \"x\"): this check no longer sees them")
    compare.names("PROBLEMS", ids, PROBLEMS)


def check_interface(page, name, source, policy, folder, root, report):
    compare = Comparison(page, report)
    methods, properties = read_interface(root, source, name)
    for section, forms in (("METHODS", methods), ("PROPERTIES", properties)):
        compare.names(section, {name: 1 for name in forms}, source)
        compare.forms(section, forms, source)
    check_answer_keys(page, methods, folder, root, report)
    check_bus_policy(methods, name, policy, source, root, report)


def check(root, report):
    needed = (PAGE, XML, HEADER, PROBLEMS, POLKIT, BUS_POLICY, METER_PAGE, METER_XML, METER_BUS_POLICY)
    missing = [name for name in needed if not (root / name).exists()]
    for name in missing:
        report(name, 1, "is not there: this check compares it with the others")
    if missing:
        return

    page, meter_page = Page(lint.read(root / PAGE)), Page(lint.read(root / METER_PAGE), METER_PAGE)
    compare = Comparison(page, report)
    check_interface(page, NAME, XML, BUS_POLICY, "src/bus", root, report)
    check_interface(meter_page, METER, METER_XML, METER_BUS_POLICY, "src/meterd", root, report)
    check_header(page, meter_page, root, compare, report)
    check_problems(root, compare)


GOOD = {
    PAGE: """x(5)

# METHODS

*Change*(in a{sv} changes, out b changed)
	*Done* (b): text.

# PROPERTIES

*Version* (s, constant)
	Text.

*Busy* (b)
	Text.

# POLICY KEYS

*Ports* (a{qs}), at most 32
	Text.

# MAIL LIMIT KEYS

*Max* (u)
	Text.

# PROBLEMS

*it-burns*
	Text.

# ERRORS

*Burnt*
	Text.

And of D-Bus's own:
*UnknownMethod*.

# ACTIONS

*org.example.SmtpRestrictions.enable*
	Text.
""",
    XML: f"""<node><interface name="{NAME}"><method name="Change"><arg type="a{{sv}}" name="changes" direction="in"/>
<arg type="b" name="changed" direction="out"/></method><property name="Version" type="s" access="read">
<annotation name="{IS_CONSTANT}" value="const"/></property><property name="Busy" type="b" access="read"/>
</interface></node>
""",
    HEADER: f"""#define SMTP_RESTRICTIONS_ACTION_ENABLE "{NAME}.enable"
#define SMTP_RESTRICTIONS_ERROR_BURNT \\
        "{NAME}.Error.Burnt"
#define SMTP_RESTRICTIONS_KEY_PORTS "Ports" /* a{{qs}}, words */
#define SMTP_RESTRICTIONS_LIMIT_MAX "Max"   /* u */
#define SMTP_RESTRICTIONS_PORTS_MAX 32 /* entries */
#define SMTP_RESTRICTIONS_METER_PAGE_MAX 7 /* entries */
""",
    "src/bus/a.c": 'append("Done");',
    PROBLEMS: '[PROBLEM_IT_BURNS] = "it-burns",\n[PROBLEM_SEVERITY_ERROR] = "error",\n',
    POLKIT: f'<action id="{NAME}.enable">\n',
    BUS_POLICY: f"""<busconfig><policy user="root"/><policy context="default">
<allow send_interface="{NAME}" send_member="Change"/></policy></busconfig>
""",
    METER_PAGE: """x(5)

# METHODS

*Count*(in s subject)
	*Counted* (t): text, at most 7.
""",
    METER_XML: f"""<node><interface name="{METER}"><method name="Count"><arg type="s" name="subject"/></method></interface></node>
""",
    "src/meterd/a.c": 'append("Counted");',
    METER_BUS_POLICY: f"""<busconfig><policy context="default">
<allow send_interface="{METER}" send_member="Count"/></policy></busconfig>
""",
}


def changed(name, old, new):
    assert old in GOOD[name]
    return GOOD | {name: GOOD[name].replace(old, new)}


cases = [
    ("all agree", GOOD, []),
    ("an argument of another type", changed(XML, 'type="b" name="changed"', 'type="u" name="changed"'), [f"{PAGE}:5"]),
    ("a method that is not described", changed(PAGE, "*Change*(in", "Change (in"), [f"{XML}:1"]),
    ("a method that is gone", changed(XML, 'name="Change"', 'name="Other"'),
     [f"{BUS_POLICY}:1", f"{BUS_POLICY}:1", f"{XML}:1", f"{PAGE}:5"]),
    ("a method that the bus refuses", changed(BUS_POLICY, "Change", "Other"),
     [f"{BUS_POLICY}:1", f"{BUS_POLICY}:1"]),
    ("a property that is not constant", changed(XML, 'value="const"', 'value="true"'), [f"{PAGE}:10"]),
    ("a key of another type", changed(HEADER, "a{qs},", "as,"), [f"{PAGE}:18"]),
    ("a limit that is not described", changed(PAGE, "*Max* (u)", "Max"), [f"{HEADER}:5"]),
    ("an error that is not described", changed(PAGE, "*Burnt*", "Burnt"), [f"{HEADER}:2"]),
    ("another bound", changed(HEADER, "MAX 32", "MAX 33"), [f"{HEADER}:6"]),
    ("a problem that is not described", changed(PROBLEMS, '"it-burns"', '"it-smokes"'),
     [f"{PAGE}:28", f"{PROBLEMS}:1"]),
    ("a problem table of another form", changed(PROBLEMS, "[PROBLEM_IT_BURNS] =", ""),
     [f"{PAGE}:28", f"{PROBLEMS}:1"]),
    ("a key that no answer has", changed("src/bus/a.c", "Done", "Ready"), [f"{PAGE}:6"]),
    ("an action that polkit does not know", GOOD | {POLKIT: ""}, [f"{HEADER}:1"]),
    ("a method of the meter that is not described", changed(METER_XML, '"Count"', '"Other"'),
     [f"{METER_BUS_POLICY}:1", f"{METER_BUS_POLICY}:1", f"{METER_XML}:1", f"{METER_PAGE}:5"]),
    ("a key that no answer of the meter has", changed("src/meterd/a.c", "Counted", "Ready"), [f"{METER_PAGE}:6"]),
    ("another bound of the meter", changed(HEADER, "MAX 7", "MAX 8"), [f"{HEADER}:7"]),
    ("a file that is gone", {name: text for name, text in GOOD.items() if name != XML}, [f"{XML}:1"]),
]

if __name__ == "__main__":
    lint.main(check, cases)
