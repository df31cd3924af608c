/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/trial.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/json.h"
#include "util/text.h"

/* The two clocks drift apart by less than that between two looks, unless somebody sets one. */
#define FOLLOW_USEC USEC_PER_SEC

void trial_init(Trial *trial) {
        *trial = (Trial){};
        applied_init(&trial->previous);
}

void trial_info_done(TrialInfo *info) {
        last_change_done(&info->started);
        *info = (TrialInfo){};
}

void trial_done(Trial *trial) {
        if (!trial)
                return;

        trial_info_done(&trial->info);
        applied_done(&trial->previous);
        trial_init(trial);
}

int trial_info_copy(const TrialInfo *info, TrialInfo *ret) {
        TrialInfo copy = *info;
        int r;

        r = last_change_copy(&info->started, &copy.started);
        if (r < 0)
                return r;

        *ret = copy;
        return 0;
}

void trial_set_id(TrialInfo *info, uint32_t number) {
        (void) snprintf(info->id, sizeof(info->id), "%08x", number);
}

static void set_deadline(TrialInfo *info, uint64_t left_usec, const Clock *now) {
        info->deadline_usec = now->realtime_usec + left_usec;
        info->deadline_boottime_usec = now->boottime_usec + left_usec;
        (void) strcpy(info->boot_id, now->boot_id);
}

void trial_start_clock(TrialInfo *info, uint32_t seconds, const Clock *now) {
        info->seconds = seconds;
        set_deadline(info, seconds * USEC_PER_SEC, now);
}

static bool is_same_boot(const TrialInfo *info, const Clock *now) {
        return info->boot_id[0] != 0 && string_equal(info->boot_id, now->boot_id);
}

uint64_t trial_left_usec(const TrialInfo *info, const Clock *now) {
        bool same = is_same_boot(info, now);
        uint64_t deadline = same ? info->deadline_boottime_usec : info->deadline_usec;
        uint64_t time = same ? now->boottime_usec : now->realtime_usec;
        uint64_t left = deadline > time ? deadline - time : 0;

        return left <= info->seconds * USEC_PER_SEC ? left : 0;
}

bool trial_follow_clock(TrialInfo *info, const Clock *now) {
        TrialInfo before = *info;
        uint64_t moved;

        set_deadline(info, trial_left_usec(info, now), now);
        moved = info->deadline_usec > before.deadline_usec
                                ? info->deadline_usec - before.deadline_usec
                                : before.deadline_usec - info->deadline_usec;
        if (is_same_boot(&before, now) && moved < FOLLOW_USEC) {
                *info = before;
                return false;
        }

        return true;
}

TrialFinding trial_find(
                const Trial *trial,
                const Digest *file_digest,
                const Applied *applied,
                const Pending *pending,
                const Clock *now) {
        bool in_file = digest_equal(file_digest, &trial->tried);
        bool in_force = applied && digest_equal(&applied->policy_digest, &trial->tried);

        if (!in_file && !in_force)
                return TRIAL_NONE;
        /* the crash came when the previous policy was back, but not on record yet */
        if (!in_file && pending && digest_equal(file_digest, &pending->new_digest))
                return TRIAL_NONE;

        return trial_left_usec(&trial->info, now) > 0 ? TRIAL_OPEN : TRIAL_OVER;
}

int trial_to_text(const Trial *trial, char **ret_text, size_t *ret_size) {
        CLEANUP(json_decrefp) json_t *root = NULL;

        root =
                        json_pack("{s:i, s:s, s:o, s:I, s:I, s:I, s:s, s:s, s:o}",
                                  "Version",
                                  TRIAL_VERSION,
                                  "Id",
                                  trial->info.id,
                                  "Started",
                                  last_change_to_json(&trial->info.started),
                                  "Seconds",
                                  (json_int_t) trial->info.seconds,
                                  "Deadline",
                                  (json_int_t) trial->info.deadline_usec,
                                  "DeadlineBoottime",
                                  (json_int_t) trial->info.deadline_boottime_usec,
                                  "BootId",
                                  trial->info.boot_id,
                                  "Tried",
                                  trial->tried.hex,
                                  "Previous",
                                  applied_to_json(&trial->previous));
        if (!root)
                return -ENOMEM;

        return json_to_text(root, JSON_COMPACT, ret_text, ret_size);
}

/* A string of hex digits of exactly that size, or, where that is allowed, an empty one. */
static bool copy_hex(const json_t *root, const char *key, bool optional, char *ret, size_t size) {
        const char *value = json_string_value(json_object_get(root, key));

        if (!value || strspn(value, "0123456789abcdef") != strlen(value))
                return false;
        if (strlen(value) + 1 != size && !(optional && value[0] == 0))
                return false;

        (void) strcpy(ret, value);
        return true;
}

static bool copy_time(const json_t *root, const char *key, uint64_t *ret) {
        const json_t *value = json_object_get(root, key);

        if (!json_is_integer(value) || json_integer_value(value) < 0)
                return false;

        *ret = (uint64_t) json_integer_value(value);
        return true;
}

static bool read_numbers(const json_t *root, Trial *trial) {
        TrialInfo *info = &trial->info;
        uint64_t seconds;

        if (json_integer_value(json_object_get(root, "Version")) != TRIAL_VERSION ||
            !copy_hex(root, "Id", false, info->id, sizeof(info->id)) ||
            !copy_hex(root, "BootId", true, info->boot_id, sizeof(info->boot_id)) ||
            !copy_hex(root, "Tried", false, trial->tried.hex, sizeof(trial->tried.hex)) ||
            !copy_time(root, "Seconds", &seconds) ||
            !copy_time(root, "Deadline", &info->deadline_usec) ||
            !copy_time(root, "DeadlineBoottime", &info->deadline_boottime_usec))
                return false;
        if (seconds < SMTP_RESTRICTIONS_TRY_SECONDS_MIN ||
            seconds > SMTP_RESTRICTIONS_TRY_SECONDS_MAX)
                return false;

        info->seconds = (uint32_t) seconds;
        return true;
}

int trial_from_text(const char *text, size_t size, Trial *ret, Failure *reterr) {
        CLEANUP(trial_done) Trial trial;
        CLEANUP(json_decrefp) json_t *root = NULL;
        int r;

        trial_init(&trial);

        r = json_from_text(text, size, &root, reterr);
        if (r < 0)
                return r;
        if (!read_numbers(root, &trial))
                return failure_set(
                                reterr, -EINVAL, FAILURE_INVALID_VALUE, "not a record of a trial");

        r = applied_from_json(json_object_get(root, "Previous"), &trial.previous, reterr);
        if (r < 0)
                return r;
        r = last_change_from_json(json_object_get(root, "Started"), &trial.info.started);
        if (r < 0)
                return r;

        *ret = trial;
        trial_init(&trial);
        return 0;
}
