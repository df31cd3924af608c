/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "dbus/bus-error.h"
#include "dbus/call.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/log.h"
#include "util/text.h"

static const char too_many[] = "Too many calls wait already; wait for their answers first";

/* Of those who are not root, one for each: about 13 MB, which wait for a password. */
#define HEAVY_MAX 4

static void unlink_call(Call *call) {
        Calls *calls = call->calls;
        Call **at = &calls->first;

        while (*at != call)
                at = &(*at)->next;
        *at = call->next;
        if (!call->next)
                calls->last = at;
}

Call *call_free(Call *call) {
        if (!call)
                return NULL;

        unlink_call(call);

        if (call->cancel)
                call->cancel(call->cancel_userdata);
        IGNORE_RESULT(polkit_query_free(call->query)); /* always NULL */
        sender_drop(call->sender);
        sd_bus_message_unref(call->message);
        free(call->reason);
        free(call);
        return NULL;
}

Calls *calls_free(Calls *calls) {
        if (!calls)
                return NULL;

        while (calls->first)
                IGNORE_RESULT(call_free(calls->first)); /* always NULL */

        IGNORE_RESULT(senders_free(calls->senders)); /* always NULL */
        sd_bus_unref(calls->questions);
        sd_bus_unref(calls->bus);
        free(calls);
        return NULL;
}

static void fail_call(Call *call, int r) {
        CLEANUP(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

        (void) bus_error_set(&error, r, NULL);
        (void) sd_bus_reply_method_error(call->message, &error);
        IGNORE_RESULT(call_free(call)); /* always NULL */
}

void call_run_again(Call *call) {
        int r;

        r = sd_bus_enqueue_for_read(call->calls->bus, call->message);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to take up a call that waited: %m");
                fail_call(call, r);
        }
}

static void on_sender_answered(Sender *sender, void *userdata) {
        Calls *calls = userdata;
        Call *next;

        for (Call *call = calls->first; call; call = next) {
                next = call->next;
                if (call->sender == sender)
                        call_run_again(call);
        }
}

static void on_sender_gone(Sender *sender, void *userdata) {
        Calls *calls = userdata;
        Call *next;

        for (Call *call = calls->first; call; call = next) {
                next = call->next;
                if (call->sender == sender)
                        IGNORE_RESULT(call_free(call)); /* always NULL */
        }
}

int calls_new(sd_bus *bus, sd_bus *questions, Calls **ret) {
        CLEANUP(calls_freep) Calls *calls = NULL;
        int r;

        assert(bus && questions && ret);

        calls = calloc(1, sizeof(*calls));
        if (!calls)
                return -ENOMEM;

        calls->bus = sd_bus_ref(bus);
        calls->questions = sd_bus_ref(questions);
        calls->last = &calls->first;

        r = senders_new(questions,
                        &(SenderHandlers){
                                        .answered = on_sender_answered,
                                        .gone = on_sender_gone,
                                        .userdata = calls,
                        },
                        &calls->senders);
        if (r < 0)
                return r;

        *ret = TAKE(calls);
        return 0;
}

Call *calls_resume(Calls *calls, sd_bus_message *m) {
        for (Call *call = calls->first; call; call = call->next)
                if (call->message == m)
                        return call;

        return NULL;
}

int call_refuse(Call *call, sd_bus_error *reterr, const char *name, const char *why) {
        if (call->sender->state == SENDER_KNOWN)
                refusals_log(&call->calls->refusals,
                             call->sender->uid,
                             sd_bus_message_get_member(call->message),
                             why);

        return sd_bus_error_set(reterr, name, why);
}

/*
 * Until the bus has said who calls, all that is known is the connection: what may wait is what root
 * may have waiting. It is a short time, as the bus answers at once.
 */
