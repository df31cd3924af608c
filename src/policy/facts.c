/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "policy/facts.h"
#include "util/array.h"
#include "util/text.h"

static const char *const because_names[_BECAUSE_MAX] = {
        [BECAUSE_ROOT] = "root",
        [BECAUSE_MTA] = "mta",
        [BECAUSE_MAILMAN] = "mailman",
        [BECAUSE_ALLOWED_USER] = SMTP_RESTRICTIONS_KEY_ALLOWED_USERS,
        [BECAUSE_ALLOWED_GROUP] = SMTP_RESTRICTIONS_KEY_ALLOWED_GROUPS,
        [BECAUSE_DENIED_MAIL_USER] = SMTP_RESTRICTIONS_LIMIT_DENIED_MAIL_USERS,
};

const char *because_to_string(Because because) {
        assert(because < _BECAUSE_MAX);

        return because_names[because];
}

static void allowed_id_done(AllowedId *id) {
        free(id->name);
        free(id->detail);
        *id = (AllowedId){};
}

void allowed_ids_done(AllowedIds *ids) {
        if (!ids)
                return;

        for (size_t i = 0; i < ids->count; i++)
                allowed_id_done(&ids->items[i]);
        free(ids->items);
        *ids = (AllowedIds){};
}

int allowed_ids_append(
                AllowedIds *ids,
                uint32_t id,
                Because because,
                const char *name,
                const char *detail) {
        CLEANUP(allowed_id_done) AllowedId item = { .id = id, .because = because };
        int r;

        assert(ids && because < _BECAUSE_MAX && name);

        item.name = strdup(name);
        item.detail = detail ? strdup(detail) : NULL;
        if (!item.name || (detail && !item.detail))
                return -ENOMEM;

        r = ARRAY_MAKE_ROOM(&ids->items, &ids->allocated, ids->count + 1);
        if (r < 0)
                return r;

        ids->items[ids->count++] = item;
        item = (AllowedId){};
        return 0;
}

static int string_order(const char *a, const char *b) {
        return strcmp(a ?: "", b ?: "");
}

/* By name and detail too: the same facts give the same order, whatever order NSS had. */
static int allowed_id_compare(const void *left, const void *right) {
        const AllowedId *a = left, *b = right;
        int order;

        if (a->id != b->id)
                return a->id < b->id ? -1 : 1;
        if (a->because != b->because)
                return a->because < b->because ? -1 : 1;

        order = string_order(a->name, b->name);
        return order != 0 ? order : string_order(a->detail, b->detail);
}

void allowed_ids_sort(AllowedIds *ids) {
        size_t kept = 0;

        if (ids->count == 0)
                return;

        qsort(ids->items, ids->count, sizeof(*ids->items), allowed_id_compare);

        for (size_t i = 1; i < ids->count; i++)
                if (ids->items[i].id == ids->items[kept].id)
                        allowed_id_done(&ids->items[i]);
                else
                        ids->items[++kept] = ids->items[i];

        ids->count = kept + 1;
}

const AllowedId *allowed_ids_find(const AllowedIds *ids, uint32_t id) {
        size_t low = 0, high = ids->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (ids->items[middle].id == id)
                        return &ids->items[middle];
                if (ids->items[middle].id < id)
                        low = middle + 1;
                else
                        high = middle;
        }

        return NULL;
}

static int allowed_ids_copy(const AllowedIds *ids, AllowedIds *ret) {
        CLEANUP(allowed_ids_done) AllowedIds copy = {};

        for (size_t i = 0; i < ids->count; i++) {
                const AllowedId *from = &ids->items[i];
                int r;

                r = allowed_ids_append(&copy, from->id, from->because, from->name, from->detail);
                if (r < 0)
                        return r;
        }

        *ret = copy;
        copy = (AllowedIds){};
        return 0;
}

void host_facts_done(HostFacts *facts) {
        if (!facts)
                return;

        allowed_ids_done(&facts->uids);
        allowed_ids_done(&facts->gids);
        allowed_ids_done(&facts->denied);
        string_list_done(&facts->unknown_users);
        string_list_done(&facts->unknown_groups);
        string_list_done(&facts->unknown_denied);
        subject_ids_done(&facts->subjects);
        *facts = (HostFacts){};
}

int host_facts_copy(const HostFacts *facts, HostFacts *ret) {
        CLEANUP(host_facts_done) HostFacts copy = { .verdicts = facts->verdicts };
        int r;

        assert(ret);

        r = allowed_ids_copy(&facts->uids, &copy.uids);
        if (r < 0)
                return r;

        r = allowed_ids_copy(&facts->gids, &copy.gids);
        if (r < 0)
                return r;

        r = allowed_ids_copy(&facts->denied, &copy.denied);
        if (r < 0)
                return r;

        r = string_list_copy(&facts->unknown_users, &copy.unknown_users);
        if (r < 0)
                return r;

        r = string_list_copy(&facts->unknown_groups, &copy.unknown_groups);
        if (r < 0)
                return r;

        r = string_list_copy(&facts->unknown_denied, &copy.unknown_denied);
        if (r < 0)
                return r;

        r = subject_ids_copy(&facts->subjects, &copy.subjects);
        if (r < 0)
                return r;

        *ret = copy;
        copy = (HostFacts){};
        return 0;
}

static bool allowed_ids_equal(const AllowedIds *a, const AllowedIds *b) {
        if (a->count != b->count)
                return false;

        for (size_t i = 0; i < a->count; i++)
                if (a->items[i].id != b->items[i].id ||
                    a->items[i].because != b->items[i].because ||
                    !string_equal(a->items[i].name, b->items[i].name) ||
                    !string_equal(a->items[i].detail, b->items[i].detail))
                        return false;

        return true;
}

bool host_facts_have_same_names(const HostFacts *a, const HostFacts *b) {
        return allowed_ids_equal(&a->uids, &b->uids) && allowed_ids_equal(&a->gids, &b->gids) &&
               allowed_ids_equal(&a->denied, &b->denied) &&
               string_list_equal(&a->unknown_denied, &b->unknown_denied) &&
               string_list_equal(&a->unknown_users, &b->unknown_users) &&
               string_list_equal(&a->unknown_groups, &b->unknown_groups) &&
               subject_ids_equal(&a->subjects, &b->subjects);
}
