/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/explain-words.h"
#include "util/text.h"

const char *explain_decision(const Explanation *explanation) {
        switch (explanation->decider) {
        case DECIDER_NOT_ENABLED:
                return "disabled";
        case DECIDER_PORT:
                return "port";
        case DECIDER_LOCAL:
                return "local";
        case DECIDER_ALLOWED:
        case DECIDER_GROUP:
                return because_to_string(explanation->allowed->because);
        case DECIDER_EXCEPTION:
                return "exception";
        case DECIDER_EXEMPT_INTERFACE:
                return SMTP_RESTRICTIONS_KEY_FORWARDED_INTERFACES;
        case DECIDER_EXEMPT_NETWORK:
                return SMTP_RESTRICTIONS_KEY_FORWARDED_NETWORKS;
        case DECIDER_FORWARDED:
                return SMTP_RESTRICTIONS_KEY_FORWARDED;
        case DECIDER_DEFAULT:
        default:
                return SMTP_RESTRICTIONS_KEY_PORT_VERDICTS;
        }
}

/* Who is refused can nearly always do the same by way of this host's mail server. */
static const char *what_to_do(const Explanation *explanation, uint16_t port) {
        if (explanation->forwarded && explanation->unobserved == EXCEPTION_REJECT)
                return "Have it hand its mail to this host's own mail server instead, at an "
                       "address of this host. To reach the other server itself,";

        switch (explanation->unobserved) {
        case EXCEPTION_REDIRECT:
                return "The connection goes to this host's own mail server, which sends the mail "
                       "on; nothing has to be changed for that. To reach the other server itself,";
        case EXCEPTION_REJECT:
                return port == 25 ? "Hand mail to this host's own mail server: sendmail(8), or "
                                    "port 25 of localhost. To reach the other server itself,"
                                  : "Hand mail to this host's own mail server: sendmail(8), or "
                                    "port 25 of localhost. If your account is at the other server "
                                    "and has to be used,";
        case EXCEPTION_ALLOW:
        case EXCEPTION_OBSERVE:
        default:
                return NULL;
        }
}

char *explain_hint(
                const Explanation *explanation,
                uint16_t port,
                const char *contact,
                bool *ret_failed) {
        const char *words = what_to_do(explanation, port);
        char *hint;

        *ret_failed = false;
        if (!words)
                return NULL;

        hint =
                        string_format("%s%s ask %s.",
                                      explanation->verdict == EXCEPTION_OBSERVE
                                                      ? "Still let through, to see who would be "
                                                        "hit; later: "
                                                      : "",
                                      words,
                                      contact ?: "the administrator of this host");
        *ret_failed = !hint;
        return hint;
}