static int new_call(Calls *calls, sd_bus_message *m, Call **ret, sd_bus_error *reterr) {
        Sender *sender;
        Call *call;
        int r;

        r = sender_take(calls->senders, sd_bus_message_get_sender(m), &sender);
        if (r < 0)
                return r;
        if (r == SENDERS_E_FULL)
                return sd_bus_error_set(reterr, SD_BUS_ERROR_LIMITS_EXCEEDED, too_many);

        call = sender->call_count > SMTP_RESTRICTIONS_CALLS_MAX ? NULL : calloc(1, sizeof(*call));
        if (!call) {
                sender_drop(sender);
                return sd_bus_error_set(reterr, SD_BUS_ERROR_LIMITS_EXCEEDED, too_many);
        }

        *call = (Call){
                .calls = calls,
                .message = sd_bus_message_ref(m),
                .sender = sender,
        };
        *calls->last = call;
        calls->last = &call->next;

        *ret = call;
        return 0;
}

/* What waits already: of the caller's uid, and of everybody but root. */
typedef struct Waiting {
        size_t of_uid, of_all;
        size_t heavy_of_uid, heavy_of_all;
} Waiting;

static Waiting count_waiting(const Calls *calls, uint32_t uid) {
        Waiting waiting = {};

        for (const Call *call = calls->first; call; call = call->next) {
                if (!call->admitted)
                        continue;

                if (call->sender->uid == uid) {
                        waiting.of_uid++;
                        waiting.heavy_of_uid += call->heavy;
                }
                if (call->sender->uid != 0) {
                        waiting.of_all++;
                        waiting.heavy_of_all += call->heavy;
                }
        }

        return waiting;
}

/* Root is counted apart: others who fill the queue must not keep the administrator out. */
static bool has_room(const Call *call) {
        Waiting waiting = count_waiting(call->calls, call->sender->uid);

        if (call->sender->uid == 0)
                return waiting.of_uid < SMTP_RESTRICTIONS_CALLS_MAX;

        if (call->heavy && (waiting.heavy_of_uid > 0 || waiting.heavy_of_all >= HEAVY_MAX))
                return false;

        return waiting.of_uid < SMTP_RESTRICTIONS_CALLS_PER_USER_MAX &&
               waiting.of_all < SMTP_RESTRICTIONS_CALLS_MAX;
}

static int authorize(Call *call, const CallQuestion *question, sd_bus_error *reterr) {
        int r;

        if (call->sender->state == SENDER_ASKED)
                return CALLS_E_PENDING;
        if (call->sender->state == SENDER_FAILED)
                return sd_bus_error_set(
                                reterr,
                                SD_BUS_ERROR_ACCESS_DENIED,
                                "The bus cannot tell who calls");

        call->heavy = question->heavy;
        call->admitted = call->admitted || has_room(call);
        if (!call->admitted)
                return question->optional ? CALLS_E_WITHOUT
                                          : call_refuse(call,
                                                        reterr,
                                                        SD_BUS_ERROR_LIMITS_EXCEEDED,
                                                        too_many);

        if (call->sender->uid == 0 || question->about_caller ||
            (question->about_uid && question->uid == call->sender->uid))
                return 0;

        while (call->granted < ELEMENTS_OF(question->actions) && question->actions[call->granted]) {
                r = call_ask_step(call, question, reterr);
                if (r != 0)
                        return r;
        }

        return 0;
}

int calls_authorize(
                Calls *calls,
                sd_bus_message *m,
                const CallQuestion *question,
                Call **call,
                sd_bus_error *reterr) {
        int r;

        assert(calls && m && question && question->actions[0] && call);

        if (!*call) {
                r = new_call(calls, m, call, reterr);
                if (r < 0)
                        return r;
        }

        r = authorize(*call, question, reterr);
        if (r == CALLS_E_PENDING)
                *call = NULL;

        return r;
}

void call_set_work(Call *call, CallCancel cancel, void *userdata) {
        call->cancel = cancel;
        call->cancel_userdata = userdata;
}

sd_bus_message *call_message(const Call *call) {
        return call->message;
}

uint32_t call_uid(const Call *call) {
        assert(call->sender->state == SENDER_KNOWN);
        return call->sender->uid;
}
