/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/foreign-change.h"

void foreign_change_note(ForeignChange *change, uint64_t now_usec) {
        if (change->first_usec == 0)
                change->first_usec = now_usec;
        change->last_usec = now_usec;
}

uint64_t foreign_change_due(const ForeignChange *change) {
        if (change->first_usec == 0)
                return 0;

        return MIN_OF(change->last_usec + FOREIGN_CHANGE_QUIET_USEC,
                      change->first_usec + FOREIGN_CHANGE_WAIT_MAX_USEC);
}

ForeignChangeAction foreign_change_action(const ForeignChange *change, uint64_t now_usec) {
        if (change->first_usec == 0 || now_usec < foreign_change_due(change))
                return FOREIGN_CHANGE_NOTHING;

        if (change->reported)
                return FOREIGN_CHANGE_REPORT;
        if (change->repaired_usec != 0 &&
            now_usec - change->repaired_usec < FOREIGN_CHANGE_AGAIN_USEC)
                return FOREIGN_CHANGE_REPORT;

        return FOREIGN_CHANGE_REPAIR;
}

void foreign_change_begin(ForeignChange *change) {
        change->first_usec = 0;
        change->last_usec = 0;
}

void foreign_change_end(ForeignChange *change, ForeignChangeOutcome outcome, uint64_t now_usec) {
        switch (outcome) {
        case FOREIGN_CHANGE_HARMLESS:
                return;
        case FOREIGN_CHANGE_REPAIRED:
                change->repaired_usec = now_usec;
                return;
        case FOREIGN_CHANGE_REPORTED:
                change->reported = true;
                return;
        }
}

void foreign_change_forget(ForeignChange *change) {
        change->repaired_usec = 0;
        change->reported = false;
}
