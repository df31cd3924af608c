/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "bus/codec-write.h"
#include "dbus/containers.h"
#include "util/utf8.h"

static int append_port_verdict(sd_bus_message *m, const void *items, size_t place) {
        const PortVerdicts *verdicts = items;

        return sd_bus_message_append(
                        m,
                        "{qs}",
                        verdicts->entries[place].port,
                        port_verdict_to_string(verdicts->entries[place].verdict));
}

int codec_append_port_verdicts(sd_bus_message *m, const PortVerdicts *verdicts) {
        return array_append(m, "{qs}", append_port_verdict, verdicts, verdicts->count);
}

int codec_append_strings(sd_bus_message *m, const char *const *strings) {
        int r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "s");
        if (r < 0)
                return r;

        for (; *strings; strings++) {
                r = sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, *strings);
                if (r < 0)
                        return r;
        }

        return sd_bus_message_close_container(m);
}

static int append_problem_entries(sd_bus_message *m, const void *subject) {
        const Problem *problem = subject;
        int r;

        r = sd_bus_message_append(
                        m,
                        "{sv}{sv}{sv}{sv}",
                        "Id",
                        "s",
                        problem_id_to_string(problem->id),
                        "Severity",
                        "s",
                        problem_severity_to_string(problem->severity),
                        "Since",
                        "t",
                        problem->since_usec,
                        "More",
                        "a{sv}",
                        0);
        if (r < 0)
                return r;

        r = entry_append_text(m, "Text", problem->text ?: "");
        if (r < 0)
                return r;

        return entry_append_text(m, "Hint", problem->hint ?: "");
}

static int append_problem(sd_bus_message *m, const void *items, size_t place) {
        const Problems *problems = items;

        return dictionary_append(m, append_problem_entries, &problems->items[place]);
}

int codec_append_problems(sd_bus_message *m, const Problems *problems) {
        return array_append(m, "a{sv}", append_problem, problems, problems->count);
}

int codec_append_port_verdicts_entry(
                sd_bus_message *m, const char *key, const PortVerdicts *verdicts) {
        return entry_append_array(m, key, "{qs}", append_port_verdict, verdicts, verdicts->count);
}

int codec_append_problems_entry(sd_bus_message *m, const char *key, const Problems *problems) {
        return entry_append_array(m, key, "a{sv}", append_problem, problems, problems->count);
}

static int append_string(sd_bus_message *m, const void *items, size_t place) {
        const StringList *list = items;

        return sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, list->items[place]);
}

int codec_append_list_entry(sd_bus_message *m, const char *key, const StringList *list) {
        return entry_append_array(m, key, "s", append_string, list, list->count);
}

static int append_limit(sd_bus_message *m, const MailLimits *limits, MailLimit limit) {
        const MailLimitInfo *info = &mail_limit_infos[limit];

        switch (info->type) {
        case MAIL_LIMIT_TYPE_HOSTS:
        case MAIL_LIMIT_TYPE_USERS:
                return codec_append_list_entry(m, info->key, &limits->lists[limit]);
        case MAIL_LIMIT_TYPE_CHOICE:
                return entry_append_text(m, info->key, mail_limits_choice(limits, limit));
        case MAIL_LIMIT_TYPE_U64:
                return sd_bus_message_append(m, "{sv}", info->key, "t", limits->value[limit]);
        case MAIL_LIMIT_TYPE_BOOL:
                return sd_bus_message_append(m, "{sv}", info->key, "b", limits->value[limit] > 0);
        case MAIL_LIMIT_TYPE_U32:
        default:
                return sd_bus_message_append(
                                m, "{sv}", info->key, "u", (uint32_t) limits->value[limit]);
        }
}

static int append_limits(sd_bus_message *m, const void *subject) {
        const MailLimits *limits = subject;

        for (size_t i = 0; i < _MAIL_LIMIT_MAX; i++) {
                int r = limits->set[i] ? append_limit(m, limits, (MailLimit) i) : 0;

                if (r < 0)
                        return r;
        }

        return 0;
}

int codec_append_limits_entry(sd_bus_message *m, const char *key, const MailLimits *limits) {
        return entry_append_dictionary(m, key, append_limits, limits);
}
