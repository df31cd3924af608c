/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What Exim asks, on its way to the answer. */

#include <errno.h>

#include "meterd/decide.h"
#include "meterd/meter-state.h"
#include "util/log.h"

/* A question that waits for whose connection it came over, or for the server of shared counters. */
typedef struct Pending {
        Meter *meter;
        ServerClient *client;
        MeterRequest request;
        Subjects names;
        bool has_uid;
        uint32_t uid;
} Pending;

static void answer(Meter *meter, ServerClient *client, int r, const char *line) {
        if (r >= 0) {
                server_answer(client, line);
                return;
        }

        if (!meter->told_of_no_room)
                (void) log_error_errno(
                                r, "Failed to answer Exim, it does without now and then: %m");
        meter->told_of_no_room = true;
        server_refuse(client);
}

static int new_pending(
                Meter *meter, ServerClient *client, const MeterRequest *request, Pending **ret) {
        Pending *pending = malloc(sizeof(*pending));

        if (!pending)
                return -ENOMEM;

        pending->meter = meter;
        pending->client = client;
        pending->request = *request;
        *ret = pending;
        return 0;
}

/* Of a message that is to be accepted, or of a recipient. */
static void on_shared_answer(const LedgerCall *call, void *userdata) {
        CLEANUP(freep) Pending *pending = userdata;
        Meter *meter = pending->meter;
        char line[DECIDE_ANSWER_SIZE];
        int r;

        r = decide(meter->ledger,
                   meter->settings,
                   &pending->request,
                   &pending->names,
                   pending->has_uid,
                   pending->uid,
                   call,
                   line);
        answer(meter, pending->client, r, line);
}

/* Takes it over. */
static void decide_pending(Pending *pending) {
        Meter *meter = pending->meter;
        const MeterRequest *request = &pending->request;
        char line[DECIDE_ANSWER_SIZE];
        const SharedQuestion question = {
                .id = request->question == METER_QUESTION_MESSAGE ? request->id : NULL,
                .names = &pending->names,
                .recipients = request->recipients,
                .handler = on_shared_answer,
                .userdata = pending,
        };

        if (!decide_at_once(meter->settings,
                            meter->subjects,
                            request,
                            pending->has_uid,
                            pending->uid,
                            &pending->names,
                            line)) {
                shared_ask(meter->shared, &question);
                return;
        }

        answer(meter, pending->client, 0, line);
        free(pending);
}

static void on_owner(IdentOwner owner, uint32_t uid, void *userdata) {
        CLEANUP(freep) Pending *pending = userdata;
        Meter *meter = pending->meter;
        char line[DECIDE_ANSWER_SIZE];

        if (owner == IDENT_OWNER_GONE && decide_without_owner(meter->settings, line)) {
                answer(meter, pending->client, 0, line);
                return;
        }

        pending->has_uid = owner == IDENT_OWNER_KNOWN;
        pending->uid = uid;
        decide_pending(TAKE(pending));
}

static void on_release_answer(const LedgerCall *call, void *userdata) {
        CLEANUP(freep) Pending *pending = userdata;
        Meter *meter = pending->meter;
        char line[DECIDE_ANSWER_SIZE];
        int r;

        r = decide_release(meter->ledger, meter->settings, &pending->request, call, line);
        if (r < 0)
                meter_give_up(meter, r);
        answer(meter, pending->client, r, line);
}

static void ask_to_release(Pending *pending) {
        const SharedQuestion question = {
                .id = pending->request.id,
                .handler = on_release_answer,
                .userdata = pending,
        };

        shared_ask(pending->meter->shared, &question);
}

void meter_on_ask(ServerClient *client, const MeterRequest *request, void *userdata) {
        Meter *meter = userdata;
        char line[DECIDE_ANSWER_SIZE];
        Pending *pending;
        int r;

        meter_wake(meter);
        if (request->question == METER_QUESTION_AUTH) {
                decide_auth(meter->settings, meter->subjects, request, line);
                answer(meter, client, 0, line);
                return;
        }

        r = new_pending(meter, client, request, &pending);
        if (r < 0) {
                answer(meter, client, r, NULL);
                return;
        }

        if (request->question == METER_QUESTION_RELEASE)
                ask_to_release(pending);
        else if (!meter_request_has_connection(request)) {
                pending->has_uid = true;
                pending->uid = request->uid;
                decide_pending(pending);
        } else if (ident_ask(meter->ident, &pending->request, on_owner, pending) < 0) {
                free(pending);
                answer(meter, client, -ENOMEM, NULL);
        }
}
