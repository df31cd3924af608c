/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "policy/exception.h"
#include "policy/plain-text.h"
#include "policy/policy.h"
#include "util/text.h"

#define VALUE_SHOWN_MAX 64 /* bytes of a stranger's value in a text */

static const char *const subject_kind_names[_SUBJECT_KIND_MAX] = {
        [SUBJECT_USER] = "user",
        [SUBJECT_GROUP] = "group",
        [SUBJECT_INTERFACE] = "interface",
};

static const char *const verdict_names[_EXCEPTION_VERDICT_MAX] = {
        [EXCEPTION_REJECT] = "reject",
        [EXCEPTION_REDIRECT] = "redirect",
        [EXCEPTION_OBSERVE] = "observe",
        [EXCEPTION_ALLOW] = "allow",
};

const char *subject_kind_to_string(SubjectKind kind) {
        assert(kind < _SUBJECT_KIND_MAX);

        return subject_kind_names[kind];
}

const char *exception_verdict_to_string(ExceptionVerdict verdict) {
        assert(verdict < _EXCEPTION_VERDICT_MAX);

        return verdict_names[verdict];
}

Exception *exception_ref(Exception *exception) {
        (void) __atomic_add_fetch(&exception->references, 1, __ATOMIC_RELAXED);
        return exception;
}

Exception *exception_unref(Exception *exception) {
        if (!exception || __atomic_sub_fetch(&exception->references, 1, __ATOMIC_ACQ_REL) > 0)
                return NULL;

        free(exception->name);
        free(exception->reason);
        free(exception->granted_by);
        free(exception);
        return NULL;
}

static int refuse(const char *key, const char *value, const char *why, Failure *reterr) {
        CLEANUP(freep) char *quoted = string_quote(value, strlen(value), VALUE_SHOWN_MAX);

        return failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "%s: '%s' %s",
                        key,
                        quoted ?: "?",
                        why);
}

static int check_account(const char *name, Failure *reterr) {
        static const char key[] = SMTP_RESTRICTIONS_EXCEPTION_SUBJECT;
        int r;

        r = policy_check_name(key, name, reterr);
        if (r < 0)
                return r;
        /* an id would go on to mean somebody else once it is used again */
        if (strspn(name, "0123456789") == strlen(name))
                return refuse(key, name, "is a number; name the user or group", reterr);

        return 0;
}

int subject_parse(const char *text, SubjectKind *ret_kind, const char **ret_name, Failure *reterr) {
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++) {
                const char *name = string_after_prefix(text, subject_kind_names[i]);
                int r;

                if (!name || name[0] != ':')
                        continue;
                name++;

                r = i == SUBJECT_INTERFACE ? policy_check_interface(
                                                             SMTP_RESTRICTIONS_EXCEPTION_SUBJECT,
                                                             name,
                                                             reterr)
                                           : check_account(name, reterr);
                if (r < 0)
                        return r;

                *ret_kind = (SubjectKind) i;
                *ret_name = name;
                return 0;
        }

        return refuse(SMTP_RESTRICTIONS_EXCEPTION_SUBJECT,
                      text,
                      "is none of user:NAME, group:NAME and interface:NAME",
                      reterr);
}

static int port_compare(const void *a, const void *b) {
        return (int) *(const uint16_t *) a - (int) *(const uint16_t *) b;
}

static int set_ports(Exception *exception, const ExceptionInput *input, Failure *reterr) {
        static const char key[] = SMTP_RESTRICTIONS_EXCEPTION_PORTS;
        size_t kept = 0;
        int r;

        if (input->port_count == 0)
                return 0;
        r = policy_check_count(key, input->port_count, 0, ELEMENTS_OF(exception->ports), reterr);
        if (r < 0)
                return r;

        memcpy(exception->ports, input->ports, input->port_count * sizeof(*input->ports));
        qsort(exception->ports, input->port_count, sizeof(*exception->ports), port_compare);
        if (exception->ports[0] == 0)
                return refuse(key, "0", "is not a port, 1 to 65535", reterr);

        for (size_t i = 1; i < input->port_count; i++)
                if (exception->ports[i] != exception->ports[kept])
                        exception->ports[++kept] = exception->ports[i];
        exception->port_count = kept + 1;
        memset(exception->ports + kept + 1,
               0,
               sizeof(exception->ports) - (kept + 1) * sizeof(*exception->ports));
        return 0;
}

