/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "policy/json-value.h"
#include "policy/subject-ids.h"
#include "util/text.h"

void subject_ids_done(SubjectIds *ids) {
        if (!ids)
                return;

        for (size_t i = 0; i < ids->count; i++)
                free(ids->items[i].name);
        free(ids->items);
        *ids = (SubjectIds){};
}

static int compare(const SubjectId *item, SubjectKind kind, const char *name) {
        if (item->kind != kind)
                return item->kind < kind ? -1 : 1;

        return strcmp(item->name, name);
}

static bool find_place(
                const SubjectIds *ids, SubjectKind kind, const char *name, size_t *ret_place) {
        size_t low = 0, high = ids->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int order = compare(&ids->items[middle], kind, name);

                if (order == 0) {
                        *ret_place = middle;
                        return true;
                }
                if (order < 0)
                        low = middle + 1;
                else
                        high = middle;
        }

        *ret_place = low;
        return false;
}

const SubjectId *subject_ids_find(const SubjectIds *ids, SubjectKind kind, const char *name) {
        size_t place;

        return find_place(ids, kind, name, &place) ? &ids->items[place] : NULL;
}

static int grow(SubjectIds *ids) {
        size_t allocated = ids->allocated == 0 ? 8 : ids->allocated * 2;
        SubjectId *items;

        if (ids->count < ids->allocated)
                return 0;

        items = reallocarray(ids->items, allocated, sizeof(*items));
        if (!items)
                return -ENOMEM;

        ids->items = items;
        ids->allocated = allocated;
        return 0;
}

static int insert(SubjectIds *ids, size_t place, SubjectKind kind, const char *name, uint32_t id) {
        CLEANUP(freep) char *copy = NULL;
        int r;

        assert(kind == SUBJECT_USER || kind == SUBJECT_GROUP);

        copy = strdup(name);
        if (!copy)
                return -ENOMEM;
        r = grow(ids);
        if (r < 0)
                return r;

        memmove(ids->items + place + 1,
                ids->items + place,
                (ids->count - place) * sizeof(*ids->items));
        ids->items[place] = (SubjectId){ .kind = kind, .name = TAKE(copy), .id = id };
        ids->count++;
        return 0;
}

int subject_ids_set(SubjectIds *ids, SubjectKind kind, const char *name, uint32_t id) {
        size_t place;

        if (find_place(ids, kind, name, &place)) {
                ids->items[place].id = id;
                return 0;
        }

        return insert(ids, place, kind, name, id);
}

int subject_ids_append(SubjectIds *ids, SubjectKind kind, const char *name, uint32_t id) {
        return insert(ids, ids->count, kind, name, id);
}

static int compare_items(const void *a, const void *b) {
        const SubjectId *right = b;

        return compare(a, right->kind, right->name);
}

void subject_ids_sort(SubjectIds *ids) {
        size_t kept = 0;

        if (ids->count == 0)
                return;

        qsort(ids->items, ids->count, sizeof(*ids->items), compare_items);

        for (size_t i = 1; i < ids->count; i++)
                if (compare_items(&ids->items[i], &ids->items[kept]) == 0)
                        free(ids->items[i].name);
                else
                        ids->items[++kept] = ids->items[i];

        ids->count = kept + 1;
}

int subject_ids_copy(const SubjectIds *ids, SubjectIds *ret) {
        CLEANUP(subject_ids_done) SubjectIds copy = {};

        for (size_t i = 0; i < ids->count; i++) {
                const SubjectId *item = &ids->items[i];
                int r;

                r = subject_ids_append(&copy, item->kind, item->name, item->id);
                if (r < 0)
                        return r;
        }

        *ret = copy;
        copy = (SubjectIds){};
        return 0;
}

int subject_ids_keep_named(SubjectIds *ids, const Exceptions *exceptions) {
        CLEANUP(freep) bool *named = calloc(ids->count + 1, sizeof(*named));
        size_t kept = 0, place;

        if (!named)
                return -ENOMEM;

        for (size_t i = 0; i < exceptions->count; i++) {
                const Exception *exception = exceptions->items[i];

                if (find_place(ids, exception->kind, exception->name, &place))
                        named[place] = true;
        }

        for (size_t i = 0; i < ids->count; i++)
                if (named[i])
                        ids->items[kept++] = ids->items[i];
                else
                        free(ids->items[i].name);

        ids->count = kept;
        return 0;
}

json_t *subject_ids_to_json(const SubjectIds *ids) {
        CLEANUP(json_decrefp) json_t *array = json_array();

        for (size_t i = 0; i < ids->count; i++) {
                const SubjectId *item = &ids->items[i];
                json_t *entry =
                                json_pack("[s, s, I]",
                                          subject_kind_to_string(item->kind),
                                          item->name,
                                          (json_int_t) item->id);

                if (json_array_append_new(array, entry) < 0)
                        return NULL;
        }

        return TAKE(array);
}

static int read_item(const json_t *json, SubjectIds *ids, Failure *reterr) {
        static const char key[] = "Numbers";
        const char *kind = json_string_value(json_array_get(json, 0));
        const json_t *name = json_array_get(json, 1);
        const char *string = json_string_value(name);
        json_int_t id = json_integer_value(json_array_get(json, 2));
        SubjectKind known = string_equal(kind, "group") ? SUBJECT_GROUP : SUBJECT_USER;

        if (!string_equal(kind, subject_kind_to_string(known)) || !string ||
            strlen(string) != json_string_length(name) || !json_is_integer(json_array_get(json, 2)))
                return json_refuse_type(key, "an array of [kind, name, number]", reterr);
        /* the last number means "no id" to the kernel */
        if (id < 0 || id >= UINT32_MAX)
                return json_refuse_type(key, "an array of ids that exist", reterr);
        if (ids->count > 0 && compare(&ids->items[ids->count - 1], known, string) >= 0)
                return json_refuse_type(key, "sorted", reterr);

        return subject_ids_append(ids, known, string, (uint32_t) id);
}

int subject_ids_from_json(const json_t *json, SubjectIds *ret, Failure *reterr) {
        CLEANUP(subject_ids_done) SubjectIds ids = {};

        if (!json_is_array(json))
                return json_refuse_type("Numbers", "an array", reterr);

        for (size_t i = 0; i < json_array_size(json); i++) {
                int r = read_item(json_array_get(json, i), &ids, reterr);

                if (r < 0)
                        return r;
        }

        *ret = ids;
        ids = (SubjectIds){};
        return 0;
}
