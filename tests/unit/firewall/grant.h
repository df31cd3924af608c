/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Exceptions for tests, as somebody grants them. */

#include <glib.h>

#include "firewall/exception-sets.h"
#include "policy/policy.h"
#include "policy/subject-ids.h"

#define NOW ((uint64_t) 1700000000 * USEC_PER_SEC)

/* `ports` ends with 0; NULL: all. `expires_usec` 0: never. Return: its id. */
static inline uint64_t grant(
                Exceptions *exceptions,
                const char *subject,
                const char *destination,
                const uint16_t *ports,
                const char *verdict,
                uint64_t expires_usec) {
        CLEANUP(exception_unrefp) Exception *exception = NULL;
        CLEANUP(failure_done) Failure failure = {};
        ExceptionInput input = {
                .subject = subject,
                .destination = destination,
                .ports = ports,
                .verdict = verdict,
                .expires_usec = expires_usec,
                .reason = "because",
                .granted_by = "root",
                .granted_usec = 1,
        };

        while (ports && ports[input.port_count] != 0)
                input.port_count++;

        g_assert_cmpint(exception_new(&input, &exception, &failure), ==, 0);
        g_assert_cmpint(exceptions_append_read(
                                        exceptions, exceptions->last_id + 1, exception, &failure),
                        ==,
                        0);
        return exceptions->last_id;
}

static inline void name_user(SubjectIds *subjects, const char *name, uint32_t uid) {
        g_assert_cmpint(subject_ids_set(subjects, SUBJECT_USER, name, uid, NULL, 0), ==, 0);
}

static inline void name_group(
                SubjectIds *subjects, const char *name, uint32_t gid, uint32_t member) {
        uint32_t *members = calloc(2, sizeof(*members));

        g_assert_nonnull(members);
        members[0] = member;
        members[1] = member + 1;
        g_assert_cmpint(subject_ids_set(subjects, SUBJECT_GROUP, name, gid, members, 2), ==, 0);
}

/* Users u0 ... have the uids 1000 ..., groups g0 ... the gids 2000 ...; u0 and u1 are members of
 * g0, u1 and u2 of g1, ... */
static inline void name_subjects(SubjectIds *subjects, unsigned users, unsigned groups) {
        for (unsigned i = 0; i < users; i++) {
                g_autofree char *name = g_strdup_printf("u%u", i);

                name_user(subjects, name, 1000 + i);
        }
        for (unsigned i = 0; i < groups; i++) {
                g_autofree char *name = g_strdup_printf("g%u", i);

                name_group(subjects, name, 2000 + i, 1000 + i);
        }
}

/* Elements of exceptions alone, without a policy around them. */
static inline int make_elements(
                const Exceptions *exceptions, const SubjectIds *subjects, ExceptionElements *ret) {
        const Policy policy = { .exceptions = *exceptions }; /* borrowed */

        return exception_elements_make(&policy, subjects, ret);
}

/* Return: one of the texts. */
static inline const char *any_of(const char *const *texts, size_t count) {
        return texts[g_test_rand_int_range(0, (gint32) count)];
}
