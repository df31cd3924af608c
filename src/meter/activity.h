/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Who has sent how much in the last days, and who has used SMTP AUTH, from where. For people to
 * look at: no verdict depends on it, and so it may forget. Of each kind the latest `entries_max`
 * are known, apart from one another: who has no password can invent domains, and no mailboxes.
 * Knows no clock and no disk; what it hands out is written together with what it came from. Pure.
 */

#include "meter/activity-record.h"
#include "util/hash.h"

typedef struct Activity Activity;

#define ACTIVITY_ENTRIES_MAX 50000

WARN_UNUSED int activity_new(const HashKey *key, size_t entries_max, Activity **ret);
Activity *activity_free(Activity *activity);
DEFINE_CLEANUP(Activity, activity_free)

/* A message of these counts; NULL or empty: none of that kind. What there is no memory for is left
 * out. */
void activity_add_mail(
                Activity *activity,
                const char *const names[static _SUBJECT_KIND_MAX],
                uint32_t recipients,
                int64_t time_sec,
                int64_t now_sec);
/* One was accepted after AUTH, from `address` (NULL: not known). Likewise. */
void activity_add_auth(
                Activity *activity,
                const char *const names[static _SUBJECT_KIND_MAX],
                const struct in6_addr *address,
                int64_t time_sec,
                int64_t now_sec);

/* Forget some of what is too old, if there is such. */
void activity_sweep(Activity *activity, int64_t now_sec);

typedef struct ActivitySums {
        uint64_t messages;
        uint64_t recipients;
        uint64_t auth_messages;
        int64_t last_sec;
        ActivityAddress addresses[ACTIVITY_ADDRESSES_MAX]; /* .time_sec 0: no more of them */
} ActivitySums;

/* Of the days from that of `since_sec` on. Return: whether anything is known of those. */
bool activity_read(
                const Activity *activity,
                SubjectKind kind,
                const char *name,
                int64_t since_sec,
                int64_t now_sec,
                ActivitySums *ret);

/* All of them, some at a time; who comes or goes meanwhile is seen or not. The look begins as {}.
 * Return: 0: that were all; ACTIVITY_E_MORE; what the handler returned. */
typedef struct ActivityLook {
        SubjectKind kind;
        size_t slot;
} ActivityLook;

enum { ACTIVITY_E_MORE = 1 };

typedef int (*ActivityHandler)(
                SubjectKind kind, const char *name, const ActivitySums *sums, void *userdata);
WARN_UNUSED int activity_look_on(
                const Activity *activity,
                ActivityLook *look,
                int64_t since_sec,
                int64_t now_sec,
                ActivityHandler handler,
                void *userdata);
