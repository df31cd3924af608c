/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * From the arguments of a call to what core understands. Every key, type and bound is checked while
 * reading, before anything is copied; nothing here looks at the policy in force, so nothing here
 * can reveal it. All functions return 0; or -EINVAL with the cause; or another negative errno.
 */

#include <systemd/sd-bus.h>

#include "core/attempt-list.h"
#include "dbus/dictionary.h"
#include "policy/policy-change.h"

/* a{sv}: keys of a policy. `takes_enabled`: whether Enabled may be among them. */
WARN_UNUSED int codec_read_policy(
                sd_bus_message *m, bool takes_enabled, PolicyChange *change, Failure *reterr);

/* a{sv}: mail limits to be set. */
WARN_UNUSED int codec_read_mail_limits(sd_bus_message *m, PolicyChange *change, Failure *reterr);

/* as: mail limits that are no longer ours; none named means all. */
WARN_UNUSED int codec_read_limit_names(sd_bus_message *m, PolicyChange *change, Failure *reterr);

/* u: how long a change is on trial. */
WARN_UNUSED int codec_read_try_seconds(sd_bus_message *m, uint32_t *ret, Failure *reterr);

/* s: the id that a method gave. `ret` has room for `size` bytes. */
WARN_UNUSED int codec_read_id(sd_bus_message *m, char *ret, size_t size, Failure *reterr);

/* s: the id of a past policy. Return: NotFound for what cannot be one. */
WARN_UNUSED int codec_read_past(sd_bus_message *m, uint64_t *ret, Failure *reterr);

/* a{sv}: Most u, After s. *ret_after: 0 without it. */
WARN_UNUSED int codec_read_history_filter(
                sd_bus_message *m, uint32_t *ret_most, uint64_t *ret_after, Failure *reterr);

/* a{sv}: User s, Since t, Most u; of a reset User alone. */
WARN_UNUSED int codec_read_attempt_filter(
                sd_bus_message *m, bool reset, AttemptFilter *ret, Failure *reterr);

typedef struct ReplaceOptions {
        bool if_generation_set;
        uint64_t if_generation;
        bool dry_run_set;
        bool dry_run;
} ReplaceOptions;

/* a{sv}: IfGeneration t, DryRun b. */
WARN_UNUSED int codec_read_replace_options(sd_bus_message *m, ReplaceOptions *ret, Failure *reterr);

#define CODEC_PAGE_DEFAULT 1000
#define CODEC_PAGE_MAX     10000

typedef struct Page {
        uint32_t most; /* entries of one answer; 0 while not read */
        bool after_set;
        uint32_t after; /* the uid that ended the page before */
} Page;

/* a{sv}: Most u, After u. */
WARN_UNUSED int codec_read_page(sd_bus_message *m, Page *ret, Failure *reterr);
