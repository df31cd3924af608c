/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The mail meter's part of each hook. Exim counts the remote recipients of a message and asks once,
 * when the message is whole. Only where the answer may be a refusal it asks at the first remote
 * recipient too, so that the local ones of the same message still get it.
 *
 * Variables are acl_m_smtp_restrictions_*: n, the remote recipients so far; p and r, the meter's
 * answers to the recipient and to the message, checked; hold, set if the message is held.
 */

#include <ctype.h>
#include <inttypes.h>

#include "exim/hook-rules.h"
#include "policy/meter-socket.h"

#define VARIABLE "acl_m_smtp_restrictions_"

/*
 * A name that is too long for the question would be a way around the meter. Its end is asked about,
 * where the domain is. A shorter one is taken whole.
 */
#define DIGITS(number)  #number
#define DIGITS_OF(name) DIGITS(name)
#define CUT             "${substr{-" DIGITS_OF(METER_TEXT_MAX) "}{" DIGITS_OF(METER_TEXT_MAX) "}"
#define NAME(value)     "${base64:" CUT "{" value "}}}"

/* what of a connection the meter can know the user by, and as whom it sends */
#define WHO                                                                                        \
        "u=$originator_uid h=$sender_host_address p=$sender_host_port la=$received_ip_address "    \
        "lp=$received_port s=" NAME("$sender_address") " a=" NAME("$authenticated_id")

/* No answer in 2 s, or none at all, is "". */
#define ASK(question) "${readsocket{" METER_SOCKET "}{" question "\\n}{2s}{}{}}"

/*
 * One of the answers that there are, which becomes $1. A refusal in the other class than its verb
 * would be in Exim's panic log.
 */
#define ANSWER                                                                                     \
        "\\N^((?:ok|observe|hold) (?:\\d{1,10}|-)|(?:defer (?:\\d{1,10}|-) 4|deny "                \
        "(?:\\d{1,10}|-) 5)\\.7\\.1 [ -~]+)\\n?$\\N"

#define KIND(variable) "${extract{1}{ }{$" VARIABLE variable "}}"
#define TEXT(variable) "${sg{$" VARIABLE variable "}{\\N^\\S+ \\S+ \\N}{}}"

/* what a key of Exim's ratelimit may hold: at a slash its options would begin */
#define AS_KEY(value) "${sg{${lc:" value "}}{\\N[^a-z0-9._@:-]\\N}{_}}"

/* With strict_acl_vars a variable that is not set must not be looked at. */
#define COUNT "${if def:" VARIABLE "n{$" VARIABLE "n}{0}}"

#define FROM_PROGRAM "eq{$sender_host_address}{}"

#define LATER "4.7.1 this server cannot look at its mail limits now; try again later"

/*
 * Who is here needs no limit. Other domains that this host relays to are remote all the same: a
 * list too many would be a way out.
 */
static void append_local(
                Text *text, const HookInput *input, const char *sign, const char *between) {
        const StringList *domains = &input->facts->own_domains;

        if (string_list_contains(domains, "local_domains")) {
                text_append_format(text, "%s+local_domains", sign);
                return;
        }
        for (size_t i = 0; i < domains->count; i++)
                text_append_format(text, "%s%s+%s", i > 0 ? between : "", sign, domains->items[i]);
}

static OverLimitAction action_of(const MailLimits *limits) {
        return (OverLimitAction) mail_limits_value(
                        limits, MAIL_LIMIT_OVER_LIMIT_ACTION, OVER_LIMIT_HOLD);
}

/* Mail far over a limit is refused in mode "hold" too, but that is no reason to ask twice for each
 * message. */
static bool may_refuse(const MailLimits *limits) {
        return limits->set[MAIL_LIMIT_DENIED_MAIL_USERS] || action_of(limits) == OVER_LIMIT_DEFER ||
               action_of(limits) == OVER_LIMIT_REJECT ||
               (limits->set[MAIL_LIMIT_FAIL_DEFER_PERCENT] &&
                mail_limits_value(limits, MAIL_LIMIT_FAIL_DEFER_ACTION, FAIL_DEFER_HOLD) ==
                                FAIL_DEFER_REJECT);
}

