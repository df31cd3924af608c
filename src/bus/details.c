/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>
#include <sys/socket.h>

#include "bus/details.h"
#include "core/clock.h"
#include "util/text.h"

/* bytes of a list */
#define LIST_SIZE_MAX 200

static int append(StringList *details, const char *key, const char *value) {
        int r;

        r = string_list_append(details, key);
        if (r < 0)
                return r;

        return string_list_append(details, value);
}

static int append_flag(StringList *details, const char *key, bool value) {
        return append(details, key, value ? "true" : "false");
}

static int append_text(StringList *details, const char *key, Text *text) {
        CLEANUP(freep) char *value = NULL;
        int r;

        r = text_finish(text, &value, NULL);
        if (r < 0)
                return r;

        return append(details, key, value);
}

static int append_number(StringList *details, const char *key, uint64_t number) {
        CLEANUP(text_done) Text text = {};

        text_append_format(&text, "%" PRIu64, number);
        return append_text(details, key, &text);
}

static int append_list(StringList *details, const char *key, const StringList *list) {
        CLEANUP(text_done) Text text = {};

        for (size_t i = 0; i < list->count && text.size <= LIST_SIZE_MAX; i++)
                text_append_format(&text, "%s%s", i > 0 ? ", " : "", list->items[i]);

        if (text.size > LIST_SIZE_MAX) {
                text_done(&text);
                text_append_format(&text, "%zu entries", list->count);
        }

        return append_text(details, key, &text);
}

static int append_verdicts(StringList *details, const char *key, const PortVerdicts *verdicts) {
        CLEANUP(text_done) Text text = {};

        for (size_t i = 0; i < verdicts->count; i++)
                text_append_format(
                                &text,
                                "%s%u %s",
                                i > 0 ? ", " : "",
                                verdicts->entries[i].port,
                                port_verdict_to_string(verdicts->entries[i].verdict));

        return append_text(details, key, &text);
}

static int append_limit(StringList *details, MailLimit limit, const MailLimits *limits) {
        const MailLimitInfo *info = &mail_limit_infos[limit];
        CLEANUP(text_done) Text text = {};

        if (mail_limit_is_list(limit))
                return append_list(details, info->key, &limits->lists[limit]);
        if (info->type == MAIL_LIMIT_TYPE_BOOL)
                return append_flag(details, info->key, limits->value[limit] > 0);
        if (info->type == MAIL_LIMIT_TYPE_CHOICE)
                return append(details, info->key, mail_limits_choice(limits, limit));

        text_append_format(&text, "%" PRIu64, limits->value[limit]);
        return append_text(details, info->key, &text);
}

static int append_limits(StringList *details, const PolicyChange *change) {
        const MailLimits *limits = &change->values.mail_limits;
        int r = 0;

        for (MailLimit i = 0; r >= 0 && i < _MAIL_LIMIT_MAX; i++) {
                if (change->named[POLICY_KEY_MAIL_LIMITS] && limits->set[i])
                        r = append_limit(details, i, limits);
                else if (change->reset[i])
                        r = append(details, mail_limit_infos[i].key, "unset");
        }

        return r;
}

static int append_value(StringList *details, PolicyKey policy_key, const PolicyChange *change) {
        const Policy *values = &change->values;
        const char *key = policy_key_to_string(policy_key);

        switch (policy_key) {
        case POLICY_KEY_ENABLED:
                return append_flag(details, key, values->enabled);
        case POLICY_KEY_OBSERVE:
                return append_flag(details, key, values->observe);
        case POLICY_KEY_CUT_EXISTING:
                return append_flag(details, key, values->cut_existing == TRISTATE_TRUE);
        case POLICY_KEY_PORT_VERDICTS:
                return append_verdicts(details, key, &values->port_verdicts);
        case POLICY_KEY_ALLOWED_USERS:
                return append_list(details, key, &values->allowed_users);
        case POLICY_KEY_ALLOWED_GROUPS:
                return append_list(details, key, &values->allowed_groups);
        case POLICY_KEY_FORWARDED:
                return append(details, key, forwarded_to_string(values->forwarded));
        case POLICY_KEY_FORWARDED_INTERFACES:
                return append_list(details, key, &values->forwarded_interfaces);
        case POLICY_KEY_FORWARDED_NETWORKS:
                return append_list(details, key, &values->forwarded_networks);
        case POLICY_KEY_CONTACT:
                return append(details, key, values->contact ?: "");
        case POLICY_KEY_DOMAIN_OWNERS:
                return append(details, key, values->domain_owners ?: "");
        case POLICY_KEY_SHARED_COUNTERS:
                return append(details, key, values->shared_counters ?: "");
        case POLICY_KEY_SHARED_SHARE:
                return append_number(details, key, values->shared_share);
        default:
                /* each mail limit stands for itself */
                return 0;
        }
}

