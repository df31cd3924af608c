/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "bus/codec-write.h"
#include "bus/utf8.h"

int codec_append_text(sd_bus_message *m, const char *key, const char *text) {
        CLEANUP(freep) char *valid = NULL;

        if (!text)
                return 0;

        valid = utf8_make_valid(text);
        if (!valid)
                return -ENOMEM;

        return sd_bus_message_append(m, "{sv}", key, "s", valid);
}

int codec_append_port_verdicts(sd_bus_message *m, const PortVerdicts *verdicts) {
        int r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "{qs}");
        if (r < 0)
                return r;

        for (size_t i = 0; i < verdicts->count; i++) {
                r = sd_bus_message_append(
                                m,
                                "{qs}",
                                verdicts->entries[i].port,
                                port_verdict_to_string(verdicts->entries[i].verdict));
                if (r < 0)
                        return r;
        }

        return sd_bus_message_close_container(m);
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

static int append_problem(sd_bus_message *m, const Problem *problem) {
        int r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r < 0)
                return r;

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

        r = codec_append_text(m, "Text", problem->text ?: "");
        if (r < 0)
                return r;

        r = codec_append_text(m, "Hint", problem->hint ?: "");
        if (r < 0)
                return r;

        return sd_bus_message_close_container(m);
}

int codec_append_problems(sd_bus_message *m, const Problems *problems) {
        int r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "a{sv}");
        if (r < 0)
                return r;

        for (size_t i = 0; i < problems->count; i++) {
                r = append_problem(m, &problems->items[i]);
                if (r < 0)
                        return r;
        }

        return sd_bus_message_close_container(m);
}

int codec_open_entry(sd_bus_message *m, const char *key, const char *type) {
        int r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_DICT_ENTRY, "sv");
        if (r < 0)
                return r;

        r = sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, key);
        if (r < 0)
                return r;

        return sd_bus_message_open_container(m, SD_BUS_TYPE_VARIANT, type);
}

int codec_close_entry(sd_bus_message *m) {
        int r;

        r = sd_bus_message_close_container(m);
        if (r < 0)
                return r;

        return sd_bus_message_close_container(m);
}

int codec_append_port_verdicts_entry(
                sd_bus_message *m, const char *key, const PortVerdicts *verdicts) {
        int r;

        r = codec_open_entry(m, key, "a{qs}");
        if (r < 0)
                return r;

        r = codec_append_port_verdicts(m, verdicts);
        if (r < 0)
                return r;

        return codec_close_entry(m);
}

int codec_append_problems_entry(sd_bus_message *m, const char *key, const Problems *problems) {
        int r;

        r = codec_open_entry(m, key, "aa{sv}");
        if (r < 0)
                return r;

        r = codec_append_problems(m, problems);
        if (r < 0)
                return r;

        return codec_close_entry(m);
}

int codec_append_list_entry(sd_bus_message *m, const char *key, const StringList *list) {
        int r;

        r = codec_open_entry(m, key, "as");
        if (r < 0)
                return r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "s");
        if (r < 0)
                return r;

        for (size_t i = 0; i < list->count; i++) {
                r = sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, list->items[i]);
                if (r < 0)
                        return r;
        }

        r = sd_bus_message_close_container(m);
        if (r < 0)
                return r;

        return codec_close_entry(m);
}

static int append_limit(sd_bus_message *m, const MailLimits *limits, MailLimit limit) {
        const MailLimitInfo *info = &mail_limit_infos[limit];

        switch (info->type) {
        case MAIL_LIMIT_TYPE_HOSTS:
        case MAIL_LIMIT_TYPE_USERS:
                return codec_append_list_entry(m, info->key, &limits->lists[limit]);
        case MAIL_LIMIT_TYPE_CHOICE:
                return codec_append_text(m, info->key, mail_limits_choice(limits, limit));
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

int codec_append_limits_entry(sd_bus_message *m, const char *key, const MailLimits *limits) {
        int r;

        r = codec_open_entry(m, key, "a{sv}");
        if (r < 0)
                return r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r < 0)
                return r;

        for (size_t i = 0; i < _MAIL_LIMIT_MAX; i++) {
                if (!limits->set[i])
                        continue;

                r = append_limit(m, limits, (MailLimit) i);
                if (r < 0)
                        return r;
        }

        r = sd_bus_message_close_container(m);
        if (r < 0)
                return r;

        return codec_close_entry(m);
}
