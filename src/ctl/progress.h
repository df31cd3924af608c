/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How far long work has got: one line on standard error that is written over, on a terminal alone.
 */

#include "util/macro.h"

typedef struct Progress {
        const char *what; /* "domains" */
        size_t total;
        bool shown;
} Progress;

/* So many are done. The line goes when all are, or by progress_end(). */
void progress_step(Progress *progress, size_t done);
void progress_end(Progress *progress);
