/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/unknown-names.h"
#include "util/text.h"

#define NAMES_SHOWN 10

/* One Problem for all names of a kind: of 50,000 users any number may have gone. */
static int names_to_problem(
                const StringList *names, const char *kind, const char *key, Problems *problems) {
        CLEANUP(text_done) Text text = {};
        char *words;
        int r;

        if (names->count == 0)
                return 0;

        text_append_format(&text, "%s: there is no %s any more named", key, kind);
        for (size_t i = 0; i < MIN_OF(names->count, (size_t) NAMES_SHOWN); i++)
                text_append_format(&text, "%s '%s'", i > 0 ? "," : "", names->items[i]);
        if (names->count > NAMES_SHOWN)
                text_append_format(&text, ", and %zu more", names->count - NAMES_SHOWN);
        r = text_finish(&text, &words, NULL);
        if (r < 0)
                return r;

        return problems_add(
                        problems,
                        PROBLEM_NAME_UNKNOWN,
                        PROBLEM_SEVERITY_WARNING,
                        words,
                        string_format("Remove it from %s, or make it again and run "
                                      "smtp-restrictionsctl reload",
                                      key));
}

static int find_of_exceptions(
                const Policy *policy,
                const HostFacts *facts,
                SubjectKind kind,
                Problems *problems) {
        CLEANUP(string_list_done) StringList names = {};
        int r;

        for (size_t i = 0; i < policy->exceptions.count; i++) {
                const Exception *exception = policy->exceptions.items[i];

                if (exception->kind != kind ||
                    subject_ids_find(&facts->subjects, kind, exception->name))
                        continue;
                r = string_list_append(&names, exception->name);
                if (r < 0)
                        return r;
        }

        string_list_sort_unique(&names);
        return names_to_problem(&names, subject_kind_to_string(kind), "exceptions", problems);
}

int unknown_names_find(const Policy *policy, const HostFacts *facts, Problems *problems) {
        int r;

        r = names_to_problem(
                        &facts->unknown_users,
                        "user",
                        SMTP_RESTRICTIONS_KEY_ALLOWED_USERS,
                        problems);
        if (r < 0)
                return r;
        r = names_to_problem(
                        &facts->unknown_groups,
                        "group",
                        SMTP_RESTRICTIONS_KEY_ALLOWED_GROUPS,
                        problems);
        if (r < 0)
                return r;
        r = names_to_problem(
                        &facts->unknown_denied,
                        "user",
                        SMTP_RESTRICTIONS_LIMIT_DENIED_MAIL_USERS,
                        problems);
        if (r < 0)
                return r;
        r = find_of_exceptions(policy, facts, SUBJECT_USER, problems);
        if (r < 0)
                return r;

        return find_of_exceptions(policy, facts, SUBJECT_GROUP, problems);
}
