/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <string.h>

#include "core/nsswitch.h"
#include "util/text.h"

#define BLANKS " \t\r"

/* systemd's names are made up from what runs (DynamicUser=); nobody lists those in a policy. */
static const char *const watched[] = { "files", "compat", "db", "systemd", "mymachines" };

static bool is_watched(const char *name, size_t size) {
        for (size_t i = 0; i < ELEMENTS_OF(watched); i++)
                if (strlen(watched[i]) == size && strncmp(watched[i], name, size) == 0)
                        return true;

        return false;
}

/* "files [NOTFOUND=return] ldap", up to the end of the line or a comment. */
static bool sources_ask_others(const char *sources, const char *end) {
        while (sources < end) {
                size_t size;

                sources += strspn(sources, BLANKS);
                if (sources >= end || *sources == '#')
                        return false;

                if (*sources == '[') {
                        const char *close = memchr(sources, ']', (size_t) (end - sources));

                        if (!close)
                                return false;
                        sources = close + 1;
                        continue;
                }
                size = strcspn(sources, BLANKS "[#\n");
                if (!is_watched(sources, size))
                        return true;
                sources += size;
        }

        return false;
}

static bool line_asks_others(const char *line, const char *end) {
        static const char *const databases[] = { "passwd", "group", "initgroups" };

        line += strspn(line, BLANKS);
        for (size_t i = 0; i < ELEMENTS_OF(databases); i++) {
                const char *rest = string_after_prefix(line, databases[i]);

                if (!rest)
                        continue;
                rest += strspn(rest, BLANKS);
                if (*rest == ':')
                        return sources_ask_others(rest + 1, end);
        }

        return false;
}

bool nsswitch_asks_others(const char *text) {
        while (*text) {
                const char *end = strchrnul(text, '\n');

                if (line_asks_others(text, end))
                        return true;
                text = *end ? end + 1 : end;
        }

        return false;
}
