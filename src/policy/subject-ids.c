/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "policy/json-value.h"
#include "policy/subject-ids.h"
#include "util/text.h"

static void subject_id_done(SubjectId *id) {
        free(id->name);
        free(id->members);
        *id = (SubjectId){};
}

void subject_ids_done(SubjectIds *ids) {
        if (!ids)
                return;

        for (size_t i = 0; i < ids->count; i++)
                subject_id_done(&ids->items[i]);
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

/* Takes over what `item` owns, but its name, which is copied. */
static int insert(SubjectIds *ids, size_t place, const char *name, SubjectId *item) {
        int r;

        item->name = strdup(name);
        if (!item->name)
                return -ENOMEM;
        r = grow(ids);
        if (r < 0)
                return r;

        sort_members(item);
        memmove(ids->items + place + 1,
                ids->items + place,
                (ids->count - place) * sizeof(*ids->items));
        ids->items[place] = *item;
        *item = (SubjectId){};
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
        CLEANUP(subject_id_done)
        SubjectId item = {
                .kind = kind, .id = id, .members = members, .member_count = member_count
        };
        size_t place;

        assert(kind == SUBJECT_USER || kind == SUBJECT_GROUP);

        if (!find_place(ids, kind, name, &place))
                return insert(ids, place, name, &item);

        sort_members(&item);
        item.name = TAKE(ids->items[place].name);
        subject_id_done(&ids->items[place]);
        ids->items[place] = item;
        item = (SubjectId){};
        return 0;
}

int subject_ids_append(
                SubjectIds *ids,
                SubjectKind kind,
                const char *name,
                uint32_t id,
                uint32_t *members,
                size_t member_count) {
        CLEANUP(subject_id_done)
        SubjectId item = {
                .kind = kind, .id = id, .members = members, .member_count = member_count
        };

        assert(kind == SUBJECT_USER || kind == SUBJECT_GROUP);

        return insert(ids, ids->count, name, &item);
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
                        subject_id_done(&ids->items[i]);
                else
                        ids->items[++kept] = ids->items[i];

        ids->count = kept + 1;
}

static int copy_item(const SubjectId *item, SubjectIds *ids) {
        CLEANUP(freep) uint32_t *members = NULL;

        if (item->member_count > 0) {
                members = reallocarray(NULL, item->member_count, sizeof(*members));
                if (!members)
                        return -ENOMEM;
                memcpy(members, item->members, item->member_count * sizeof(*members));
        }

        return subject_ids_append(
                        ids, item->kind, item->name, item->id, TAKE(members), item->member_count);
}

int subject_ids_copy(const SubjectIds *ids, SubjectIds *ret) {
        CLEANUP(subject_ids_done) SubjectIds copy = {};

        for (size_t i = 0; i < ids->count; i++) {
                int r = copy_item(&ids->items[i], &copy);

                if (r < 0)
                        return r;
        }

        *ret = copy;
        copy = (SubjectIds){};
        return 0;
}

static bool item_equal(const SubjectId *a, const SubjectId *b) {
        return a->id == b->id && compare_items(a, b) == 0 && a->member_count == b->member_count &&
               (a->member_count == 0 ||
                memcmp(a->members, b->members, a->member_count * sizeof(*a->members)) == 0);
}

bool subject_ids_equal(const SubjectIds *a, const SubjectIds *b) {
        if (a->count != b->count)
                return false;

        for (size_t i = 0; i < a->count; i++)
                if (!item_equal(&a->items[i], &b->items[i]))
                        return false;

        return true;
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
                        subject_id_done(&ids->items[i]);

        ids->count = kept;
        return 0;
}

/* Names are plain text (subject_parse()); a backslash or quote is possible. */
static void append_name(const char *name, Text *text) {
        for (; *name; name++) {
                if (*name == '"' || *name == '\\')
                        text_append_string(text, "\\");
                text_append(text, name, 1);
        }
}

static void append_item(const SubjectId *item, Text *text) {
        text_append_format(text, "[\"%s\",\"", subject_kind_to_string(item->kind));
        append_name(item->name, text);
        text_append_format(text, "\",%" PRIu32 ",[", item->id);
        for (size_t i = 0; i < item->member_count; i++)
                text_append_format(text, "%s%" PRIu32, i > 0 ? "," : "", item->members[i]);
        text_append_string(text, "]]");
}

void subject_ids_append_json(const SubjectIds *ids, Text *text) {
        text_append_string(text, "[");
        for (size_t i = 0; i < ids->count; i++) {
                if (i > 0)
                        text_append_string(text, ",");
                append_item(&ids->items[i], text);
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
            strlen(string) != json_string_length(name) || !json_is_array(json_array_get(json, 3)))
                return refuse_item("an array of [kind, name, number, members]", reterr);
        if (ids->count > 0 && compare(&ids->items[ids->count - 1], kind, string) >= 0)
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
