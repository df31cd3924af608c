/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <errno.h>

#include "exim/hook-rules.h"
#include "exim/hooks.h"
#include "util/digest.h"
#include "util/text.h"

/* as many digits of its digest as a file's name has */
#define NAME_DIGITS 16

#define ACL_HEADER                                                                                 \
        "# Made by smtp-restrictions from its policy. Changes here are lost: see "                 \
        "smtp-restrictionsctl(1).\n"

#define PARTS_MAX 2

/* What one wish says at a hook. */
typedef struct HookPart {
        const char *name;                             /* of the file */
        const char *(*key)(const MailLimits *limits); /* who wants it; NULL: nobody does */
        void (*append)(Text *text, const HookInput *input);
} HookPart;

/* clang-format off */
static const struct {
        const char *option; /* of the main section */
        const char *macro;  /* by which Debian's files set it; NULL: they do not */
        const char *name;   /* of the file; NULL: it is no ACL, and the text of its part the value */
        const char *unset;  /* what Exim does without it, if that is in the way */
        HookPart parts[PARTS_MAX];
} infos[_EXIM_HOOK_MAX] = {
        [EXIM_HOOK_MAIL] = {
                .option = "acl_smtp_mail",
                .macro = "MAIN_ACL_CHECK_MAIL",
                .name = "mail",
                .parts = { { "mail-meter", meter_rules_auth_key, meter_rules_append_mail } },
        },
        [EXIM_HOOK_RCPT] = {
                .option = "acl_smtp_rcpt",
                .macro = "MAIN_ACL_CHECK_RCPT",
                .name = "rcpt",
                .unset = "Exim refuses every recipient over SMTP, with AUTH or without",
                .parts = {
                        { "rcpt-rules", auth_rules_key, auth_rules_append },
                        { "rcpt-meter", mail_limits_meter_key, meter_rules_append_rcpt },
                },
        },
        [EXIM_HOOK_DATA] = {
                .option = "acl_smtp_data",
                .macro = "MAIN_ACL_CHECK_DATA",
                .name = "data",
                .parts = { { "data-meter", mail_limits_meter_key, meter_rules_append_data } },
        },
        [EXIM_HOOK_NOT_SMTP] = {
                .option = "acl_not_smtp",
                .name = "notsmtp",
                .parts = { { "notsmtp-meter", mail_limits_meter_key, meter_rules_append_not_smtp } },
        },
        [EXIM_HOOK_HOLD] = {
                .option = "hold_domains",
                .parts = { { NULL, mail_limits_meter_key, meter_rules_append_hold } },
        },
};
/* clang-format on */

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
                free(hooks->values[i]);
        *hooks = (EximHooks){};
}

/* The limit that the first part is for; NULL: none wants this hook. */
static const char *key_of(EximHook hook, const MailLimits *limits) {
        const char *key = NULL;

        for (size_t i = 0; !key && i < PARTS_MAX && infos[hook].parts[i].key; i++)
                key = infos[hook].parts[i].key(limits);

        return key;
}

bool exim_hooks_are_wanted(const MailLimits *limits) {
        for (EximHook i = 0; i < _EXIM_HOOK_MAX; i++)
                if (key_of(i, limits))
                        return true;

        return false;
}

static int out_of_memory(Failure *reterr) {
        return failure_set(reterr, -ENOMEM, FAILURE_INTERNAL, "Out of memory");
}

