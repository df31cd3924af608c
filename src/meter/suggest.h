/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * From a log of Exim's to limits that hardly anybody would have reached: of each who sends the most
 * recipients in any hour and any day, and of these the 99th percentile. Needs no meter to have been
 * there; where our own verdict is in the log, it is what counts. Pure.
 */

#include "meter/log-clock.h"
#include "meter/subject.h"
#include "meter/suggest-limit.h"
#include "meter/window.h"
#include "util/hash.h"

#define SUGGEST_MESSAGES_MAX 20000000 /* some 100 bytes each */

typedef struct Suggest Suggest;

WARN_UNUSED int suggest_new(const HashKey *key, Suggest **ret);
Suggest *suggest_free(Suggest *suggest);
DEFINE_CLEANUP(Suggest, suggest_free)

/* The next line, in the order of the log. Return: 0; -E2BIG: too many messages; -ENOMEM. */
WARN_UNUSED int suggest_add(Suggest *suggest, const char *line, size_t size, int64_t now_sec);

typedef struct Suggestion {
        int64_t first_sec, last_sec; /* of the log; 0: it has no line of Exim's */
        uint64_t messages, recipients, unparsable;
        SuggestLimit limits[_SUBJECT_KIND_MAX][_WINDOW_LENGTH_MAX];
} Suggestion;

void suggestion_done(Suggestion *suggestion);

/* Names are borrowed from `suggest`. Return: 0 or -ENOMEM. */
WARN_UNUSED int suggest_finish(Suggest *suggest, Suggestion *ret);
