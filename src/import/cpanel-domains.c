/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What cPanel & WHM limits by domain: in maxemails, and in the files of the accounts. */

#include "import/lines.h"
#include "import/values.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/text.h"

#define DOMAIN_MAX 253 /* bytes */

#define ACCOUNT_HOURLY       "MAX_EMAIL_PER_HOUR"
#define ACCOUNT_FAIL_PERCENT "MAX_DEFER_FAIL_PERCENTAGE"

static const NumberBounds rate = { 1, SMTP_RESTRICTIONS_RATE_MAX };

static bool is_domain(const char *name) {
        static const char characters[] =
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
        size_t size = strlen(name);

        return size > 0 && size <= DOMAIN_MAX && strspn(name, characters) == size &&
               name[0] != '.' && name[0] != '-' && name[size - 1] != '.';
}

/* The meter knows domains in lower case. */
static char *subject_of_domain(const char *domain) {
        char *subject = string_format("domain:%s", domain);

        for (char *c = subject; c && *c; c++)
                if (*c >= 'A' && *c <= 'Z')
                        *c = (char) (*c - 'A' + 'a');

        return subject;
}

/* `replace`: also what was set for it by another line. */
static void limit_domain(Import *import, const char *domain, uint64_t hourly, bool replace) {
        CLEANUP(freep) char *subject = subject_of_domain(domain);

        if (!subject) {
                import->failed = true;
                return;
        }
        if (!replace && json_object_get(import->subjects, subject))
                return;
        if (json_object_set_new(
                            import->subjects,
                            subject,
                            json_pack("{sI}",
                                      SMTP_RESTRICTIONS_SUBJECT_HOURLY,
                                      (json_int_t) hourly)) < 0)
                import->failed = true;
}

static void read_domain(Import *import, const char *domain, const char *value) {
        uint64_t hourly;

        if (!is_domain(domain))
                import_remark(import, domain, value, "It is no domain; it is left out");
        else if (import_read_number(import, domain, value, &rate, &hourly))
                limit_domain(import, domain, hourly, true);
}

void import_max_emails(Import *import, char *text, size_t size) {
        Lines lines = { .rest = text, .size = size };
        Setting setting;
        char *line;

        while ((line = lines_next(&lines)))
                if (setting_from_line(line, &setting))
                        read_domain(import, setting.name, setting.value);
}

static bool add_domain(json_t *users, const char *user, const char *domain) {
        json_t *domains = json_object_get(users, user);

        if (!domains) {
                domains = json_array();
                if (json_object_set_new(users, user, domains) < 0)
                        return false;
        }

        return json_array_append_new(domains, json_string(domain)) >= 0;
}

json_t *import_user_domains(char *text, size_t size) {
        CLEANUP(json_decrefp) json_t *users = json_object();
        Lines lines = { .rest = text, .size = size };
        char *line;

        while (users && (line = lines_next(&lines))) {
                CLEANUP(json_decrefp) json_t *user = NULL;
                char *colon = strchr(line, ':');

                if (!colon)
                        continue;
                *colon = 0;
                line = string_trim(line);
                user = json_string(string_trim(colon + 1));
                /* "*: nobody" stands for all others */
                if (!user || json_string_length(user) == 0 || !is_domain(line))
                        continue;
                if (!add_domain(users, json_string_value(user), line))
                        return NULL;
        }

        return TAKE(users);
}

void import_account(Import *import, char *text, size_t size, const json_t *domains) {
        Lines lines = { .rest = text, .size = size };
        uint64_t number, hourly = 0;
        const json_t *domain;
        Setting setting;
        char *line;
        size_t i;

        while ((line = lines_next(&lines))) {
                const char *of_domain;

                if (!setting_from_line(line, &setting))
                        continue;

                of_domain = string_after_prefix(setting.name, ACCOUNT_HOURLY "-");
                if (of_domain)
                        read_domain(import, of_domain, setting.value);
                else if (string_equal(setting.name, ACCOUNT_HOURLY))
                        hourly = import_read_number(
                                                 import,
                                                 setting.name,
                                                 setting.value,
                                                 &rate,
                                                 &number)
                                                 ? number
                                                 : 0;
                else if (string_after_prefix(setting.name, ACCOUNT_FAIL_PERCENT) &&
                         import_read_number(import, setting.name, setting.value, &rate, &number))
                        import_remark(import,
                                      setting.name,
                                      setting.value,
                                      "FailDeferPercent is the same for all domains");
        }

        /* a domain's own value counts, wherever its line stands */
        json_array_foreach((json_t *) domains, i, domain) {
                if (hourly > 0)
                        limit_domain(import, json_string_value(domain), hourly, false);
        }
}
