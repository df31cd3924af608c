/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What may stand in place of the last of some words, for the shells: they ask by --complete, so
 * that what can be typed is written down once, and in one language. Pure, but for the names that
 * CompleteNames brings.
 */

#include <getopt.h>

#include "ctl/verb.h"

/* The one candidate that tells the shell to offer files, as no word of ours looks. */
#define COMPLETE_FILES "<files>"

typedef enum CompleteKind {
        COMPLETE_USERS,
        COMPLETE_GROUPS,
        COMPLETE_EXCEPTIONS, /* their ids */
        COMPLETE_HISTORY,    /* ids of past policies */
        COMPLETE_SUBJECTS,   /* those with something set by name */
} CompleteKind;

typedef void (*CompleteAdd)(void *userdata, const char *name);

typedef struct CompleteGrammar {
        const Verb *verbs;
        size_t verb_count;
        const struct option *options; /* ends with one without a name */
        void (*list)(void *context, CompleteKind kind, CompleteAdd add, void *userdata);
        void *context; /* of list() */
} CompleteGrammar;

#define COMPLETE_CANDIDATES_MAX 2000

/* One candidate in a line; `words` end with the one that is being typed, which may be empty. */
void complete_words(
                const CompleteGrammar *grammar,
                const char *const words[],
                size_t count,
                Text *text);

/* list() of a grammar: names of this host, and of the service what may be seen without a password.
 * `context` is a Context. */
void complete_list(void *context, CompleteKind kind, CompleteAdd add, void *userdata);
