/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The line of a message that Exim has accepted ("<="): who has sent it, and how it came. Pure. */

#include "meter/log-cursor.h"

/* Behind the flag. Return: false if it does not begin with a sender. */
bool log_accepted_parse(LogCursor *cursor, LogLine *line);
