/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ctl/show.h"
#include "smtp-restrictions/smtp-restrictions.h"

static const char *verdict_words(const char *verdict) {
        if (string_equal(verdict, "allow"))
                return "let through";
        if (string_equal(verdict, "observe"))
                return "let through, and counted";
        if (string_equal(verdict, "redirect"))
                return "redirected to this host's mail server";
        if (string_equal(verdict, "reject"))
                return "refused";
        return verdict ?: "unknown";
}

/* What decided, as a reader who knows no key names it. */
static char *decision_words(const json_t *answer) {
        const char *decision = show_string(answer, SMTP_RESTRICTIONS_EXPLAIN_DECISION);
        const char *id = show_string(answer, SMTP_RESTRICTIONS_EXPLAIN_EXCEPTION);
        long long expires = show_number(answer, SMTP_RESTRICTIONS_EXPLAIN_EXPIRES);
        CLEANUP(freep) char *until = expires > 0 ? show_time(expires) : NULL;

        if (string_equal(decision, "disabled"))
                return string_format("nothing is restricted");
        if (string_equal(decision, "port"))
                return string_format("the port is not restricted");
        if (string_equal(decision, "local"))
                return string_format("an address of this host");
        if (string_equal(decision, "exception"))
                return string_format(
                                "exception %s%s%s", id ?: "", until ? ", until " : "", until ?: "");
        if (string_equal(decision, SMTP_RESTRICTIONS_KEY_PORT_VERDICTS))
                return string_format("PortVerdicts, for all who are not allowed");
        if (string_equal(decision, SMTP_RESTRICTIONS_KEY_FORWARDED))
                return string_format("Forwarded, for all that this host forwards");
        return string_format("allowed: %s", decision ?: "");
}

void show_explanations(const json_t *answers, const Style *style, Text *text) {
        const char *last_hint = NULL;
        json_t *answer;
        size_t i;

        (void) style;
        json_array_foreach((json_t *) answers, i, answer) {
                CLEANUP(freep) char *decision = decision_words(answer);

                text_append_format(
                                text,
                                "%s port %lld: %s (%s)\n",
                                show_string(answer, SMTP_RESTRICTIONS_EXPLAIN_ADDRESS) ?: "",
                                show_number(answer, SMTP_RESTRICTIONS_EXPLAIN_PORT),
                                verdict_words(show_string(
                                                answer, SMTP_RESTRICTIONS_EXPLAIN_VERDICT)),
                                decision ?: "");
        }

        /* mostly the same for all addresses of a name */
        json_array_foreach((json_t *) answers, i, answer) {
                const char *hint = show_string(answer, SMTP_RESTRICTIONS_EXPLAIN_HINT);

                if (!hint || string_equal(hint, last_hint))
                        continue;
                text_append_format(text, "%s\n", hint);
                last_hint = hint;
        }
}
