# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules by which calls are disturbed (calls.py), by what strace says of a few calls."""

import calls

TRACE = """\
openat(AT_FDCWD, "/proc/12/stat", O_RDONLY|O_CLOEXEC) = 9</proc/12/stat>
openat(AT_FDCWD, "/proc/345/stat", O_RDONLY|O_CLOEXEC) = 9</proc/345/stat>
unlinkat(6</etc/a>, ".b.new", 0) = -1 ENOENT (No such file or directory)
openat(6</etc/a>, ".b.new", O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0600) = 9</etc/a/.b.new>
write(9</etc/a/.b.new>, "text"..., 900) = 900
renameat(6</etc/a>, ".b.new", 6</etc/a>, "b") = 0
openat(AT_FDCWD, "/proc/12/stat", O_RDONLY|O_CLOEXEC) = 9</proc/12/stat>
openat(6</etc/a>, ".b.new", O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0600) = 9</etc/a/.b.new>
write(14<anon_inode:[eventfd]>, "\\1\\0\\0\\0\\0\\0\\0\\0", 8) = 8
sendto(8<socket:[1]>, [{nlmsg_len=20, nlmsg_type=0xa10 /* NLMSG_??? */, nlmsg_flags=NLM_F_REQUEST}, "\\x00"], 20, 0) = 20
sendto(8<socket:[1]>, [[{nlmsg_len=20, nlmsg_type=0x10 /* NLMSG_??? */}, "\\x00"], [{nlmsg_len=9, nlmsg_type=0xa01}]], 29, 0) = 29
socket(AF_UNIX, SOCK_STREAM <unfinished ...>
""".splitlines()
MADE = calls.read(TRACE)
CREATED = ("openat:signal=SIGKILL:when=1", ".b.new"), ("openat:signal=SIGKILL:when=2", ".b.new")


def test_killed_is_before_what_alters_something_and_nothing_else():
    assert tuple(calls.kills(MADE, "openat", False)) == CREATED
    assert calls.kills(MADE, "write", False) == [("write:signal=SIGKILL:when=1", "/etc/a/.b.new")]
    assert calls.kills(MADE, "sendto", False) == [("sendto:signal=SIGKILL:when=2", "")]
    assert calls.kills(MADE, "unlinkat", False) == []


def test_some_kills_are_before_other_calls():
    assert calls.kills(MADE, calls.LOOKING, False) == [("openat:signal=SIGKILL:when=1", "")]
    many = calls.read(TRACE[:1] * 400)
    few = [len(calls.kills(many, calls.LOOKING, repeats)) for repeats in (False, True)]
    assert few == [8, 2]


def test_all_that_alters_fails_with_its_errors_in_turn_and_interrupted_and_for_ever():
    faults = calls.failures(MADE, "openat", False, 0)
    assert faults[:2] == [("openat:error=ENOSPC:when=1", ".b.new"), ("openat:error=EIO:when=2", ".b.new")]
    assert faults[-4:] == [("openat:error=EINTR:when=1", ".b.new"), ("openat:error=EINTR:when=2", ".b.new"),
                           ("openat:error=ENOSPC:when=3+", ""), ("openat:error=ENOSPC:when=5+", "")]
    assert calls.failures(MADE, "openat", False, 1)[0] == ("openat:error=EIO:when=1", ".b.new")
    assert calls.failures(MADE, "unlinkat", False, 0)[0] == ("unlinkat:error=EIO:when=1", "")
    assert calls.failures(MADE, "write", False, 0) == [("write:error=ENOSPC:when=1", "/etc/a/.b.new"),
                                                       ("write:error=EINTR:when=1", "/etc/a/.b.new")]


def test_a_file_that_has_another_name_each_time_is_found_by_number():
    made = calls.read(line.replace(".b.new", ".12.json.new") for line in TRACE)
    assert calls.kills(made, "openat", False)[0] == ("openat:signal=SIGKILL:when=3", "")
    assert calls.kills(made, "write", False) == [("write:signal=SIGKILL:when=1", "")]


def test_where_it_is_a_repetition_less_is_done_to_what_does_not_last():
    made = calls.read(f'mkdirat(6</run/smtp-restrictions/exim-abcdef>, "{name}", 0700) = 0' for name in "abcdefghijklm")
    assert [len(calls.kills(made, "mkdirat", repeats)) for repeats in (False, True)] == [13, 3]
    assert [len(calls.failures(made, "mkdirat", repeats, 0)) for repeats in (False, True)] == [13, 3]


def test_of_equal_calls_that_look_one_fails():
    """The two before the rename are equal; which one fails depends on the turn."""
    begin = 'connect(3, {{sa_family=AF_UNIX, sun_path="/a"}}, 1{}) = 0'.format
    made = calls.read([begin(1), begin(2), TRACE[5], begin(3)])
    chosen = [[fault for fault, _ in calls.failures(made, "connect", False, turn)] for turn in (0, 1)]
    assert chosen == [["connect:error=ECONNREFUSED:when=1", "connect:error=EAGAIN:when=3"],
                      ["connect:error=EAGAIN:when=2", "connect:error=EINTR:when=3"]]


def test_every_call_that_can_alter_something_can_fail():
    assert set(calls.ALTERING) - {"fsetxattr"} <= set(calls.FAILURES)
