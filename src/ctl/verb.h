/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A row of the table of commands, which is in main.c. */

#include "ctl/commands.h"

typedef struct Verb {
        const char *name;
        const char *second; /* second word, or NULL */
        size_t words_min;
        size_t words_max;
        bool reads; /* takes --json */
        bool tries; /* takes --try */
        Command command;
} Verb;
