/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Run Exim and hear what it says, with bounds on time and output. Only -bV may meet a configuration
 * that is not known to be good: -bP writes into Exim's panic log when it is not, -bV does not.
 */

#include "exim/exim.h"
#include "exim/options.h"
#include "exim/output.h"
#include "util/process.h"

/*
 * Run a program, at most until `deadline_usec` (as in EximFacts). Return: 0 whatever its exit
 * status was; or a negative errno: NoExim where it does not exist, EximConfigInvalid where it does
 * not end or says too much, as a configuration can make Exim do.
 */
WARN_UNUSED int exim_run(
                const char *const argv[],
                uint64_t deadline_usec,
                ProcessResult *ret,
                Failure *reterr);

/*
 * exim -bV: of the configuration in force if `staged` is NULL. Return: 0; or a negative errno with
 * EximConfigInvalid or EximConfigUnsupported and Exim's words; *ret_version (may be NULL) is then
 * set as far as Exim spoke.
 */
WARN_UNUSED int exim_ask_version(
                const EximFacts *facts,
                const EximStaged *staged,
                EximVersion *ret_version,
                EximErrorPlace *reterr_place,
                Failure *reterr);

/* exim -bP, after a -bV that was good. *ret_output: the caller frees. */
WARN_UNUSED int exim_ask_options(
                const EximFacts *facts,
                const EximStaged *staged,
                const char *const options[],
                size_t count,
                char **ret_output,
                Failure *reterr);
