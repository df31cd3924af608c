/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The part of a waiting call that polkit decides about. */

#include "dbus/call.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/text.h"

/* Status asks without anybody waiting for a person; a polkit that hangs must not hold it up. */
#define OPTIONAL_TIMEOUT_USEC (5 * USEC_PER_SEC)

static void on_polkit_answer(PolkitVerdict verdict, const char *reason, void *userdata) {
        Call *call = userdata;

        call->query = polkit_query_free(call->query);
        call->answered = true;
        call->verdict = verdict;
        /* without memory the text lacks polkit's words */
        call->reason = reason ? string_quote(reason, strlen(reason), 200) : NULL;

        call_run_again(call);
}

static int ask_polkit(Call *call, const CallQuestion *question) {
        bool interactive = !question->optional &&
                           sd_bus_message_get_allow_interactive_authorization(call->message) > 0;

        return polkit_ask(
                        call->calls->questions,
                        &(PolkitQuestion){
                                        .sender = call->sender->name,
                                        .action = question->actions[call->granted],
                                        .details = question->details,
                                        .interactive = interactive,
                                        .timeout_usec = question->optional
                                                                        ? OPTIONAL_TIMEOUT_USEC
                                                                        : SMTP_RESTRICTIONS_AUTHORIZATION_SEC *
                                                                                          USEC_PER_SEC,
                                        .id = ++call->calls->question_id,
                        },
                        on_polkit_answer,
                        call,
                        &call->query);
}

static int deny(Call *call, const char *action, sd_bus_error *reterr) {
        CLEANUP(freep) char *why = NULL;
        const char *name = SD_BUS_ERROR_ACCESS_DENIED;

        switch (call->verdict) {
        case POLKIT_CHALLENGE:
                if (sd_bus_message_get_allow_interactive_authorization(call->message) > 0) {
                        why = string_format(
                                        "%s needs authentication, and no polkit agent is there to "
                                        "ask for it",
                                        action);
                } else {
                        name = SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED;
                        why = string_format(
                                        "%s needs authentication, and the call does not allow to "
                                        "ask for it",
                                        action);
                }
                break;
        case POLKIT_UNREACHABLE:
                why =
                                string_format("polkit cannot be asked about %s: %s",
                                              action,
                                              call->reason ?: "no reason given");
                break;
        default:
                why = string_format("Not authorized for %s", action);
                break;
        }

        return call_refuse(call, reterr, name, why ?: "Not authorized");
}

int call_ask_step(Call *call, const CallQuestion *question, sd_bus_error *reterr) {
        int r;

        if (!call->answered) {
                r = ask_polkit(call, question);
                return r < 0 ? r : CALLS_E_PENDING;
        }

        call->answered = false;
        if (call->verdict == POLKIT_GRANTED) {
                call->granted++;
                return 0;
        }

        if (question->optional)
                return CALLS_E_WITHOUT;

        return deny(call, question->actions[call->granted], reterr);
}
