# SPDX-License-Identifier: GPL-2.0-or-later
"""Which calls of a change are disturbed, and how. Pure: strace's text of one change that nobody disturbed in, cases out.

Killed is the service before each call that alters something: durable, in the kernel, or another program's. Between two of
these a kill is always the same; of the other calls a few are taken.

Made to fail is each call that alters something, with one error of its list, taken in turn (and in the next direction the
next one), with EINTR besides where the call may be interrupted, and where FOR_EVER says so together with all later calls of
its name, as on a disk that is full. Of calls that only look or wait, those are equal that have the same arguments but for
numbers, between the same two renames: one of them fails, with one error in turn.

Of a direction that passes the code of another one (change.py: repeats) not all of that is taken: of the calls that only look
or wait, and of those that alter something in /run, which is emptied at the next start, every so many; none is interrupted
besides.
"""

import re
from dataclasses import dataclass

LINE = re.compile(r"(?:\d+ +)?(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?)")
# names made of random letters (mkdtemp), and any number, a path's or a descriptor's
RANDOM = re.compile(r"(?<=exim-|heck-)\w{6}|\d+")
CREATED = re.compile(r'"([^/"][^"]*)", [^)]*O_CREAT')
NUMBERED = re.compile(r"\.\d+\.json")  # of the history: another one each time
WRITTEN = re.compile(r"\d+<(/(?!run/)[^>]*)>")
MESSAGE = re.compile(r"nlmsg_type=(\w+)")
# requests over netlink that ask: SOCK_DIAG_BY_FAMILY, RTM_GET*, and of nf_tables NFT_MSG_GET*
ASKING = re.compile(r"0x(1[246]|a(01|04|07|0a|0d|10|13|17))$")

# What alters the disk, the kernel or another program, by name; of openat(), write() and sendto() see _alters().
ALTERING = ("renameat", "unlinkat", "unlink", "mkdir", "mkdirat", "rmdir", "fsync", "fchmod", "fchown", "fsetxattr", "openat",
            "write", "clone", "sendmsg", "sendto")
LOOKING = "looking"  # all other calls, and those of ALTERING that do not
LOOKING_STEP = 50  # of them the service is killed before every so many
REPEATED_STEP = 6
SELDOM = {"openat": 2, "read": 2, "recvmsg": 2, "getdents64": 4, "newfstatat": 4}  # of those that are not equal, every so many

# The errors that a call can have.
FAILURES = {
    "renameat": ("ENOSPC", "EIO", "EACCES"),
    "unlinkat": ("EIO", "EACCES"),
    "unlink": ("EIO", "EACCES"),
    "mkdir": ("ENOSPC", "EACCES"),
    "mkdirat": ("ENOSPC", "EACCES"),
    "rmdir": ("EIO", "EACCES"),
    "fsync": ("EIO", "ENOSPC"),
    "fchmod": ("EIO", "EACCES"),
    "fchown": ("EIO", "EPERM"),
    "openat": ("ENOSPC", "EIO", "EACCES", "EMFILE"),
    "write": ("ENOSPC", "EIO"),
    "read": ("EIO", "EINTR"),
    "getdents64": ("EIO",),
    "newfstatat": ("EIO", "EACCES"),
    "flock": ("EINTR", "ENOLCK"),
    "clone": ("EAGAIN", "ENOMEM"),
    "execve": ("ENOMEM", "EACCES", "ENOENT"),
    "pipe2": ("EMFILE", "ENFILE"),
    "wait4": ("EINTR",),
    "socket": ("EMFILE", "ENOMEM"),
    "bind": ("EADDRINUSE", "ENOMEM"),
    "connect": ("ECONNREFUSED", "EAGAIN", "EINTR"),
    "sendmsg": ("ENOBUFS", "ENOMEM"),
    "sendto": ("ENOMEM", "ENOBUFS", "EINTR"),
    "recvmsg": ("ENOMEM", "ENOBUFS", "EINTR"),
    "poll": ("EINTR", "ENOMEM"),
    "ppoll": ("EINTR", "ENOMEM"),
}
INTERRUPTED = ("openat", "write", "fsync", "sendmsg")
FOR_EVER = {"renameat": "EIO", "unlinkat": "EIO", "fsync": "ENOSPC", "openat": "ENOSPC", "clone": "EAGAIN", "sendmsg": "ENOBUFS"}
# The worker's own calls; with execve also the programs' that it starts, before they are any. It has no number: strace counts
# for each program anew.
OF_PROGRAMS = "execve"
# what has to be seen of a change: all of these, and close(), which the service can be killed before
TRACED = tuple(dict.fromkeys([*ALTERING, *(name for name in FAILURES if name != OF_PROGRAMS), "close"]))


