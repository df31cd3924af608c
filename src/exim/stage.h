/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A private folder in which Debian's generator makes the configuration as it would be with another
 * exim4.conf.localmacros. Nothing that Exim uses is touched.
 */

#include "util/failure.h"

typedef struct EximStage {
        char *directory; /* owned; NULL: none */
        char *output;    /* owned: the generated configuration */
} EximStage;

/* Remove the folder. */
void exim_stage_done(EximStage *stage);

/* `localmacros` NULL: no such file. Return: 0; or a negative errno with StorageFailed, or with
 * EximConfigInvalid and the generator's words. */
WARN_UNUSED int exim_stage_make(
                const char *localmacros, size_t size, EximStage *ret, Failure *reterr);
