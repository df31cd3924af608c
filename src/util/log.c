/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "util/log.h"
#include "util/text.h"

/* Set once by log_open(), before any thread exists. */
static bool log_to_journal = false;

/* systemd names the device and inode of the stream that it connected to the journal
 * (systemd.exec(5), JOURNAL_STREAM). */
void log_open(void) {
        CLEANUP(freep) char *own = NULL;
        const char *stream = getenv("JOURNAL_STREAM");
        struct stat st;

        if (!stream || fstat(STDERR_FILENO, &st) < 0)
                return;

        own = string_format("%ju:%ju", (uintmax_t) st.st_dev, (uintmax_t) st.st_ino);
        log_to_journal = own && string_equal(own, stream);
}

int log_write(int priority, const char *id, int error, const char *format, ...) {
        CLEANUP(freep) char *text = NULL;
        va_list arguments;
        int r;

        errno = -error;
        va_start(arguments, format);
        r = vasprintf(&text, format, arguments);
        va_end(arguments);
        if (r < 0) {
                text = NULL;
                return error;
        }

        if (!log_to_journal) {
                if (priority < LOG_DEBUG)
                        (void) fprintf(stderr, "%s\n", text);
                return error;
        }

        if (id)
                (void) sd_journal_send(
                                "MESSAGE=%s",
                                text,
                                "PRIORITY=%i",
                                priority,
                                "MESSAGE_ID=%s",
                                id,
                                NULL);
        else
                (void) sd_journal_send("MESSAGE=%s", text, "PRIORITY=%i", priority, NULL);

        return error;
}
