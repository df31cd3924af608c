/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * When are changes that somebody else makes to Exim's files looked into, and what may be done about
 * them? After some seconds of quiet; lost edits are put back once; whoever takes them out again
 * soon after means it, or is a program that will not stop, and is reported instead. Pure: the time
 * is a parameter.
 */

#include "util/macro.h"

#define FOREIGN_CHANGE_QUIET_USEC (5 * USEC_PER_SEC)
/* A writer that never rests is not waited for any longer. */
#define FOREIGN_CHANGE_WAIT_MAX_USEC (60 * USEC_PER_SEC)
/* Lost again within this time after they were put back: only reported. */
#define FOREIGN_CHANGE_AGAIN_USEC (600 * USEC_PER_SEC)

typedef enum ForeignChangeAction {
        FOREIGN_CHANGE_NOTHING, /* nothing was changed, or not long enough ago */
        FOREIGN_CHANGE_REPAIR,  /* look, and put back what is lost */
        FOREIGN_CHANGE_REPORT,  /* look, and only report what is lost */
} ForeignChangeAction;

typedef enum ForeignChangeOutcome {
        FOREIGN_CHANGE_HARMLESS, /* nothing of ours was touched, or it cannot be put back */
        FOREIGN_CHANGE_REPAIRED,
        FOREIGN_CHANGE_REPORTED,
} ForeignChangeOutcome;

/* Zero-initialized: nothing has happened. All times are of one monotonic clock. */
typedef struct ForeignChange {
        uint64_t first_usec; /* of the changes that are not looked into yet; 0: there are none */
        uint64_t last_usec;
        uint64_t repaired_usec; /* 0: never */
        bool reported;          /* and so it stays until foreign_change_forget() */
} ForeignChange;

/* Something was changed now. */
void foreign_change_note(ForeignChange *change, uint64_t now_usec);

/* When to ask for an action; 0 while there is nothing to look into. */
uint64_t foreign_change_due(const ForeignChange *change);

ForeignChangeAction foreign_change_action(const ForeignChange *change, uint64_t now_usec);

/* The look begins: what is changed from now on is for the next one. */
void foreign_change_begin(ForeignChange *change);
/* And has ended. */
void foreign_change_end(ForeignChange *change, ForeignChangeOutcome outcome, uint64_t now_usec);

/* Somebody asked for a Reload: what was is over, edits may be put back again. */
void foreign_change_forget(ForeignChange *change);