/* The addresses behind a name are others tomorrow; what can be granted instead is the port. */
static int refuse_host_name(
                const Exception *exception, const ExceptionInput *input, Failure *reterr) {
        CLEANUP(freep)
        char *quoted = string_quote(
                        input->destination, strlen(input->destination), VALUE_SHOWN_MAX);
        CLEANUP(text_done) Text ports = {};
        CLEANUP(freep) char *words = NULL;
        size_t size;
        int r;

        for (size_t i = 0; i < exception->port_count; i++)
                text_append_format(&ports, " %u", exception->ports[i]);
        if (exception->port_count == 0)
                text_append_string(&ports, " 587");
        r = text_finish(&ports, &words, &size);
        if (r < 0)
                return r;

        return failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "%s: '%s' is no address, and the addresses of a name change; allow the "
                        "port to any destination instead: AddException a{sv} 3 Subject s %s Ports "
                        "aq %zu%s Reason s ...",
                        SMTP_RESTRICTIONS_EXCEPTION_DESTINATION,
                        quoted ?: "?",
                        input->subject,
                        MAX_OF(exception->port_count, (size_t) 1),
                        words);
}

static int set_destination(Exception *exception, const ExceptionInput *input, Failure *reterr) {
        int r;

        if (!input->destination)
                return 0;

        r = network_from_string(input->destination, &exception->destination);
        if (r == 0)
                return 0;
        if (r == HOST_E_SYNTAX && input->destination[strspn(input->destination, "0123456789./")])
                return refuse_host_name(exception, input, reterr);

        return refuse(SMTP_RESTRICTIONS_EXCEPTION_DESTINATION,
                      input->destination,
                      host_error_to_string(r),
                      reterr);
}

static int set_verdict(Exception *exception, const char *verdict, Failure *reterr) {
        for (size_t i = 0; i < _EXCEPTION_VERDICT_MAX; i++)
                if (string_equal(verdict ?: "allow", verdict_names[i])) {
                        exception->verdict = (ExceptionVerdict) i;
                        return 0;
                }

        return refuse(SMTP_RESTRICTIONS_EXCEPTION_VERDICT,
                      verdict,
                      "is none of allow, reject, redirect and observe",
                      reterr);
}

static int check_reason(const char *reason, Failure *reterr) {
        static const char key[] = SMTP_RESTRICTIONS_EXCEPTION_REASON;

        if (!reason || reason[0] == 0)
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: is missing; say why, for whoever reads it in a year",
                                key);
        if (strlen(reason) > SMTP_RESTRICTIONS_REASON_SIZE_MAX)
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: a text of %zu bytes is longer than %d",
                                key,
                                strlen(reason),
                                SMTP_RESTRICTIONS_REASON_SIZE_MAX);
        if (plain_text_check(reason) != 0)
                return refuse(key, reason, "is not plain text in UTF-8", reterr);

        return 0;
}

static int set_subject(Exception *exception, const char *subject, Failure *reterr) {
        const char *name;
        int r;

        if (!subject)
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: is missing",
                                SMTP_RESTRICTIONS_EXCEPTION_SUBJECT);
        r = subject_parse(subject, &exception->kind, &name, reterr);
        if (r < 0)
                return r;

        exception->name = strdup(name);
        return exception->name ? 0 : -ENOMEM;
}

int exception_new(const ExceptionInput *input, Exception **ret, Failure *reterr) {
        CLEANUP(exception_unrefp) Exception *exception = calloc(1, sizeof(*exception));
        int r;

        if (!exception)
                return -ENOMEM;
        exception->references = 1;
        exception->expires_usec = input->expires_usec;
        exception->granted_usec = input->granted_usec;

        r = set_subject(exception, input->subject, reterr);
        if (r < 0)
                return r;
        r = set_ports(exception, input, reterr);
        if (r < 0)
                return r;
        r = set_destination(exception, input, reterr);
        if (r < 0)
                return r;
        r = set_verdict(exception, input->verdict, reterr);
        if (r < 0)
                return r;
        if (exception->kind == SUBJECT_INTERFACE && exception->verdict == EXCEPTION_REDIRECT)
                return refuse(SMTP_RESTRICTIONS_EXCEPTION_VERDICT,
                              input->verdict,
                              "is not for forwarded traffic, which no user of this host owns",
                              reterr);
        r = check_reason(input->reason, reterr);
        if (r < 0)
                return r;

        if (input->granted_by && plain_text_check(input->granted_by) != 0)
                return refuse(SMTP_RESTRICTIONS_EXCEPTION_GRANTED_BY,
                              input->granted_by,
                              "is not plain text in UTF-8",
                              reterr);

        exception->reason = strdup(input->reason);
        exception->granted_by = strdup(input->granted_by ?: "");
        if (!exception->reason || !exception->granted_by)
                return -ENOMEM;

        *ret = TAKE(exception);
        return 0;
}

bool exception_key_equal(const Exception *a, const Exception *b) {
        return a->kind == b->kind && a->port_count == b->port_count &&
               memcmp(a->ports, b->ports, a->port_count * sizeof(*a->ports)) == 0 &&
               network_equal(&a->destination, &b->destination) && string_equal(a->name, b->name);
}

bool exception_is_expired(const Exception *exception, uint64_t now_usec) {
        return exception->expires_usec > 0 && exception->expires_usec <= now_usec;
}
