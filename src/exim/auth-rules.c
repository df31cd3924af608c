/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "exim/hook-rules.h"

const char *auth_rules_key(const MailLimits *limits) {
        const MailLimit limit = MAIL_LIMIT_REQUIRE_AUTH;

        return mail_limits_value(limits, limit, 0) > 0 ? mail_limit_infos[limit].key : NULL;
}

/* As the text of a message, in which Exim expands variables. */
static void append_message(Text *text, const char *words) {
        for (const char *s = words; *s; s++) {
                if (*s == '$' || *s == '\\')
                        text_append(text, "\\", 1);
                text_append(text, *s >= ' ' && *s <= '~' ? s : "?", 1);
        }
}

/* Relaying needs AUTH, but for this host and those that are excepted. */
void auth_rules_append(Text *text, const HookInput *input) {
        const StringList *hosts = &input->limits->lists[MAIL_LIMIT_RELAY_EXCEPTIONS];
        const StringList *domains = &input->facts->own_domains;

        text_append_string(
                        text,
                        "# Relaying needs AUTH, but from this host, by its programs (the empty "
                        "list), and\n# from the RelayExceptions.\n"
                        "accept authenticated = *\n"
                        "accept hosts = :\n"
                        "accept hosts = <; 127.0.0.0/8 ; ::1 ; @[]\n");
        if (input->limits->set[MAIL_LIMIT_RELAY_EXCEPTIONS]) {
                text_append_string(text, "accept hosts = <;");
                for (size_t i = 0; i < hosts->count; i++)
                        text_append_format(text, "%s %s", i > 0 ? " ;" : "", hosts->items[i]);
                text_append_string(text, "\n");
        }

        text_append_string(text, "accept domains =");
        for (size_t i = 0; i < domains->count; i++)
                text_append_format(text, "%s +%s", i > 0 ? " :" : "", domains->items[i]);
        text_append_string(text, "\ndeny   message = 5.7.1 authentication required");
        if (input->contact && input->contact[0]) {
                text_append_string(text, "; contact ");
                append_message(text, input->contact);
        }
        text_append_string(text, "\n");
}
