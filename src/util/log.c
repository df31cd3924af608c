/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
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

void log_write_fields(
                int priority, const char *id, const LogField fields[], const char *format, ...) {
        char *lines[LOG_FIELDS_MAX + 3] = {};
        CLEANUP(freep) char *text = NULL;
        struct iovec parts[ELEMENTS_OF(lines)];
        size_t count = 0, usable = 0;
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = vasprintf(&text, format, arguments);
        va_end(arguments);
        if (r < 0) {
                text = NULL;
                return;
        }

        if (!log_to_journal) {
                (void) fprintf(stderr, "%s\n", text);
                return;
        }

        lines[count++] = string_format("MESSAGE=%s", text);
        lines[count++] = string_format("PRIORITY=%i", priority);
        lines[count++] = string_format("MESSAGE_ID=%s", id);
        for (size_t i = 0; fields[i].name && count < ELEMENTS_OF(lines); i++)
                lines[count++] = string_format("%s=%s", fields[i].name, fields[i].value);

        /* without memory for all of them, those that there are */
        for (size_t i = 0; i < count; i++)
                if (lines[i])
                        parts[usable++] = (struct iovec){
                                .iov_base = lines[i],
                                .iov_len = strlen(lines[i]),
                        };
        (void) sd_journal_sendv(parts, (int) usable);
        for (size_t i = 0; i < count; i++)
                free(lines[i]);
}
