/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A list of owned strings. Zero-initialized is empty. */

#include "util/macro.h"

typedef struct StringList {
        char **items; /* owned, as is each item */
        size_t count;
        size_t allocated;
} StringList;

void string_list_done(StringList *list);

/* Append a copy. Return: 0 or -ENOMEM. */
WARN_UNUSED int string_list_append(StringList *list, const char *string);
WARN_UNUSED int string_list_copy(const StringList *list, StringList *ret);

/* Sort bytewise and drop what is there twice. */
void string_list_sort_unique(StringList *list);

bool string_list_contains(const StringList *list, const char *string);
/* The same by binary search, for a list that string_list_sort_unique() has sorted. */
bool string_list_has_sorted(const StringList *list, const char *string);
bool string_list_equal(const StringList *a, const StringList *b);
