/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "util/array.h"
#include "util/string-list.h"

void string_list_done(StringList *list) {
        if (!list)
                return;

        for (size_t i = 0; i < list->count; i++)
                free(list->items[i]);
        free(list->items);
        *list = (StringList){};
}

int string_list_append(StringList *list, const char *string) {
        char *copy;
        int r;

        assert(list && string);

        r = ARRAY_MAKE_ROOM(&list->items, &list->allocated, list->count + 1);
        if (r < 0)
                return r;

        copy = strdup(string);
        if (!copy)
                return -ENOMEM;

        list->items[list->count++] = copy;
        return 0;
}

int string_list_copy(const StringList *list, StringList *ret) {
        CLEANUP(string_list_done) StringList copy = {};

        for (size_t i = 0; i < list->count; i++) {
                int r = string_list_append(&copy, list->items[i]);

                if (r < 0)
                        return r;
        }

        *ret = copy;
        copy = (StringList){};
        return 0;
}

static int string_compare(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

void string_list_sort_unique(StringList *list) {
        size_t kept = 0;

        if (list->count == 0)
                return;

        qsort(list->items, list->count, sizeof(*list->items), string_compare);

        for (size_t i = 1; i < list->count; i++)
                if (strcmp(list->items[kept], list->items[i]) == 0)
                        free(list->items[i]);
                else
                        list->items[++kept] = list->items[i];

        list->count = kept + 1;
}

bool string_list_contains(const StringList *list, const char *string) {
        for (size_t i = 0; i < list->count; i++)
                if (strcmp(list->items[i], string) == 0)
                        return true;

        return false;
}

bool string_list_has_sorted(const StringList *list, const char *string) {
        return list->count > 0 &&
               bsearch(&string, list->items, list->count, sizeof(*list->items), string_compare) !=
                               NULL;
}

bool string_list_equal(const StringList *a, const StringList *b) {
        if (a->count != b->count)
                return false;

        for (size_t i = 0; i < a->count; i++)
                if (strcmp(a->items[i], b->items[i]) != 0)
                        return false;

        return true;
}
