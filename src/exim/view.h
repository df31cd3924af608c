/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The configuration of layout "single" as it would be with the new texts of some of its files, for
 * Exim to read (-C). Exim gets the very temporaries that would be renamed. Only where a line
 * includes one of them, the file that has this line is read from a copy that differs in this line;
 * so are the files above it. Copies stand beside their originals, so that relative names lead where
 * they led. Nothing that Exim uses is touched.
 */

#include "exim/edits.h"
#include "exim/output.h"

typedef struct EximView {
        EximStaged *staged; /* owned: the main file is the first, each is the next of the other */
        size_t count;
        AtomicFile *copies; /* owned, never committed */
        size_t copy_count;
} EximView;

/* Remove the copies. */
void exim_view_done(EximView *view);

/*
 * With the prepared temporaries of the first files of the edits that Exim reads. Return: 0; or a
 * negative errno with EximBlockedByMacro (a macro makes one of the lines), StorageFailed.
 */
WARN_UNUSED int exim_view_make(
                const EximEdits *edits,
                const EximFacts *facts,
                size_t new_count,
                EximView *ret,
                Failure *reterr);

/* Copies of this file that a crash left. */
void exim_view_forget(int dir_fd, const char *name);
