/* SPDX-License-Identifier: GPL-2.0-or-later */

/* exim.conf.local of cPanel & WHM: parts of an Exim configuration, each under @NAME@. Main options
 * stand under @CONFIG@. */

#include "import/lines.h"
#include "import/values.h"
#include "policy/policy.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/parse.h"
#include "util/text.h"

#define MAIN_SECTION "@CONFIG@"

typedef struct Option {
        const char *name;
        const char *key;
        NumberBounds bounds;
        bool zero_is_none; /* 0 is not in the bounds of the key: nothing is limited */
} Option;

#define CONNECTIONS                                                                                \
        { 0, SMTP_RESTRICTIONS_CONNECTIONS_MAX }

/* clang-format off */
static const Option options[] = {
        { "smtp_accept_max", SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_MAX, CONNECTIONS, false },
        { "smtp_accept_max_per_host", SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_MAX_PER_HOST, CONNECTIONS, true },
        { "smtp_accept_max_per_connection", SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_MAX_PER_CONNECTION, CONNECTIONS, true },
        { "smtp_accept_queue", SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_QUEUE, CONNECTIONS, true },
        { "smtp_accept_reserve", SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_RESERVE, CONNECTIONS, true },
        { "recipients_max", SMTP_RESTRICTIONS_LIMIT_RECIPIENTS_MAX, { 1, SMTP_RESTRICTIONS_RECIPIENTS_MAX }, true },
        { "message_size_limit", SMTP_RESTRICTIONS_LIMIT_MESSAGE_SIZE_LIMIT,
          { SMTP_RESTRICTIONS_MESSAGE_SIZE_MIN, SMTP_RESTRICTIONS_MESSAGE_SIZE_MAX }, true },
};
/* clang-format on */

/* As Exim reads an integer, but for octal and hexadecimal ones. */
static bool number_from_exim(const char *value, uint64_t *ret) {
        CLEANUP(freep) char *digits = strdup(value);
        size_t size = strlen(value);
        uint64_t factor = 1;

        if (!digits || size == 0)
                return false;

        switch (digits[size - 1]) {
        case 'k':
        case 'K':
                factor = 1024;
                break;
        case 'm':
        case 'M':
                factor = 1024UL * 1024;
                break;
        case 'g':
        case 'G':
                factor = 1024UL * 1024 * 1024;
                break;
        default:
                break;
        }
        if (factor > 1)
                digits[size - 1] = 0;
        if (digits[0] == '0' && digits[1])
                return false;
        if (parse_u64(digits, UINT32_MAX, ret) < 0)
                return false;

        *ret *= factor;
        return true;
}

static void read_number(Import *import, const Option *option, const char *value) {
        uint64_t number;

        if (!number_from_exim(value, &number)) {
                import_remark(import, option->name, value, "It is no plain number; it is left out");
                return;
        }
        if (number == 0 && option->zero_is_none)
                return;
        if (number < option->bounds.min || number > option->bounds.max)
                import_remark(import, option->name, value, "It is out of bounds; it is left out");
        else
                import_set_limit(import, option->key, json_integer((json_int_t) number));
}

/* A list with colons between; those of an IPv6 address are doubled there, and what Exim would have
 * to expand or look up is none of ours. */
static void read_reserve_hosts(Import *import, const char *name, char *value) {
        static const char key[] = SMTP_RESTRICTIONS_LIMIT_SMTP_RESERVE_HOSTS;
        CLEANUP(json_decrefp) json_t *hosts = json_array();
        char *rest = value, *part;

        while (hosts && (part = strsep(&rest, ":"))) {
                part = string_trim(part);
                if (!*part)
                        continue;
                if (policy_check_network(key, part, NULL) < 0)
                        import_remark(import, name, part, "It is no IPv4 address; it is left out");
                else if (json_array_append_new(hosts, json_string(part)) < 0)
                        import->failed = true;
        }

        if (json_array_size(hosts) > 0)
                import_set_limit(import, key, TAKE(hosts));
}

static void read_option(Import *import, const Setting *setting) {
        static const char reserve_hosts[] = "smtp_reserve_hosts";

        for (size_t i = 0; i < ELEMENTS_OF(options); i++)
                if (string_equal(setting->name, options[i].name))
                        read_number(import, &options[i], setting->value);

        if (string_equal(setting->name, reserve_hosts)) {
                CLEANUP(freep) char *copy = strdup(setting->value);

                if (copy)
                        read_reserve_hosts(import, reserve_hosts, copy);
                else
                        import->failed = true;
        }
}

void import_exim_local(Import *import, char *text, size_t size) {
        Lines lines = { .rest = text, .size = size };
        bool is_main = false;
        Setting setting;
        char *line;

        while ((line = lines_next(&lines))) {
                line = string_trim(line);
                if (*line == '@')
                        is_main = string_equal(line, MAIN_SECTION);
                else if (is_main && setting_from_line(line, &setting))
                        read_option(import, &setting);
        }
}
