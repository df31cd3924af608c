/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Messages that were in Exim's queue before whoever has sent them was suspended: nothing holds them
 * but that. Exim asks for them at its queue runs; which those were is known here, so that they need
 * not wait for the next one when he is resumed. A hint: the latest ones are known, until this
 * process ends. Pure.
 */

#include "meter/subject.h"
#include "util/hash.h"
#include "util/message-id.h"

typedef struct Stopped Stopped;

#define STOPPED_MAX 10000

WARN_UNUSED int stopped_new(const HashKey *key, size_t count_max, Stopped **ret);
Stopped *stopped_free(Stopped *stopped);
DEFINE_CLEANUP(Stopped, stopped_free)

/* It may not go, as one of these is suspended (NULL or empty: none of that kind). What there is no
 * memory for is left out. */
void stopped_add(
                Stopped *stopped,
                const char *id,
                const char *const names[static _SUBJECT_KIND_MAX]);

/* That one is suspended no more: what is his may be tried. */
void stopped_resume(Stopped *stopped, SubjectKind kind, const char *name);

/* Are there any that may be tried? */
bool stopped_has_due(const Stopped *stopped);
/* Name some that may be tried, and forget them. Return: how many. */
typedef void (*StoppedHandler)(const char *id, void *userdata);
size_t stopped_take(Stopped *stopped, size_t count_max, StoppedHandler handler, void *userdata);
