/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The file of who is suspended: Exim looks there before each delivery whose mail it is, and
 * needs no meter to hold it. It is the second copy of suspensions too, should the store of subjects
 * be damaged. A line each, as Exim's lsearch reads them:
 *
 *     dBASE64: hold SINCE BY        a domain, in lower case
 *     mBASE64: reject SINCE BY      a mailbox, likewise
 *     uNUMBER: ...                  a user
 *
 * An empty file, or none: for nobody anything is set by name. Pure.
 */

#include "meter/subject-settings.h"
#include "util/text.h"

#define SUSPENDED_LIST_SIZE_MAX ((size_t) 64 * 1024 * 1024)

void suspended_list_begin(Text *text);
void suspended_list_append(
                Text *text, SubjectKind kind, const char *name, const SubjectSettings *settings);

/* Return: 0 to go on, or what the whole is to return. */
typedef int (*SuspendedHandler)(
                SubjectKind kind,
                const char *name,
                const SubjectSettings *settings,
                void *userdata);
/* Lines that say something else are passed over. Return: 0, or what the handler returned. */
WARN_UNUSED int suspended_list_read(
                const char *text, size_t size, SuspendedHandler handler, void *userdata);
