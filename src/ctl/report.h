/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The program's voice: one-line errors on standard error, results on standard output. */

#include "ctl/outcome.h"
#include "util/text.h"

/*
 * "smtp-restrictionsctl: TEXT", on one line whatever the text holds. Returns `code`, so that a
 * function can end with it.
 */
ExitCode report_error(ExitCode code, const char *format, ...) PRINTF_LIKE(2, 3);

/* An error of this program itself, mostly out of memory. */
ExitCode report_errno(int error, const char *what);

/* Write a finished text to standard output; `text` is empty afterwards. A reader that went away
 * (head, less) is EXIT_CODE_FAILED without words. */
ExitCode report_text(Text *text);
