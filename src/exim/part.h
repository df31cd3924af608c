/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * exim_edit() for a main file and the files that it includes, each of them a part: all are read,
 * then it is planned which sets what, then each is written. Pure.
 */

#include "exim/edit.h"

/* An option, in a part. */
typedef enum EximStand {
        EXIM_STANDS_NOWHERE,
        EXIM_STANDS_IN_CONDITION,
        EXIM_STANDS_PLAIN, /* outside of the part's own conditions */
} EximStand;

typedef struct EximHit {
        const char *start;
        size_t size;
        size_t setting; /* its index */
} EximHit;

typedef struct EximPart {
        EximStripped stripped;
        EximHit *hits; /* owned: in the stripped text, in order */
        size_t hit_count;
        size_t hit_allocated;
        EximStand stands[EXIM_SETTINGS_MAX]; /* by setting */
        bool is_new;                         /* there is no such file yet */
} EximPart;

void exim_part_done(EximPart *part);

typedef struct EximPartOptions {
        bool is_included;    /* its last line goes on in its parent if it ends in a backslash */
        bool main_ends;      /* the main section is over behind an include line of it, ... */
        size_t last_include; /* ... this one: see exim_include_at() */
} EximPartOptions;

/* As exim_edit(); the settings must be the same in all three steps. */
WARN_UNUSED int exim_part_read(
                const char *text,
                size_t size,
                const EximSettings *settings,
                const EximPartOptions *options,
                EximPart *ret,
                EximEditPlace *reterr_place);

typedef struct EximPartPlan {            /* by setting */
        bool replace[EXIM_SETTINGS_MAX]; /* where it stands; otherwise it is taken out there */
        bool add[EXIM_SETTINGS_MAX];     /* at the top */
} EximPartPlan;

/*
 * Which part sets an option, the first one being the main file. In each option's lifetime it is the
 * same one, whatever its value, so that no step between two writes leaves it set twice. Return: 0,
 * or EXIM_EDIT_E_SCATTERED and the second part that has it.
 */
WARN_UNUSED int exim_parts_plan(
                const EximPart parts[],
                size_t count,
                size_t setting,
                EximPartPlan plans[],
                size_t *reterr_part);

/* The caller frees. Return: 0 or -ENOMEM. */
WARN_UNUSED int exim_part_write(
                const EximPart *part,
                const EximSettings *settings,
                const EximPartPlan *plan,
                char **ret_text,
                size_t *ret_size);
