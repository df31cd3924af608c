/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <strings.h>

#include "import/lines.h"
#include "import/values.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/parse.h"
#include "util/text.h"

static bool is_one_of(const char *value, const char *const words[], size_t count) {
        for (size_t i = 0; i < count; i++)
                if (strcasecmp(value, words[i]) == 0)
                        return true;

        return false;
}

Tristate import_read_flag(Import *import, const char *setting, const char *value) {
        static const char *const yes[] = { "1", "true", "yes", "on" };
        static const char *const no[] = { "0", "false", "no", "off" };

        if (!value)
                return TRISTATE_UNSET;
        if (is_one_of(value, yes, ELEMENTS_OF(yes)))
                return TRISTATE_TRUE;
        if (is_one_of(value, no, ELEMENTS_OF(no)))
                return TRISTATE_FALSE;

        import_remark(import, setting, value, "It is neither on nor off; it is left out");
        return TRISTATE_UNSET;
}

bool import_read_number(
                Import *import,
                const char *setting,
                const char *value,
                const NumberBounds *bounds,
                uint64_t *ret) {
        static const char *const none[] = { "", "unlimited", "undef", "none", "off" };
        uint64_t number;

        if (!value || is_one_of(value, none, ELEMENTS_OF(none)))
                return false;
        if (parse_u64(value, bounds->max, &number) < 0 || (number > 0 && number < bounds->min)) {
                import_remark(import, setting, value, "It is no number in bounds; it is left out");
                return false;
        }

        *ret = number;
        return number > 0;
}

/* `value` as parts between commas, in a copy; empty ones are passed over. */
static char *next_part(char **rest) {
        char *part;

        while ((part = strsep(rest, ","))) {
                part = string_trim(part);
                if (*part)
                        return part;
        }

        return NULL;
}

void import_set_ports(Import *import, const char *setting, const char *value, bool redirect) {
        CLEANUP(freep) char *copy = strdup(value);
        CLEANUP(json_decrefp) json_t *ports = json_object();
        char *rest = copy, *part;
        uint16_t port;

        if (!copy || !ports) {
                import->failed = true;
                return;
        }

        while ((part = next_part(&rest))) {
                CLEANUP(freep) char *name = NULL;

                if (parse_port(part, &port) < 0) {
                        import_remark(import, setting, part, "It is no port; it is left out");
                        continue;
                }
                name = string_format("%u", (unsigned) port);
                if (!name ||
                    json_object_set_new(ports, name, json_string(redirect ? "redirect" : "reject")))
                        import->failed = true;
        }

        /* the service knows no empty list: without one it takes the usual three */
        if (json_object_size(ports) > 0)
                import_set(import, SMTP_RESTRICTIONS_KEY_PORT_VERDICTS, TAKE(ports));
}

void import_set_names(Import *import, const char *setting, const char *value, const char *key) {
        CLEANUP(freep) char *copy = strdup(value);
        CLEANUP(json_decrefp) json_t *names = json_array();
        char *rest = copy, *part;

        if (!copy || !names) {
                import->failed = true;
                return;
        }

        while ((part = next_part(&rest))) {
                json_t *name = json_string(part);

                if (!name || strlen(part) > SMTP_RESTRICTIONS_NAME_SIZE_MAX) {
                        import_remark(import, setting, part, "It is no name; it is left out");
                        json_decref(name);
                } else if (json_array_append_new(names, name) < 0)
                        import->failed = true;
        }

        if (json_array_size(names) > 0)
                import_set(import, key, TAKE(names));
}