/* Ask, and keep the answer; "none" and the user, as far as Exim knows him, if it is none. */
static void append_question(Text *text, const char *variable, const char *question) {
        text_append_format(
                        text,
                        "       set " VARIABLE "%s = ${if match{%s}{" ANSWER
                        "}{$1}{none ${if " FROM_PROGRAM "{$originator_uid}{-}}}}\n",
                        variable,
                        question);
}

/* clang-format off */
#define REFUSALS_OF_RECIPIENT                                                                      \
        "defer  condition = ${if eq{" KIND("p") "}{defer}}\n"                                     \
        "       message = " TEXT("p") "\n"                                                        \
        "deny   condition = ${if eq{" KIND("p") "}{deny}}\n"                                      \
        "       message = " TEXT("p") "\n"
/* clang-format on */

const char *meter_rules_auth_key(const MailLimits *limits) {
        return limits->set[MAIL_LIMIT_SMTP_AUTH] || limits->has_subjects
                               ? mail_limit_infos[MAIL_LIMIT_SMTP_AUTH].key
                               : NULL;
}

void meter_rules_append_mail(Text *text, const HookInput *input) {
        bool wait = mail_limits_value(input->limits, MAIL_LIMIT_SMTP_AUTH, SERVER_AUTH_ENABLED) ==
                                    SERVER_AUTH_DISABLED ||
                    mail_limits_value(
                                    input->limits,
                                    MAIL_LIMIT_METER_FALLBACK,
                                    METER_FALLBACK_ACCEPT) == METER_FALLBACK_DEFER;

        text_append_string(
                        text,
                        "# Who has logged in may be one who may not send so.\n"
                        "accept !authenticated = *\n"
                        "warn\n");
        append_question(text, "a", ASK("A a=" NAME("$authenticated_id")));
        text_append_string(
                        text,
                        "deny   condition = ${if eq{" KIND("a") "}{deny}}\n"
                                                                "       message = " TEXT("a") "\n");
        if (wait)
                text_append_string(
                                text,
                                "defer  condition = ${if eq{" KIND("a") "}{none}}\n"
                                                                        "       message = " LATER
                                                                        "\n");
        text_append_string(text, "accept\n");
}

void meter_rules_append_rcpt(Text *text, const HookInput *input) {
        text_append_string(text, "accept domains = ");
        append_local(text, input, "", " : ");
        text_append_string(text, "\n");

        if (may_refuse(input->limits)) {
                text_append_string(
                                text,
                                "# Nothing is counted here. Asked once for each message.\n"
                                "warn  !condition = ${if def:" VARIABLE "p}\n");
                append_question(text, "p", ASK("P " WHO));
                text_append_string(text, REFUSALS_OF_RECIPIENT);
        }

        /* behind the refusals: who was refused is no recipient */
        text_append_string(text, "warn   set " VARIABLE "n = ${eval10:" COUNT "+1}\naccept\n");
}

/* ---- nobody answers ---- */

typedef struct Net {
        MailLimit hourly, daily;
        const char *name;
        const char *condition; /* of ${if: does it apply? */
        const char *key;
} Net;

#define FROM_HERE                                                                                  \
        "or{{" FROM_PROGRAM "}{def:authenticated_id}{match_ip{$sender_host_address}"               \
        "{<; 127.0.0.0/8 ; ::1 ; @[]}}}"
#define HAS_MAILBOX "and{{!" FROM_PROGRAM "}{def:authenticated_id}}"
/* of who has authenticated by an address; else the sender's */
#define DOMAIN                                                                                     \
        "${if and{{!" FROM_PROGRAM "}{match{$authenticated_id}{\\N@([^@]+)$\\N}}}{$1}"             \
        "{$sender_address_domain}}"

static const Net nets[] = {
        { MAIL_LIMIT_HOURLY_PER_USER,
          MAIL_LIMIT_DAILY_PER_USER,
          "user",
          FROM_PROGRAM,
          "$originator_uid" },
        { MAIL_LIMIT_HOURLY_PER_MAILBOX,
          MAIL_LIMIT_DAILY_PER_MAILBOX,
          "mailbox",
          HAS_MAILBOX,
          AS_KEY("$authenticated_id") },
        { MAIL_LIMIT_HOURLY_PER_DOMAIN,
          MAIL_LIMIT_DAILY_PER_DOMAIN,
          "domain",
          FROM_HERE,
          AS_KEY(DOMAIN) },
};

