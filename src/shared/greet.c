/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shared/greet.h"
#include "util/now.h"
#include "util/text.h"

#define LINE_SIZE 256
#define SHOWN_MAX 120

#define ANSWER_USEC (2 * USEC_PER_SEC)

static int fail(int error, const char *why, Failure *reterr) {
        return failure_set(reterr, error, FAILURE_METER_UNAVAILABLE, "%s", why);
}

/* The end of the line is left out. One byte at a time: what is behind it is somebody else's. */
static int read_line(Link *link, char ret[static LINE_SIZE]) {
        uint64_t until_usec = now_read_usec(CLOCK_MONOTONIC) + ANSWER_USEC;
        size_t size = 0;

        while (size < LINE_SIZE - 1) {
                ssize_t n = link_read(link, ret + size, 1);

                /* TLS has messages of its own, behind which there is nothing yet */
                if (n == -EAGAIN && now_read_usec(CLOCK_MONOTONIC) < until_usec)
                        continue;
                if (n <= 0)
                        return n < 0 ? (int) n : -EPIPE;
                if (ret[size] == '\n') {
                        ret[size > 0 && ret[size - 1] == '\r' ? size - 1 : size] = 0;
                        return 0;
                }
                size++;
        }

        return -EMSGSIZE;
}

static int write_all(Link *link, const Text *text) {
        size_t sent = 0;

        while (sent < text->size) {
                ssize_t n = link_write(link, text->data + sent, text->size - sent);

                if (n < 0)
                        return (int) n;
                sent += (size_t) n;
        }

        return 0;
}

static int say(Link *link, const char *const words[], size_t count, Failure *reterr) {
        CLEANUP(text_done) Text text = {};
        char line[LINE_SIZE];
        int r;

        text_append_format(&text, "*%zu\r\n", count);
        for (size_t i = 0; i < count; i++)
                text_append_format(&text, "$%zu\r\n%s\r\n", strlen(words[i]), words[i]);
        if (text.failed)
                return -ENOMEM;

        r = write_all(link, &text);
        explicit_bzero(text.data, text.size);
        if (r >= 0)
                r = read_line(link, line);
        if (r < 0)
                return fail(r, r == -EAGAIN ? strerror(ETIMEDOUT) : strerror(-r), reterr);
        if (line[0] != '+') {
                CLEANUP(freep) char *quoted = string_quote(line, strlen(line), SHOWN_MAX);

                return fail(-EACCES, quoted ?: "refused", reterr);
        }
        return 0;
}

int greet(Link *link, const SharedUrl *url, const char *password, Failure *reterr) {
        char database[16];
        int r = 0;

        if (password && url->user[0])
                r = say(link, (const char *const[]){ "AUTH", url->user, password }, 3, reterr);
        else if (password)
                r = say(link, (const char *const[]){ "AUTH", password }, 2, reterr);
        if (r < 0)
                return r;

        (void) snprintf(database, sizeof(database), "%" PRIu32, url->database);
        return say(link, (const char *const[]){ "SELECT", database }, 2, reterr);
}
