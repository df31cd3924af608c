/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "policy/json-value.h"
#include "policy/plain-text.h"
#include "policy/subject-ids.h"
#include "util/array.h"
#include "util/text.h"

static SubjectId *subject_id_unref(SubjectId *id) {
        if (!id || __atomic_sub_fetch(&id->references, 1, __ATOMIC_ACQ_REL) > 0)
                return NULL;

        free(id->name);
        free(id->members);
        free(id);
        return NULL;
}
DEFINE_CLEANUP(SubjectId, subject_id_unref)

void subject_ids_done(SubjectIds *ids) {
        if (!ids)
                return;

        for (size_t i = 0; i < ids->count; i++)
                (void) subject_id_unref(ids->items[i]);
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
                int order = compare(ids->items[middle], kind, name);

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

        return find_place(ids, kind, name, &place) ? ids->items[place] : NULL;
}

static int number_compare(const void *a, const void *b) {
        const uint32_t *left = a, *right = b;

        return *left == *right ? 0 : *left < *right ? -1 : 1;
}

static void sort_members(SubjectId *id) {
        size_t kept = 0;

        if (id->member_count == 0)
                return;

        qsort(id->members, id->member_count, sizeof(*id->members), number_compare);
        for (size_t i = 1; i < id->member_count; i++)
                if (id->members[i] != id->members[kept])
                        id->members[++kept] = id->members[i];
        id->member_count = kept + 1;
}

/* Takes over the members, also when it fails. */
static int make(SubjectKind kind,
                const char *name,
                uint32_t id,
                uint32_t *members,
                size_t member_count,
                SubjectId **ret) {
        CLEANUP(freep) uint32_t *taken = members;
        CLEANUP(subject_id_unrefp) SubjectId *item = calloc(1, sizeof(*item));

        assert(kind == SUBJECT_USER || kind == SUBJECT_GROUP);

        if (!item)
                return -ENOMEM;
        *item = (SubjectId){ .references = 1, .kind = kind, .id = id };
        item->name = strdup(name);
        if (!item->name)
                return -ENOMEM;

        item->members = TAKE(taken);
        item->member_count = member_count;
        sort_members(item);
        *ret = TAKE(item);
        return 0;
}

static int insert(SubjectIds *ids, size_t place, SubjectId *item) {
        int r;

        r = ARRAY_MAKE_ROOM(&ids->items, &ids->allocated, ids->count + 1);
        if (r < 0)
                return r;

        memmove(ids->items + place + 1,
                ids->items + place,
                (ids->count - place) * sizeof(*ids->items));
        ids->items[place] = item;
        ids->count++;
        return 0;
}

int subject_ids_set(
                SubjectIds *ids,
                SubjectKind kind,
                const char *name,
                uint32_t id,
                uint32_t *members,
                size_t member_count) {
        CLEANUP(subject_id_unrefp) SubjectId *item = NULL;
        size_t place;
        int r;

        r = make(kind, name, id, members, member_count, &item);
        if (r < 0)
                return r;

        if (find_place(ids, kind, name, &place)) {
                (void) subject_id_unref(ids->items[place]);
                ids->items[place] = TAKE(item);
                return 0;
        }

        r = insert(ids, place, item);
        if (r < 0)
                return r;

        item = NULL; /* the list has it */
        return 0;
}

int subject_ids_append(
                SubjectIds *ids,
                SubjectKind kind,
                const char *name,
                uint32_t id,
                uint32_t *members,
                size_t member_count) {
        CLEANUP(subject_id_unrefp) SubjectId *item = NULL;
        int r;

        r = make(kind, name, id, members, member_count, &item);
        if (r < 0)
                return r;
        r = insert(ids, ids->count, item);
        if (r < 0)
                return r;

        item = NULL; /* the list has it */
        return 0;
}

void subject_ids_remove(SubjectIds *ids, SubjectKind kind, const char *name) {
        size_t place;

        if (!find_place(ids, kind, name, &place))
                return;

        (void) subject_id_unref(ids->items[place]);
        ids->count--;
        for (size_t i = place; i < ids->count; i++)
                ids->items[i] = ids->items[i + 1];
}

static int compare_items(const void *a, const void *b) {
        const SubjectId *left = *(SubjectId *const *) a, *right = *(SubjectId *const *) b;

        return compare(left, right->kind, right->name);
}

void subject_ids_sort(SubjectIds *ids) {
        size_t kept = 0;

        if (ids->count == 0)
                return;

        qsort(ids->items, ids->count, sizeof(SubjectId *), compare_items);

        for (size_t i = 1; i < ids->count; i++)
                if (compare_items(&ids->items[i], &ids->items[kept]) == 0)
                        (void) subject_id_unref(ids->items[i]);
                else
                        ids->items[++kept] = ids->items[i];

        ids->count = kept + 1;
}