/* Exim's rate is reached at the number itself by a batch, and above it one by one: so a half more.
 */
static void append_net(Text *text, const Net *net, uint64_t limit, const char *period) {
        text_append_format(
                        text,
                        "defer  condition = ${if %s}\n"
                        "       ratelimit = %" PRIu64 ".5 / %s / per_rcpt / leaky / "
                        "count=$" VARIABLE "n / smtp-restrictions:%s:%s\n"
                        "       message = " LATER "\n",
                        net->condition,
                        limit,
                        period,
                        net->name,
                        net->key);
}

/* Over a connection Exim does not know the user; only the meter finds him. */
static void append_denied(Text *text, const AllowedIds *denied) {
        if (!denied || denied->count == 0)
                return;

        text_append_string(
                        text,
                        "# DeniedMailUsers\n"
                        "deny   condition = ${if and{{" FROM_PROGRAM "}{inlist{$originator_uid}{");
        for (size_t i = 0; i < denied->count; i++)
                text_append_format(text, "%s%" PRIu32, i > 0 ? ":" : "", denied->items[i].id);
        text_append_string(
                        text,
                        "}}}}\n       message = 5.7.1 this user may not send mail to other "
                        "hosts\n");
}

static void append_fallback(Text *text, const HookInput *input) {
        const MailLimits *limits = input->limits;

        append_denied(text, input->denied);
        if (mail_limits_value(limits, MAIL_LIMIT_METER_FALLBACK, METER_FALLBACK_ACCEPT) ==
            METER_FALLBACK_DEFER) {
                text_append_string(text, "# MeterFallback\ndefer  message = " LATER "\n");
                return;
        }

        if (action_of(limits) != OVER_LIMIT_OBSERVE) {
                text_append_string(
                                text,
                                "# MeterFallback: not without any limit. Exim's own counts "
                                "roughly.\n");
                for (size_t i = 0; i < ELEMENTS_OF(nets); i++) {
                        const Net *net = &nets[i];

                        if (limits->set[net->hourly])
                                append_net(text, net, limits->value[net->hourly], "1h");
                        if (limits->set[net->daily])
                                append_net(text, net, limits->value[net->daily], "1d");
                }
        }
        text_append_string(text, "accept\n");
}

/* ---- the message ---- */

/* clang-format off */
#define VERDICTS                                                                                   \
        "warn   logwrite = smtp-restrictions: " KIND("r") " n=$" VARIABLE "n "                     \
                "uid=${extract{2}{ }{$" VARIABLE "r}}\n"                                          \
        "accept condition = ${if inlist{" KIND("r") "}{ok:observe}}\n"                            \
        "# Held by hold_domains. Without a local recipient there is nothing to deliver now.\n"    \
        "warn   condition = ${if eq{" KIND("r") "}{hold}}\n"                                      \
        "       set " VARIABLE "hold = 1\n"                                                       \
        "       condition = ${if ={$" VARIABLE "n}{$recipients_count}}\n"                         \
        "       control = queue\n"                                                                \
        "accept condition = ${if def:" VARIABLE "hold}\n"                                         \
        "defer  condition = ${if eq{" KIND("r") "}{defer}}\n"                                     \
        "       message = " TEXT("r") "\n"                                                        \
        "deny   condition = ${if eq{" KIND("r") "}{deny}}\n"                                      \
        "       message = " TEXT("r") "\n"
/* clang-format on */

/* `asked`: at the first remote recipient. Who did not answer then would take another 2 s. */
static void append_message_rules(Text *text, const HookInput *input, bool asked) {
        text_append_string(text, "accept condition = ${if ={" COUNT "}{0}}\n");
        text_append_string(
                        text,
                        asked ? "warn   set " VARIABLE "r = $" VARIABLE "p\n"
                                "warn  !condition = ${if eq{" KIND("p") "}{none}}\n"
                              : "warn\n");
        append_question(text, "r", ASK("D $message_exim_id n=$" VARIABLE "n z=$message_size " WHO));
        text_append_string(text, VERDICTS);
        append_fallback(text, input);
}