static int append_change(StringList *details, const PolicyChange *change) {
        CLEANUP(freep) char *keys = NULL;
        int r;

        keys = change->replace ? strdup("all") : policy_change_describe(change);
        if (!keys)
                return -ENOMEM;

        r = append(details, "keys", keys);
        if (r < 0)
                return r;

        for (PolicyKey key = 0; key < _POLICY_KEY_MAX; key++) {
                if (!change->named[key])
                        continue;

                r = append_value(details, key, change);
                if (r < 0)
                        return r;
        }

        return append_limits(details, change);
}

static bool has_change(JobKind kind) {
        return kind == JOB_CHANGE || kind == JOB_PREVIEW || kind == JOB_CONFIRM ||
               kind == JOB_CANCEL;
}

static int append_where(StringList *details, const Exception *exception) {
        CLEANUP(freep) char *destination = NULL;
        CLEANUP(text_done) Text ports = {};
        int r;

        destination = exception->destination.family == AF_UNSPEC
                                      ? strdup("any")
                                      : network_to_string(&exception->destination);
        if (!destination)
                return -ENOMEM;
        r = append(details, "destination", destination);
        if (r < 0)
                return r;

        for (size_t i = 0; i < exception->port_count; i++)
                text_append_format(&ports, "%s%u", i > 0 ? ", " : "", exception->ports[i]);
        if (exception->port_count == 0)
                text_append_string(&ports, "all");

        return append_text(details, "ports", &ports);
}

/* How long it would be in force from now on, whichever way that was said. */
static int append_expiry(StringList *details, const JobRequest *request) {
        uint64_t at = request->exception->expires_usec, now = clock_now_usec();

        if (request->expires_in > 0)
                return append_number(details, "expires-in", request->expires_in);
        if (at == 0)
                return append(details, "expires-in", "never");

        return append_number(
                        details,
                        "expires-in",
                        at > now ? (at - now + USEC_PER_SEC - 1) / USEC_PER_SEC : 0);
}

static int append_exception(StringList *details, const JobRequest *request) {
        const Exception *exception = request->exception;
        CLEANUP(text_done) Text subject = {};
        int r = 0;

        if (request->exception_id > 0)
                r = append_number(details, "id", request->exception_id);
        if (r < 0 || !exception)
                return r;

        text_append_format(
                        &subject,
                        "%s:%s",
                        subject_kind_to_string(exception->kind),
                        exception->name);
        r = append_text(details, "subject", &subject);
        if (r < 0)
                return r;
        r = append_where(details, exception);
        if (r < 0)
                return r;
        r = append(details, "verdict", exception_verdict_to_string(exception->verdict));
        if (r < 0)
                return r;

        return append_expiry(details, request);
}

int details_append_job(StringList *details, const JobRequest *request) {
        int r;

        assert(details && request && request->action);

        r = append(details, "method", request->action);
        if (r < 0)
                return r;

        if (request->dry_run) {
                r = append_flag(details, "dry-run", true);
                if (r < 0)
                        return r;
        }

        if (request->try_seconds > 0) {
                CLEANUP(text_done) Text text = {};

                text_append_format(&text, "%u", request->try_seconds);
                r = append_text(details, "seconds", &text);
                if (r < 0)
                        return r;
        }

        if (request->kind == JOB_ROLLBACK) {
                CLEANUP(text_done) Text text = {};

                text_append_format(&text, "%ju", (uintmax_t) request->past);
                r = append_text(details, "id", &text);
                if (r < 0)
                        return r;
                return append(details, "keys", "all");
        }

        if (request->kind == JOB_ADD_EXCEPTION || request->kind == JOB_REMOVE_EXCEPTION)
                return append_exception(details, request);

        if (request->attempts.user[0])
                return append(details, "User", request->attempts.user);

        return has_change(request->kind) ? append_change(details, &request->change) : 0;
}
