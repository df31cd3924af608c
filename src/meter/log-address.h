/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The addresses in a log line: blanks and every other byte may stand in the quoted parts of one.
 * Pure. */

#include "meter/log-cursor.h"

/* An address as its sender wrote it, up to a blank (or the end) that is not quoted. Return: false
 * if a quote is not closed. */
bool log_address_take(LogCursor *cursor, LogText *ret);

/*
 * A recipient: "final[ (parent, ...)][ <original>]", and what Exim writes behind it has to follow.
 * The final address is written without quotes; it is known where it ends when it has no blank, or
 * when the original is the same address with its quotes. Return: false if that is not so.
 */
bool log_address_take_recipient(LogCursor *cursor, LogText *ret, LogText *ret_domain);