void meter_rules_append_data(Text *text, const HookInput *input) {
        append_message_rules(text, input, may_refuse(input->limits));
}

void meter_rules_append_not_smtp(Text *text, const HookInput *input) {
        text_append_string(
                        text,
                        "# Exim's own bounces come here too.\n"
                        "accept senders = :\n"
                        "       condition = ${if eq{$originator_uid}{$exim_uid}}\n"
                        "warn   set " VARIABLE "n = ${listcount:<, ${filter{<, $recipients}"
                        "{!match_domain{${domain:$item}}{");
        append_local(text, input, "", " : ");
        text_append_string(text, "}}}}\n");
        append_message_rules(text, input, false);
}

/* ---- deliveries ---- */

/* Of a list that begins by naming its separator: that, and where the list goes on. */
static char split_separator(const char **list) {
        const char *own = *list;

        while (*own == ' ')
                own++;
        if (own[0] != '<' || !ispunct((unsigned char) own[1]))
                return ':';

        *list = own + 2;
        return own[1];
}

/* The list of what is held: all that is not local. */
static void append_remote(Text *text, const HookInput *input, const char between[static 4]) {
        append_local(text, input, "! ", between);
        text_append_format(text, "%s*", between);
}

/* The user that the meter has known when the message came. */
#define KNOWN_UID "${if def:" VARIABLE "r{${extract{2}{ }{$" VARIABLE "r}}}}"

/* As meter/suspended-list.h writes them. No list of them by "forany": Exim computes that also where
 * its place in an "and" says that it should not, and then there may be no such file. */
#define IS_LISTED(key) "{!eq{${lookup{" key "}lsearch{" METER_SUSPENDED "}{x}{}}}{}}"

/* Whoever may have sent the message. */
#define MAY_BE_SUSPENDED                                                                           \
        "and{{exists{" METER_SUSPENDED "}}{" FROM_HERE                                             \
        "}{or{" IS_LISTED("u${if " FROM_PROGRAM "{$originator_uid}{" KNOWN_UID "}}")               \
                        IS_LISTED("m${if " HAS_MAILBOX "{${base64:${lc:$authenticated_id}}"        \
                                  "}}") IS_LISTED("d${base64:${lc:" DOMAIN "}}")                   \
                                        IS_LISTED("d${base64:${lc:$sender_address_domain}}") "}}}"

const char meter_rules_suspended[] = "${if " MAY_BE_SUSPENDED "{yes}{no}}\n";

#define ASK_DELIVERY(more)                                                                         \
        "${readsocket{" METER_SOCKET "}{H $message_exim_id $message_age" more                      \
        "\\n}{2s:cache=yes}{}{}}"

#define ORIGIN                                                                                     \
        " k=" KNOWN_UID " u=$originator_uid h=$sender_host_address p=0 la= lp=0 s=" NAME(          \
                        "$sender_address") " a=" NAME("$authenticated_id")

/*
 * While the meter says "hold"; without an answer for a day. What is left here is not routed: it
 * stays in the queue, where each queue run asks again. Whoever is suspended is held also where mail
 * was accepted without the meter, and as long as there is no answer.
 */
void meter_rules_append_hold(Text *text, const HookInput *input) {
        const char *own = input->facts->values[EXIM_HOOK_HOLD] ?: "";
        char separator = split_separator(&own);
        const char between[] = { ' ', separator, ' ', 0 };

        if (separator != ':')
                text_append_format(text, "<%c ", separator);
        text_append_string(
                        text,
                        "${if " MAY_BE_SUSPENDED
                        "{${if match{" ASK_DELIVERY(ORIGIN) "}{\\N^go\\N}{}{");
        append_remote(text, input, between);
        text_append_string(
                        text,
                        "}}}{${if def:" VARIABLE "hold{${if match{" ASK_DELIVERY(
                                        "") ":${if >{$message_age}{86400}{old}{new}}}{\\N^(go|:old)"
                                            "\\N}{}{");
        append_remote(text, input, between);
        text_append_string(text, "}}}}}}");
        if (own[0])
                text_append_format(text, "%s%s", between, own);
}