@dataclass(frozen=True)
class Call:
    name: str
    number: int  # 1 is the first one of its name
    path: str  # of a new file: how many are opened before it depends on what else runs; and of one that is written
    of_path: int  # 1 is the first one of its name and path
    alters: bool
    fleeting: bool  # what it alters is in /run
    done: bool
    kind: str  # equal ones have the same

    def fault(self, what):
        """The words for strace: (argument of -e inject=, of -P or "")."""
        return f"{self.name}:{what}:when={self.of_path}", self.path

    def fault_from_here_on(self, what):
        return f"{self.name}:{what}:when={self.number}+", ""


def _alters(name, arguments):
    if name == "openat":
        return "O_CREAT" in arguments or "O_TRUNC" in arguments
    if name == "write":
        return "anon_inode" not in arguments  # which wakes the event loop up
    if name == "sendto":
        return not all(ASKING.match(message) for message in MESSAGE.findall(arguments)) or "nlmsg" not in arguments
    return name in ALTERING


def _path(name, arguments):
    """One by which strace finds the call."""
    found = CREATED.search(arguments) if name == "openat" else WRITTEN.match(arguments) if name == "write" else None
    return found[1] if found and not NUMBERED.search(found[1]) else ""


def read(lines):
    """The calls that strace has noted."""
    found, counts, stage = [], {}, 0
    for line in lines:
        match = LINE.match(line)
        if not match:
            continue
        name, arguments, result = match.groups()
        path = _path(name, arguments)
        for key in {(name, ""), (name, path)}:
            counts[key] = counts.get(key, 0) + 1
        about = " ".join(dict.fromkeys(MESSAGE.findall(arguments))) or RANDOM.sub("N", arguments)[:100]
        found.append(Call(name, counts[name, ""], path, counts[name, path], _alters(name, arguments),
                          "/run/smtp-" in arguments, not result.startswith("-"), f"{stage} {name} {about}"))
        stage += name == "renameat"
    return found


def _altering(calls, repeats):
    fleeting = [call for call in calls if call.alters and call.fleeting]
    lasting = [call for call in calls if call.alters and not call.fleeting]
    return lasting + fleeting[:: REPEATED_STEP if repeats else 1]


def kills(calls, name, repeats):
    """The faults of one name of ALTERING, or of LOOKING."""
    if name == LOOKING:
        step = LOOKING_STEP * (REPEATED_STEP if repeats else 1)
        chosen = [call for call in calls if not call.alters][::step]
    else:
        # a call that fails anyway alters nothing
        chosen = _altering([call for call in calls if call.name == name and call.done], repeats)
    return [call.fault("signal=SIGKILL") for call in chosen]


def failures(calls, name, repeats, turn):
    """The faults of one name of FAILURES. turn: the place in its list at which to begin."""
    errors = FAILURES[name]
    if name == OF_PROGRAMS:
        if not any(call.name == "clone" for call in calls):
            return []
        return [(f"{name}:error={error}:when=1", "") for error in errors]
    mine = [call for call in calls if call.name == name]
    altering = _altering(mine, repeats)
    equal = {}
    for call in mine:
        if not call.alters and not (name == "write" and "anon_inode" in call.kind):  # an eventfd cannot fail
            equal.setdefault(call.kind, []).append(call)
    step = SELDOM.get(name, 1) * (REPEATED_STEP if repeats else 1)
    looking = [ones[turn % len(ones)] for ones in equal.values()][::step]

    faults = [call.fault(f"error={errors[(turn + place) % len(errors)]}") for place, call in enumerate(altering + looking)]
    if name in INTERRUPTED and not repeats:
        faults += [call.fault("error=EINTR") for call in altering]
    if name in FOR_EVER:
        faults += [call.fault_from_here_on(f"error={FOR_EVER[name]}") for call in altering]
    return faults
