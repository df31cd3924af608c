/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "ctl/paint.h"
#include "ctl/report.h"
#include "util/fd.h"

/* Line ends and rows of blanks become one blank: tools like Exim speak in several lines. */
static void join_lines(char *string) {
        char *to = string;
        bool blank = false;

        for (const char *from = string; *from; from++) {
                if (isspace((unsigned char) *from)) {
                        blank = to != string;
                        continue;
                }
                if (blank)
                        *to++ = ' ';
                blank = false;
                *to++ = *from;
        }

        *to = 0;
}

ExitCode report_error(ExitCode code, const char *format, ...) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(freep) char *string = NULL;
        const Style plain = {};
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = vasprintf(&string, format, arguments);
        va_end(arguments);

        if (r < 0)
                string = strdup("out of memory");
        if (string)
                join_lines(string);

        text_append_string(&text, "smtp-restrictionsctl: ");
        paint_append(&text, &plain, COLOR_NONE, string ? string : "out of memory");
        text_append_string(&text, "\n");

        if (!text.failed)
                /* nobody is left who could be told */
                IGNORE_RESULT(fd_write_all(STDERR_FILENO, text.data, text.size));

        return code;
}

ExitCode report_errno(int error, const char *what) {
        return report_error(EXIT_CODE_FAILED, "%s: %s", what, strerror(-error));
}

ExitCode report_text(Text *text) {
        CLEANUP(freep) char *data = NULL;
        size_t size;
        int r;

        r = text_finish(text, &data, &size);
        if (r >= 0)
                r = fd_write_all(STDOUT_FILENO, data, size);
        if (r == -EPIPE)
                return EXIT_CODE_FAILED;
        if (r < 0)
                return report_errno(r, "cannot write the answer");

        return EXIT_CODE_OK;
}
