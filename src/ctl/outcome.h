/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the program ends with: exit codes, which are documented and stable, and what to tell
 * somebody who got an error of the bus. Pure.
 */

typedef enum ExitCode {
        EXIT_CODE_OK = 0,
        EXIT_CODE_FAILED = 1,     /* the bus, the service, or this program */
        EXIT_CODE_USAGE = 2,      /* the command line */
        EXIT_CODE_NOT_ACTIVE = 3, /* status: not in force; verify, test, apply --check: something is
                                  not as it should be; explain: not let through */
        EXIT_CODE_NOT_AUTHORIZED = 4, /* polkit or the bus said no */
        EXIT_CODE_REFUSED = 5,     /* nothing was tried: a bad value, an unknown name, busy, ... */
        EXIT_CODE_ROLLED_BACK = 6, /* the change failed, the old state is in force */
        EXIT_CODE_ROLLBACK_FAILED = 7, /* the change failed, and so did the way back */
} ExitCode;

/* By the name of a D-Bus error; NULL is EXIT_CODE_FAILED. */
ExitCode outcome_from_error(const char *name);

/* What to do about it, or NULL where the error's own text says all. */
const char *outcome_hint(const char *name);
