/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * For libnftables there are no names of users and groups in this program: it takes every number of
 * a uid set for a name first (1.0.6 and 1.1.3). All of /etc/passwd would be read for each of 50,000
 * numbers, the boot loader would wait for directory servers that are not there yet, and an account
 * that is named 1001 would get what the one with uid 1001 is given.
 *
 * These two hide those of the C library from every library of the process. Ours ask by the forms
 * that end in _r, and nothing else here asks at all.
 */

#include <errno.h>
#include <grp.h>
#include <pwd.h>

#include "firewall/nftables.h"

#define HIDES_LIBC __attribute__((visibility("default"), used))

const bool names_are_hidden = true;

/* No error: there is no such name. */
HIDES_LIBC struct passwd *getpwnam(const char *name) {
        (void) name;
        errno = 0;
        return NULL;
}

HIDES_LIBC struct group *getgrnam(const char *name) {
        (void) name;
        errno = 0;
        return NULL;
}