int subject_ids_copy(const SubjectIds *ids, SubjectIds *ret) {
        CLEANUP(subject_ids_done) SubjectIds copy = {};
        int r;

        /* room for one more: most copies are made to add one */
        r = ARRAY_MAKE_ROOM(&copy.items, &copy.allocated, ids->count + 1);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ids->count; i++) {
                (void) __atomic_add_fetch(&ids->items[i]->references, 1, __ATOMIC_RELAXED);
                copy.items[copy.count++] = ids->items[i];
        }

        *ret = copy;
        copy = (SubjectIds){};
        return 0;
}

static bool item_equal(const SubjectId *a, const SubjectId *b) {
        return a == b ||
               (a->id == b->id && compare(a, b->kind, b->name) == 0 &&
                a->member_count == b->member_count &&
                (a->member_count == 0 ||
                 memcmp(a->members, b->members, a->member_count * sizeof(*a->members)) == 0));
}

bool subject_ids_equal(const SubjectIds *a, const SubjectIds *b) {
        if (a->count != b->count)
                return false;

        for (size_t i = 0; i < a->count; i++)
                if (!item_equal(a->items[i], b->items[i]))
                        return false;

        return true;
}

/* Names are plain text (subject_parse()); a backslash or quote is possible. */
static void append_name(const char *name, Text *text) {
        while (*name) {
                size_t size = strcspn(name, "\"\\");

                text_append(text, name, size);
                name += size;
                if (*name) {
                        text_append_string(text, "\\");
                        text_append(text, name++, 1);
                }
        }
}

static void append_item(const SubjectId *item, Text *text) {
        text_append_string(text, "[\"");
        text_append_string(text, subject_kind_to_string(item->kind));
        text_append_string(text, "\",\"");
        append_name(item->name, text);
        text_append_string(text, "\",");
        text_append_number(text, item->id);
        text_append_string(text, ",[");
        for (size_t i = 0; i < item->member_count; i++) {
                if (i > 0)
                        text_append_string(text, ",");
                text_append_number(text, item->members[i]);
        }
        text_append_string(text, "]]");
}

void subject_ids_append_json(const SubjectIds *ids, Text *text) {
        text_append_string(text, "[");
        for (size_t i = 0; i < ids->count; i++) {
                if (i > 0)
                        text_append_string(text, ",");
                append_item(ids->items[i], text);
        }
        text_append_string(text, "]");
}

static int refuse_item(const char *what, Failure *reterr) {
        return json_refuse_type("Numbers", what, reterr);
}

static int read_number(const json_t *json, uint32_t *ret, Failure *reterr) {
        json_int_t number = json_integer_value(json);

        /* the last number means "no id" to the kernel */
        if (!json_is_integer(json) || number < 0 || number >= UINT32_MAX)
                return refuse_item("an array of ids that exist", reterr);

        *ret = (uint32_t) number;
        return 0;
}

static int read_members(const json_t *json, uint32_t **ret, size_t *ret_count, Failure *reterr) {
        size_t count = json_array_size(json);
        CLEANUP(freep) uint32_t *members = reallocarray(NULL, count + 1, sizeof(*members));

        if (!members)
                return -ENOMEM;

        for (size_t i = 0; i < count; i++) {
                int r = read_number(json_array_get(json, i), &members[i], reterr);

                if (r < 0)
                        return r;
        }

        *ret = TAKE(members);
        *ret_count = count;
        return 0;
}

static int read_item(const json_t *json, SubjectIds *ids, Failure *reterr) {
        const char *kind_name = json_string_value(json_array_get(json, 0));
        const json_t *name = json_array_get(json, 1);
        const char *string = json_string_value(name);
        SubjectKind kind = string_equal(kind_name, "group") ? SUBJECT_GROUP : SUBJECT_USER;
        uint32_t *members = NULL;
        size_t member_count = 0;
        uint32_t id = 0;
        int r;

        if (!string_equal(kind_name, subject_kind_to_string(kind)) || !string ||
            strlen(string) != json_string_length(name) || plain_text_check(string) != 0 ||
            !json_is_array(json_array_get(json, 3)))
                return refuse_item("an array of [kind, name, number, members]", reterr);
        if (ids->count > 0 && compare(ids->items[ids->count - 1], kind, string) >= 0)
                return refuse_item("sorted", reterr);
        r = read_number(json_array_get(json, 2), &id, reterr);
        if (r < 0)
                return r;
        r = read_members(json_array_get(json, 3), &members, &member_count, reterr);
        if (r < 0)
                return r;

        return subject_ids_append(ids, kind, string, id, members, member_count);
}

int subject_ids_from_json(const json_t *json, SubjectIds *ret, Failure *reterr) {
        CLEANUP(subject_ids_done) SubjectIds ids = {};

        if (!json_is_array(json))
                return refuse_item("an array", reterr);

        for (size_t i = 0; i < json_array_size(json); i++) {
                int r = read_item(json_array_get(json, i), &ids, reterr);

                if (r < 0)
                        return r;
        }

        *ret = ids;
        ids = (SubjectIds){};
        return 0;
}
