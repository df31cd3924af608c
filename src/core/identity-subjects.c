/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The numbers of exceptions' subjects. */

#include <errno.h>
#include <string.h>

#include "core/identity.h"
#include "util/array.h"
#include "util/text.h"

typedef struct Numbers {
        uint32_t *items; /* owned */
        size_t count;
        size_t allocated;
} Numbers;

static void numbers_done(Numbers *numbers) {
        free(numbers->items);
}

static int numbers_append(Numbers *numbers, uint32_t number) {
        int r = ARRAY_MAKE_ROOM(&numbers->items, &numbers->allocated, numbers->count + 1);

        if (r < 0)
                return r;

        numbers->items[numbers->count++] = number;
        return 0;
}

/* Of a number that cannot be looked up now the one from before is better than none: a user must
 * neither lose what he was granted nor get rid of what he was forbidden. */
static int keep_before(
                const Exception *exception,
                const SubjectIds *before,
                int error,
                SubjectIds *ids,
                Failure *reterr) {
        const SubjectId *kept = subject_ids_find(before, exception->kind, exception->name);
        uint32_t *members = NULL;
        int r;

        if (!kept)
                return failure_set(
                                reterr,
                                error,
                                FAILURE_UNKNOWN_NAME,
                                "%s: the %s '%s' cannot be looked up now: %s",
                                SMTP_RESTRICTIONS_EXCEPTION_SUBJECT,
                                subject_kind_to_string(exception->kind),
                                exception->name,
                                strerror(-error));

        if (kept->member_count > 0) {
                members = reallocarray(NULL, kept->member_count, sizeof(*members));
                if (!members)
                        return -ENOMEM;
                memcpy(members, kept->members, kept->member_count * sizeof(*members));
        }

        r = subject_ids_set(ids, kept->kind, kept->name, kept->id, members, kept->member_count);
        return r < 0 ? r : 1;
}

static int resolve_user(
                const Exception *exception,
                const Accounts *accounts,
                const SubjectIds *before,
                SubjectIds *ids,
                Failure *reterr) {
        uid_t uid;
        int r;

        r = accounts_find_user(accounts, exception->name, &uid);
        if (r == -ENOMEM || r == 0)
                return r;
        if (r < 0)
                return keep_before(exception, before, r, ids, reterr);

        r = subject_ids_set(ids, SUBJECT_USER, exception->name, uid, NULL, 0);
        return r < 0 ? r : 1;
}

/* Who has it as primary group, as far as /etc/passwd knows; and its listed members. */
static int find_members(const GroupEntry *group, const Accounts *accounts, Numbers *members) {
        int r;

        for (size_t i = 0; i < accounts->count; i++) {
                if (accounts->items[i].gid != group->gid)
                        continue;
                r = numbers_append(members, accounts->items[i].uid);
                if (r < 0)
                        return r;
        }

        for (char **member = group->members; *member; member++) {
                uid_t uid;

                r = accounts_find_user(accounts, *member, &uid);
                if (r == 0)
                        continue; /* lists may name who has gone */
                if (r > 0)
                        r = numbers_append(members, uid);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int resolve_group(
                const Exception *exception,
                const Accounts *accounts,
                const SubjectIds *before,
                SubjectIds *ids,
                Failure *reterr) {
        CLEANUP(group_entry_done) GroupEntry group = {};
        CLEANUP(numbers_done) Numbers members = {};
        int r;

        r = accounts_find_group(exception->name, &group);
        if (r > 0)
                r = find_members(&group, accounts, &members);
        else if (r == 0)
                return 0;
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return keep_before(exception, before, r, ids, reterr);

        r =
                        subject_ids_set(ids,
                                        SUBJECT_GROUP,
                                        exception->name,
                                        group.gid,
                                        TAKE(members.items),
                                        members.count);
        return r < 0 ? r : 1;
}

int identity_resolve_subject(
                const Exception *exception,
                const Accounts *accounts,
                const SubjectIds *before,
                SubjectIds *ids,
                Failure *reterr) {
        switch (exception->kind) {
        case SUBJECT_USER:
                return resolve_user(exception, accounts, before, ids, reterr);
        case SUBJECT_GROUP:
                return resolve_group(exception, accounts, before, ids, reterr);
        default:
                return 1; /* an interface need not be there yet */
        }
}

static int subject_compare(const void *left, const void *right) {
        const Exception *a = *(Exception *const *) left, *b = *(Exception *const *) right;

        if (a->kind != b->kind)
                return a->kind < b->kind ? -1 : 1;

        return strcmp(a->name, b->name);
}

int identity_resolve_subjects(
                const Exceptions *exceptions,
                const Accounts *accounts,
                const SubjectIds *before,
                SubjectIds *ret,
                Failure *reterr) {
        CLEANUP(exceptions_done) Exceptions sorted = {};
        CLEANUP(subject_ids_done) SubjectIds ids = {};
        int r;

        r = exceptions_copy(exceptions, &sorted);
        if (r < 0)
                return r;

        /* each subject once, and each new one at the end of the list */
        qsort(sorted.items, sorted.count, sizeof(Exception *), subject_compare);
        for (size_t i = 0; i < sorted.count; i++) {
                if (i > 0 && subject_compare(&sorted.items[i - 1], &sorted.items[i]) == 0)
                        continue;
                r = identity_resolve_subject(sorted.items[i], accounts, before, &ids, reterr);
                if (r < 0)
                        return r;
        }

        *ret = ids;
        ids = (SubjectIds){};
        return 0;
}
