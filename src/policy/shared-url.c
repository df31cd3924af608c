/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "policy/shared-url.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/parse.h"
#include "util/text.h"

#define DATABASE_MAX 65535
#define PORT_DEFAULT "6379"

static int refuse(const char *what, Failure *reterr) {
        return failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        SMTP_RESTRICTIONS_KEY_SHARED_COUNTERS ": %s",
                        what);
}

/* Nothing in them needs to be quoted anywhere. */
static bool take_word(const char *data, size_t size, const char *also, char *ret) {
        for (size_t i = 0; i < size; i++) {
                char c = data[i];

                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      strchr(also, c)) ||
                    !c)
                        return false;
        }
        if (size == 0 || size >= SHARED_URL_PART_SIZE)
                return false;

        memcpy(ret, data, size);
        ret[size] = 0;
        return true;
}

/* HOST, HOST:PORT, [ADDRESS], [ADDRESS]:PORT */
static int read_place(const char *text, size_t size, SharedUrl *url, Failure *reterr) {
        const char *end = text + size;
        const char *host_end;
        uint16_t port;

        if (text[0] == '[') {
                host_end = memchr(text, ']', size);
                if (!host_end ||
                    !take_word(text + 1, (size_t) (host_end - text) - 1, ":.", url->host))
                        return refuse("what is between [ and ] is no address", reterr);
                host_end++;
        } else {
                host_end = memchr(text, ':', size) ?: end;
                if (!take_word(text, (size_t) (host_end - text), ".-_", url->host))
                        return refuse("there is no name of a host in it", reterr);
        }

        (void) strcpy(url->port, PORT_DEFAULT);
        if (host_end == end)
                return 0;
        if (*host_end != ':' || end - host_end - 1 >= (ptrdiff_t) sizeof(url->port))
                return refuse("what is behind the host is no port", reterr);
        memcpy(url->port, host_end + 1, (size_t) (end - host_end) - 1);
        url->port[end - host_end - 1] = 0;
        if (parse_port(url->port, &port) < 0)
                return refuse("what is behind the host is no port", reterr);
        return 0;
}

static int read_database(const char *text, SharedUrl *url, Failure *reterr) {
        if (text[0] && parse_u32(text, DATABASE_MAX, &url->database) < 0)
                return refuse("what is behind the last / is no number of a database", reterr);
        return 0;
}

int shared_url_from_text(const char *text, SharedUrl *ret, Failure *reterr) {
        SharedUrl url = {};
        const char *rest, *at, *slash;
        int r;

        assert(text && ret);

        if (strlen(text) > SMTP_RESTRICTIONS_SHARED_COUNTERS_SIZE_MAX)
                return refuse("it is too long", reterr);

        rest = string_after_prefix(text, "redis://");
        if (!rest) {
                rest = string_after_prefix(text, "rediss://");
                url.is_tls = true;
        }
        if (!rest)
                return refuse("begins neither with redis:// nor with rediss://", reterr);

        at = strrchr(rest, '@');
        if (at && memchr(rest, ':', (size_t) (at - rest)))
                return refuse("a password belongs into a file: see smtp-restrictions-shared(8)",
                              reterr);
        if (at && !take_word(rest, (size_t) (at - rest), ".-_", url.user))
                return refuse("what is before the @ is no name of a user", reterr);
        if (at)
                rest = at + 1;

        slash = strchrnul(rest, '/');
        r = read_place(rest, (size_t) (slash - rest), &url, reterr);
        if (r >= 0)
                r = read_database(*slash ? slash + 1 : "", &url, reterr);
        if (r < 0)
                return r;

        *ret = url;
        return 0;
}
