/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <errno.h>

#include "exim/hooks.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/digest.h"
#include "util/text.h"

/* as many digits of its digest as a file's name has */
#define NAME_DIGITS 16

#define ACL_HEADER                                                                                 \
        "# Made by smtp-restrictions from its policy. Changes here are lost: see "                 \
        "smtp-restrictionsctl(1).\n"

typedef struct HookInput {
        const EximHookFacts *facts;
        const MailLimits *limits;
        const char *contact;
} HookInput;

static bool wants_auth(const MailLimits *limits) {
        return limits->set[MAIL_LIMIT_REQUIRE_AUTH] && limits->value[MAIL_LIMIT_REQUIRE_AUTH] > 0;
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
static void append_auth_rules(Text *text, const HookInput *input) {
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

/*
 * A hook is a row. What is asked there comes from limits: `is_wanted` and `append_rules` will each
 * be a list of them once there are two.
 */
static const struct {
        const char *option; /* of the main section */
        const char *macro;  /* by which Debian's files set it */
        const char *name;   /* of the files */
        const char *key;    /* in texts: who wants it */
        const char *unset;  /* what Exim does where the administrator has no ACL there */
        bool (*is_wanted)(const MailLimits *limits);
        void (*append_rules)(Text *text, const HookInput *input);
} infos[_EXIM_HOOK_MAX] = {
        [EXIM_HOOK_RCPT] = {
                .option = "acl_smtp_rcpt",
                .macro = "MAIN_ACL_CHECK_RCPT",
                .name = "rcpt",
                .key = SMTP_RESTRICTIONS_LIMIT_REQUIRE_AUTH,
                .unset = "Exim refuses every recipient over SMTP, with AUTH or without",
                .is_wanted = wants_auth,
                .append_rules = append_auth_rules,
        },
};

const char *exim_hook_option(EximHook hook) {
        return infos[hook].option;
}

void exim_hook_facts_done(EximHookFacts *facts) {
        for (size_t i = 0; i < _EXIM_HOOK_MAX; i++)
                free(facts->values[i]);
        string_list_done(&facts->own_domains);
        *facts = (EximHookFacts){};
}

void exim_hooks_done(EximHooks *hooks) {
        for (size_t i = 0; i < hooks->acl_count; i++) {
                free(hooks->acls[i].path);
                free(hooks->acls[i].text);
        }
        for (size_t i = 0; i < _EXIM_HOOK_MAX; i++)
                free(hooks->pointers[i]);
        *hooks = (EximHooks){};
}

bool exim_hooks_are_wanted(const MailLimits *limits) {
        for (size_t i = 0; i < _EXIM_HOOK_MAX; i++)
                if (infos[i].is_wanted(limits))
                        return true;

        return false;
}

static int out_of_memory(Failure *reterr) {
        return failure_set(reterr, -ENOMEM, FAILURE_INTERNAL, "Out of memory");
}

static int refuse(EximHook hook, const char *value, const char *why, Failure *reterr) {
        CLEANUP(freep) char *quoted = string_quote(value, strlen(value), 80);

        return failure_set(
                        reterr,
                        -EOPNOTSUPP,
                        FAILURE_EXIM_CONFIG_UNSUPPORTED,
                        "%s: in Exim's own configuration %s = %s: %s",
                        infos[hook].key,
                        infos[hook].option,
                        quoted ?: "?",
                        why);
}

/* Append a file, named by what it says. */
static int add_acl(EximHooks *hooks, const char *name, Text *text) {
        EximAcl acl = {};
        Digest digest;
        int r;

        r = text_finish(text, &acl.text, &acl.size);
        if (r < 0)
                return r;

        digest = digest_of(acl.text, acl.size);
        acl.path = string_format(EXIM_ACL_DIRECTORY "/%s-%.*s", name, NAME_DIGITS, digest.hex);
        hooks->acls[hooks->acl_count++] = acl;
        return acl.path ? 0 : -ENOMEM;
}

static bool has_space(const char *value) {
        for (const char *s = value; *s; s++)
                if (isspace((unsigned char) *s))
                        return true;

        return false;
}

/* -bP shows other bytes than these as escapes, of which not each is one in a configuration. */
static bool is_plain(const char *value) {
        for (const char *s = value; *s; s++)
                if (*s < ' ' || *s > '~' || *s == '\\')
                        return false;

        return true;
}

/*
 * The ACL that is asked in place of the administrator's. By "accept endpass" his own decides
 * first, and its deny, defer, drop, discard and texts stay as they are; only the text of an accept
 * is lost.
 */
static int append_wrapper(
                Text *text, EximHook hook, const char *value, const char *rules, Failure *reterr) {
        /* "acl =" splits at white space before it expands, so an expansion is computed first */
        bool is_expansion = strchr(value, '$') != NULL;

        if (value[0] == 0)
                return failure_set(
                                reterr,
                                -EOPNOTSUPP,
                                FAILURE_EXIM_CONFIG_UNSUPPORTED,
                                "%s: %s is not set in Exim's own configuration, so %s; give it an "
                                "ACL first",
                                infos[hook].key,
                                infos[hook].option,
                                infos[hook].unset);
        if (!is_plain(value))
                return refuse(hook, value, "give the ACL a plain name", reterr);
        if (!is_expansion && has_space(value))
                return refuse(hook,
                              value,
                              "move the conditions into the section \"begin acl\", under a name, "
                              "and set that name",
                              reterr);

        text_append_format(
                        text,
                        ACL_HEADER "# Without it: %s = %s\n# That decides first; what it accepts "
                                   "is judged by our rules, too.\n",
                        infos[hook].option,
                        value);
        if (is_expansion)
                text_append_format(
                                text,
                                "warn   set acl_m_smtp_restrictions_%s = %s\n",
                                infos[hook].name,
                                value);
        text_append_string(text, "accept endpass\n       acl = ");
        if (is_expansion)
                text_append_format(text, "$acl_m_smtp_restrictions_%s", infos[hook].name);
        else
                text_append_string(text, value);
        text_append_format(text, "\n       acl = %s\n", rules);
        return 0;
}

static int render_hook(EximHook hook, const HookInput *input, EximHooks *hooks, Failure *reterr) {
        const char *value = input->facts->values[hook] ?: "";
        CLEANUP(freep) char *rules_name = NULL;
        CLEANUP(text_done) Text text = {};
        int r;

        rules_name = string_format("%s-rules", infos[hook].name);
        if (!rules_name)
                return -ENOMEM;

        text_append_string(&text, ACL_HEADER);
        infos[hook].append_rules(&text, input);
        r = add_acl(hooks, rules_name, &text);
        if (r < 0)
                return r;

        r = append_wrapper(&text, hook, value, hooks->acls[hooks->acl_count - 1].path, reterr);
        if (r >= 0)
                r = add_acl(hooks, infos[hook].name, &text);
        if (r < 0)
                return r;

        hooks->pointers[hook] = strdup(hooks->acls[hooks->acl_count - 1].path);
        return hooks->pointers[hook] ? 0 : -ENOMEM;
}

/* Whose mail would be refused as relaying cannot be told from an ACL's text in general. */
static int check_domains(const EximHookFacts *facts, Failure *reterr) {
        if (facts->own_domains.count > 0)
                return 0;

        return failure_set(
                        reterr,
                        -EOPNOTSUPP,
                        FAILURE_EXIM_CONFIG_UNSUPPORTED,
                        "%s: Exim's configuration has no domainlist local_domains, and its ACLs "
                        "accept no other one, so mail for this host cannot be told from mail that "
                        "it relays; define it (domainlist local_domains = ...)",
                        SMTP_RESTRICTIONS_LIMIT_REQUIRE_AUTH);
}

int exim_hooks_render(
                const EximHookFacts *facts,
                const MailLimits *limits,
                const char *contact,
                EximHooks *ret,
                Failure *reterr) {
        const HookInput input = { .facts = facts, .limits = limits, .contact = contact };
        CLEANUP(exim_hooks_done) EximHooks hooks = {};
        int r;

        if (wants_auth(limits)) {
                r = check_domains(facts, reterr);
                if (r < 0)
                        return r;
                hooks.locks_out = !facts->has_auth;
        }

        for (EximHook i = 0; i < _EXIM_HOOK_MAX; i++) {
                if (!infos[i].is_wanted(limits))
                        continue;
                r = render_hook(i, &input, &hooks, reterr);
                if (r == -ENOMEM)
                        return out_of_memory(reterr);
                if (r < 0)
                        return r;
        }

        *ret = hooks;
        hooks = (EximHooks){};
        return 0;
}

void exim_hooks_append_settings(const EximHooks *hooks, EximLayout layout, EximSettings *settings) {
        for (EximHook i = 0; i < _EXIM_HOOK_MAX; i++) {
                if (!hooks->pointers[i])
                        continue;

                assert(settings->count < EXIM_SETTINGS_MAX);
                settings->items[settings->count++] = (EximSetting){
                        .option = layout == EXIM_LAYOUT_SINGLE ? infos[i].option : infos[i].macro,
                        .shown = infos[i].option,
                        .key = infos[i].key,
                        .limits = settings->limits,
                        .pointer = hooks->pointers[i],
                        /* a file that is read before ours may define it */
                        .redefines = layout == EXIM_LAYOUT_DEBIAN_SPLIT,
                };
        }
}
