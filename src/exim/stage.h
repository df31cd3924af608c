/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A private folder in which Debian's generator makes the configuration as it would be with another
 * content of the file that limits are set in. Nothing that Exim uses is touched.
 */

#include "exim/exim.h"

typedef struct EximStage {
        char *directory; /* owned; NULL: none */
        char *output;    /* owned: the generated configuration */
} EximStage;

/* Remove the folder. */
void exim_stage_done(EximStage *stage);

/* `text` is of the file that exim_layout_target() names in one of Debian's layouts; NULL: no such
 * file. Return: 0; or a negative errno with StorageFailed, or with EximConfigInvalid and the
 * generator's words. */
WARN_UNUSED int exim_stage_make(
                const EximFacts *facts,
                const char *text,
                size_t size,
                EximStage *ret,
                Failure *reterr);
