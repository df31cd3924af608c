/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <pwd.h>
#include <string.h>

#include "core/accounts.h"
#include "core/clock.h"
#include "core/identity.h"
#include "util/text.h"
#include "util/utf8.h"

#define USER_NAME_BUFFER 65536

/* Those that deliver to remote servers under their own uid. A submission agent (nullmailer, dma)
 * has none. */
const MtaAccount mta_accounts[] = {
        { "Debian-exim", "Exim" }, { "exim", "Exim" },           { "mailnull", "Exim" },
        { "postfix", "Postfix" },  { "smmta", "Sendmail" },      { "opensmtpd", "OpenSMTPD" },
        { "_smtpd", "OpenSMTPD" }, { "smtpd", "OpenSMTPD" },     { "courier", "Courier" },
        { "qmailr", "qmail" },     { "nullmail", "nullmailer" },
};
const size_t mta_accounts_count = ELEMENTS_OF(mta_accounts);

static const char *const mailman_accounts[] = { "mailman", "list" };

typedef struct Resolver {
        Accounts accounts;
        const HostFacts *before; /* borrowed; may be NULL */
        HostFacts facts;
} Resolver;

static void resolver_done(Resolver *resolver) {
        accounts_done(&resolver->accounts);
        host_facts_done(&resolver->facts);
}

/* The number that a name had before: for when NSS cannot say now. */
static bool find_before(const AllowedIds *ids, const char *name, uid_t *ret) {
        for (size_t i = 0; i < ids->count; i++)
                if (string_equal(ids->items[i].name, name)) {
                        *ret = ids->items[i].id;
                        return true;
                }

        return false;
}

/* Return: 1, 0 when there is no such user, or a negative errno with UnknownName. */
static int resolve_user(
                const Resolver *resolver,
                const char *key,
                const char *name,
                uid_t *ret,
                Failure *reterr) {
        int r = accounts_find_user(&resolver->accounts, name, ret);

        if (r >= 0 || r == -ENOMEM)
                return r;
        if (resolver->before && (find_before(&resolver->before->uids, name, ret) ||
                                 find_before(&resolver->before->denied, name, ret)))
                return 1;

        return failure_set(
                        reterr,
                        r,
                        FAILURE_UNKNOWN_NAME,
                        "%s: the user '%s' cannot be looked up now: %s",
                        key,
                        name,
                        strerror(-r));
}

/* An account that may or may not be there. */
static int add_account(Resolver *resolver, const char *name, Because because, const char *detail) {
        uid_t uid;
        int r;

        r = resolve_user(resolver, SMTP_RESTRICTIONS_KEY_ALLOWED_USERS, name, &uid, NULL);
        if (r == -ENOMEM)
                return r;
        if (r <= 0)
                return 0;

        return allowed_ids_append(&resolver->facts.uids, uid, because, name, detail);
}

