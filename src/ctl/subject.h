/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How a word names a subject of the mail meter, or a message. Pure. */

#include "util/macro.h"

/* "domain:D", "mailbox:A", "user:U" as they are; else what it looks like: with an @ a mailbox, with
 * a dot a domain, and else a user. The caller frees; NULL when out of memory. */
char *subject_from_word(const char *word);

/* One of Exim's names of messages, which no user has. */
bool subject_is_message(const char *word);
