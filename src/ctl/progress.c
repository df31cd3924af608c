/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <unistd.h>

#include "ctl/progress.h"

#define STEPS_SHOWN 100 /* of long work, every hundredth part */
#define ERASE_LINE  "\r\033[K"

void progress_end(Progress *progress) {
        if (progress->shown)
                (void) fputs(ERASE_LINE, stderr);
        progress->shown = false;
}

void progress_step(Progress *progress, size_t done) {
        size_t each = MAX_OF(progress->total / STEPS_SHOWN, (size_t) 1);

        if (done >= progress->total) {
                progress_end(progress);
                return;
        }
        if (done % each != 0 || !isatty(STDERR_FILENO))
                return;

        (void) fprintf(stderr, ERASE_LINE "%zu of %zu %s", done, progress->total, progress->what);
        progress->shown = true;
}
