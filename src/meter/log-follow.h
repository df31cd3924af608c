/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Follows a log line by line, through rotation by rename and by copying, and from where it was left
 * after a restart. Knows nothing of what is in the lines. Has no thread and no clock, and never
 * waits: it reads files, and its descriptor says when there may be more.
 */

#include "meter/log-files.h"
#include "meter/log-line.h"

typedef struct LogFollow LogFollow;

/* A line without its newline. Return: 0, or a negative errno: reading ends before that line. */
typedef int (*LogFollowHandler)(const char *line, size_t size, void *userdata);

/*
 * With a place: behind it, wherever it is now. Without, or if it is lost: from the beginning of the
 * oldest file that was written to since `since_sec` (of CLOCK_REALTIME). Compressed files are not
 * read. The file need not exist, its directory must. What was rotated by
 * copying is found only if something of the file had been read before.
 */
WARN_UNUSED int log_follow_new(
                const char *path, const LogPlace *place, int64_t since_sec, LogFollow **ret);
LogFollow *log_follow_free(LogFollow *follow);
DEFINE_CLEANUP(LogFollow, log_follow_free)

/* The place was in none of the files: the caller has to leave out lines that are older than the
 * last one that he has had. */
bool log_follow_has_lost_place(const LogFollow *follow);

/* To be waited for with poll(): readable when something has changed in the directory. */
int log_follow_fd(const LogFollow *follow);

enum { LOG_FOLLOW_E_MORE = 1 };

/*
 * Hand out lines: about size_max bytes of them at most. A line without newline waits for the rest
 * of it. Return: 0 if that were all; LOG_FOLLOW_E_MORE; -ESTALE if the directory is gone; another
 * negative errno, after which it can be called again.
 */
WARN_UNUSED int log_follow_read(
                LogFollow *follow,
                uint64_t now_usec,
                size_t size_max,
                LogFollowHandler handler,
                void *userdata);

/* When to call it again though the descriptor says nothing, of the caller's clock; UINT64_MAX:
 * never. A process may still write to a file that another one has renamed, for a moment. */
uint64_t log_follow_due_usec(const LogFollow *follow);

/* Behind the last line that was handed out. All zeros before the first file. */
void log_follow_get_place(const LogFollow *follow, LogPlace *ret);

/* Lines that were left out so far: longer than LOG_LINE_SIZE_MAX, or never finished. */
uint64_t log_follow_left_out(const LogFollow *follow);