static int add_always_allowed(Resolver *resolver, const char *exim_user) {
        int r;

        r = allowed_ids_append(&resolver->facts.uids, 0, BECAUSE_ROOT, "root", NULL);
        if (r < 0)
                return r;

        for (size_t i = 0; i < mta_accounts_count; i++) {
                r = add_account(resolver,
                                mta_accounts[i].account,
                                BECAUSE_MTA,
                                mta_accounts[i].mta);
                if (r < 0)
                        return r;
        }
        if (exim_user) {
                r = add_account(resolver, exim_user, BECAUSE_MTA, "Exim");
                if (r < 0)
                        return r;
        }

        for (size_t i = 0; i < ELEMENTS_OF(mailman_accounts); i++) {
                r = add_account(resolver, mailman_accounts[i], BECAUSE_MAILMAN, NULL);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int unknown_name(const char *key, const char *kind, const char *name, Failure *reterr) {
        return failure_set(
                        reterr,
                        -ENXIO,
                        FAILURE_UNKNOWN_NAME,
                        "%s: no %s named '%s'",
                        key,
                        kind,
                        name);
}

/* A list of users that the policy names. */
typedef struct UserList {
        const char *key;
        const StringList *names;
        const StringList *known; /* those that may have vanished; NULL: any */
        Because because;
        AllowedIds *ids;
        StringList *unknown;
} UserList;

static int add_user_list(Resolver *resolver, const UserList *list, Failure *reterr) {
        for (size_t i = 0; i < list->names->count; i++) {
                const char *name = list->names->items[i];
                uid_t uid;
                int r;

                r = resolve_user(resolver, list->key, name, &uid, reterr);
                if (r < 0)
                        return r;
                if (r == 0 && list->known && !string_list_has_sorted(list->known, name))
                        return unknown_name(list->key, "user", name, reterr);

                r = r > 0 ? allowed_ids_append(list->ids, uid, list->because, name, NULL)
                          : string_list_append(list->unknown, name);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int add_users(
                Resolver *resolver, const Policy *policy, const Policy *known, Failure *reterr) {
        const MailLimit denied = MAIL_LIMIT_DENIED_MAIL_USERS;
        const UserList lists[] = {
                { SMTP_RESTRICTIONS_KEY_ALLOWED_USERS,
                  &policy->allowed_users,
                  known ? &known->allowed_users : NULL,
                  BECAUSE_ALLOWED_USER,
                  &resolver->facts.uids,
                  &resolver->facts.unknown_users },
                { mail_limit_infos[denied].key,
                  &policy->mail_limits.lists[denied],
                  known ? &known->mail_limits.lists[denied] : NULL,
                  BECAUSE_DENIED_MAIL_USER,
                  &resolver->facts.denied,
                  &resolver->facts.unknown_denied },
        };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ELEMENTS_OF(lists); i++)
                r = add_user_list(resolver, &lists[i], reterr);

        return r;
}

/* Who has the group as primary group, as far as /etc/passwd knows; and its listed members. */
static int add_members(Resolver *resolver, const char *name, const GroupEntry *group) {
        int r;

        for (size_t i = 0; i < resolver->accounts.count; i++) {
                const Account *account = &resolver->accounts.items[i];

                if (account->gid != group->gid)
                        continue;
                r = allowed_ids_append(
                                &resolver->facts.uids,
                                account->uid,
                                BECAUSE_ALLOWED_GROUP,
                                account->name,
                                name);
                if (r < 0)
                        return r;
        }

        for (char **member = group->members; *member; member++) {
                r = add_account(resolver, *member, BECAUSE_ALLOWED_GROUP, name);
                if (r < 0)
                        return r;
        }

        return allowed_ids_append(
                        &resolver->facts.gids, group->gid, BECAUSE_ALLOWED_GROUP, name, name);
}

/* NSS cannot say who is in the group: keep everybody who was. */
static int keep_members(Resolver *resolver, const char *name, bool *ret_kept) {
        const HostFacts *before = resolver->before;
        uid_t gid;

        *ret_kept = before && find_before(&before->gids, name, &gid);
        if (!*ret_kept)
                return 0;

        for (size_t i = 0; i < before->uids.count; i++) {
                const AllowedId *id = &before->uids.items[i];
                int r;

                if (id->because != BECAUSE_ALLOWED_GROUP || !string_equal(id->detail, name))
                        continue;
                r = allowed_ids_append(
                                &resolver->facts.uids,
                                id->id,
                                BECAUSE_ALLOWED_GROUP,
                                id->name,
                                name);
                if (r < 0)
                        return r;
        }

        return allowed_ids_append(&resolver->facts.gids, gid, BECAUSE_ALLOWED_GROUP, name, name);
}

static int add_group(Resolver *resolver, const char *name, const Policy *known, Failure *reterr) {
        CLEANUP(group_entry_done) GroupEntry group = {};
        bool kept;
        int error, r;

        error = accounts_find_group(name, &group);
        if (error > 0)
                return add_members(resolver, name, &group);
        if (error == -ENOMEM)
                return error;

        if (error < 0) {
                r = keep_members(resolver, name, &kept);
                if (r < 0 || kept)
                        return r;
                return failure_set(
                                reterr,
                                error,
                                FAILURE_UNKNOWN_NAME,
                                "%s: the group '%s' cannot be looked up now: %s",
                                SMTP_RESTRICTIONS_KEY_ALLOWED_GROUPS,
                                name,
                                strerror(-error));
        }

        if (known && !string_list_has_sorted(&known->allowed_groups, name))
                return unknown_name(SMTP_RESTRICTIONS_KEY_ALLOWED_GROUPS, "group", name, reterr);

        return string_list_append(&resolver->facts.unknown_groups, name);
}

int identity_resolve(
                const Policy *policy,
                const Policy *known,
                const char *exim_user,
                const HostFacts *before,
                HostFacts *ret,
                Failure *reterr) {
        CLEANUP(resolver_done) Resolver resolver = { .before = before };
        const SubjectIds none = {};
        int r;

        r = accounts_read(&resolver.accounts);
        if (r < 0)
                return r;
        r = add_always_allowed(&resolver, exim_user);
        if (r < 0)
                return r;
        r = add_users(&resolver, policy, known, reterr);
        if (r < 0)
                return r;

        for (size_t i = 0; i < policy->allowed_groups.count; i++) {
                r = add_group(&resolver, policy->allowed_groups.items[i], known, reterr);
                if (r < 0)
                        return r;
        }

        r = identity_resolve_subjects(
                        &policy->exceptions,
                        &resolver.accounts,
                        before ? &before->subjects : &none,
                        &resolver.facts.subjects,
                        reterr);
        if (r < 0)
                return r;

        allowed_ids_sort(&resolver.facts.uids);
        allowed_ids_sort(&resolver.facts.gids);
        allowed_ids_sort(&resolver.facts.denied);
        resolver.facts.verdicts = port_verdicts_default;

        *ret = resolver.facts;
        resolver.facts = (HostFacts){};
        return 0;
}

char *identity_user_name(uint32_t uid) {
        CLEANUP(freep) char *buffer = malloc(USER_NAME_BUFFER);
        struct passwd entry, *found = NULL;

        if (!buffer || getpwuid_r(uid, &entry, buffer, USER_NAME_BUFFER, &found) != 0 || !found)
                return NULL;

        return utf8_make_valid(entry.pw_name);
}

int identity_begin_change(const char *action, uint32_t uid, LastChange *ret) {
        CLEANUP(last_change_done)
        LastChange change = { .when_usec = clock_now_usec(), .uid = uid };

        change.action = strdup(action);
        change.outcome = strdup("done");
        change.user = identity_user_name(uid);
        if (!change.action || !change.outcome)
                return -ENOMEM;

        *ret = change;
        change = (LastChange){};
        return 0;
}