static int refuse(
                EximHook hook,
                const HookInput *input,
                const char *value,
                const char *why,
                Failure *reterr) {
        CLEANUP(freep) char *quoted = string_quote(value, strlen(value), 80);

        return failure_set(
                        reterr,
                        -EOPNOTSUPP,
                        FAILURE_EXIM_CONFIG_UNSUPPORTED,
                        "%s: in Exim's own configuration %s = %s: %s",
                        key_of(hook, input->limits),
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

/* Can the administrator's ACL be asked by ours? */
static int check_acl(EximHook hook, const HookInput *input, const char *value, Failure *reterr) {
        if (value[0] == 0)
                return failure_set(
                                reterr,
                                -EOPNOTSUPP,
                                FAILURE_EXIM_CONFIG_UNSUPPORTED,
                                "%s: %s is not set in Exim's own configuration, so %s; give it an "
                                "ACL first",
                                key_of(hook, input->limits),
                                infos[hook].option,
                                infos[hook].unset);
        if (!is_plain(value))
                return refuse(hook, input, value, "give the ACL a plain name", reterr);
        if (!strchr(value, '$') && has_space(value))
                return refuse(hook,
                              input,
                              value,
                              "move the conditions into the section \"begin acl\", under a name, "
                              "and set that name",
                              reterr);

        return 0;
}

/*
 * The ACL that is asked in place of the administrator's. By "accept endpass" his own decides
 * first, and its deny, defer, drop, discard and texts stay as they are; only the text of an accept
 * is lost.
 */
static void append_wrapper(
                Text *text, EximHook hook, const char *value, const EximAcl rules[], size_t count) {
        /* "acl =" splits at white space before it expands, so an expansion is computed first */
        bool is_expansion = strchr(value, '$') != NULL;

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
        for (size_t i = 0; i < count; i++)
                text_append_format(text, "\n       acl = %s", rules[i].path);
        text_append_string(text, "\n");
}

static int render_acl(EximHook hook, const HookInput *input, EximHooks *hooks, Failure *reterr) {
        const char *value = input->facts->values[hook] ?: "";
        size_t first = hooks->acl_count;
        CLEANUP(text_done) Text text = {};
        int r;

        for (size_t i = 0; i < PARTS_MAX && infos[hook].parts[i].key; i++) {
                const HookPart *part = &infos[hook].parts[i];

                if (!part->key(input->limits))
                        continue;
                text_append_string(&text, ACL_HEADER);
                part->append(&text, input);
                r = add_acl(hooks, part->name, &text);
                if (r < 0)
                        return r;
        }

        /* without one of his own, ours stands there alone */
        if (value[0] || infos[hook].unset) {
                r = check_acl(hook, input, value, reterr);
                if (r < 0)
                        return r;
                append_wrapper(&text, hook, value, &hooks->acls[first], hooks->acl_count - first);
                r = add_acl(hooks, infos[hook].name, &text);
                if (r < 0)
                        return r;
        }

        hooks->values[hook] = strdup(hooks->acls[hooks->acl_count - 1].path);
        return hooks->values[hook] ? 0 : -ENOMEM;
}

static int render_value(EximHook hook, const HookInput *input, EximHooks *hooks, Failure *reterr) {
        const char *value = input->facts->values[hook] ?: "";
        CLEANUP(text_done) Text text = {};

        if (!is_plain(value))
                return refuse(hook,
                              input,
                              value,
                              "our own part cannot be put before it; write it without "
                              "backslashes",
                              reterr);

        infos[hook].parts[0].append(&text, input);
        return text_finish(&text, &hooks->values[hook], NULL);
}

/* Which mail leaves this host cannot be told from an ACL's text in general. */
static int check_domains(const EximHookFacts *facts, const char *key, Failure *reterr) {
        if (facts->own_domains.count > 0)
                return 0;

        return failure_set(
                        reterr,
                        -EOPNOTSUPP,
                        FAILURE_EXIM_CONFIG_UNSUPPORTED,
                        "%s: Exim's configuration has no domainlist local_domains, and its ACLs "
                        "accept no other one, so mail for this host cannot be told from mail that "
                        "it relays; define it (domainlist local_domains = ...)",
                        key);
}

int exim_hooks_render(
                const EximHookFacts *facts,
                const MailLimits *limits,
                const char *contact,
                const AllowedIds *denied,
                EximHooks *ret,
                Failure *reterr) {
        const HookInput input = {
                .facts = facts, .limits = limits, .contact = contact, .denied = denied
        };
        CLEANUP(exim_hooks_done) EximHooks hooks = {};
        int r;

        hooks.locks_out = auth_rules_key(limits) && !facts->has_auth;

        for (EximHook i = 0; i < _EXIM_HOOK_MAX; i++) {
                const char *key = key_of(i, limits);

                if (!key)
                        continue;
                r = check_domains(facts, key, reterr);
                if (r >= 0)
                        r = infos[i].name ? render_acl(i, &input, &hooks, reterr)
                                          : render_value(i, &input, &hooks, reterr);
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
                bool by_macro = layout != EXIM_LAYOUT_SINGLE && infos[i].macro;

                if (!hooks->values[i])
                        continue;

                assert(settings->count < EXIM_SETTINGS_MAX);
                settings->items[settings->count++] = (EximSetting){
                        .option = by_macro ? infos[i].macro : infos[i].option,
                        .shown = infos[i].option,
                        .key = key_of(i, settings->limits),
                        .limits = settings->limits,
                        .pointer = hooks->values[i],
                        /* a file that is read before ours may define it */
                        .redefines = by_macro && layout == EXIM_LAYOUT_DEBIAN_SPLIT,
                };
        }
}
