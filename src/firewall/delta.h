/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What changes in the kernel when a few exceptions come or go: their own elements, and where one of
 * them asks a question that nobody asked before, or the last to ask one goes, the set and the rules
 * that ask. Takes a time that hardly depends on how many exceptions there are. Pure.
 */

#include "firewall/ruleset.h"

#define DELTA_ELEMENTS_MAX   250000 /* are kept for it: some 15 MB */
#define DELTA_EXCEPTIONS_MAX 16     /* that differ; for more the whole ruleset is as good */

/* A state of the exceptions. All is borrowed. */
typedef struct DeltaSide {
        const Exceptions *exceptions;
        const SubjectIds *subjects;
} DeltaSide;

typedef struct DeltaElement {
        ExceptionElement element; /* as it is to be */
        uint64_t before_usec;     /* when it would have ended; 0: was not there */
        uint64_t after_usec;      /* and ends; 0: is not there */
} DeltaElement;

#define DELTA_SETS_MAX (4 * DELTA_EXCEPTIONS_MAX)

typedef struct DeltaSet {
        Question question;
        bool comes; /* else it goes */
} DeltaSet;

typedef struct Delta {
        DeltaElement *items; /* owned; sorted as the elements are */
        size_t count;
        DeltaSet sets[DELTA_SETS_MAX];
        size_t set_count;
        uint64_t removed[DELTA_EXCEPTIONS_MAX]; /* ids */
        size_t removed_count;
        ExceptionElements added; /* owned: of those that come */
} Delta;

void delta_done(Delta *delta);

enum { DELTA_E_TOO_MUCH = 1 };

/*
 * `elements`: of delta_elements() for the state before. That the subjects of exceptions that stay
 * are the same is not looked at (delta_subjects_agree()). Return: 0 (`count` may be 0: nothing
 * differs), DELTA_E_TOO_MUCH, -ENOMEM.
 */
WARN_UNUSED int delta_make(
                const DeltaSide *before,
                const ExceptionElements *elements,
                const DeltaSide *after,
                Delta *ret);

/* Takes longer than the rest, so it is for afterwards. */
bool delta_subjects_agree(const DeltaSide *before, const DeltaSide *after);

/* Every exception's elements, sorted, also those that others have too. Return: 0, -ENOMEM, -E2BIG.
 */
WARN_UNUSED int delta_elements(
                const Exceptions *exceptions, const SubjectIds *subjects, ExceptionElements *ret);
/* Those of the state before become those of the state after. Return: 0 or -ENOMEM. */
WARN_UNUSED int delta_change_elements(const Delta *delta, ExceptionElements *elements);

/* The batch. `plan`, the one after, is looked at only where sets come or go. Return: 0 or -ENOMEM.
 */
WARN_UNUSED int delta_render(
                const Delta *delta, const RulesetPlan *plan, uint64_t now_usec, char **ret_text);
