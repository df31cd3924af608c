/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What is asked and told, from its beginning until it is sent. */

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "meterd/shared-state.h"
#include "util/now.h"

/* At a time, of what was counted here: questions wait behind it. */
#define TELL_MAX        1000
#define TELL_SIZE_MAX   ((size_t) 128 * 1024)
#define OPEN_MAX        20000                       /* calls; more are decided here */
#define UNSENT_SIZE_MAX ((size_t) 64 * 1024 * 1024) /* likewise */

/* ---- what is open ---- */

static void shared_append(OpenList *list, Open *open) {
        *(list->first ? &list->last->behind : &list->first) = open;
        list->last = open;
        open->behind = NULL;
        list->count++;
}

Open *shared_take_first(OpenList *list) {
        Open *open = list->first;

        if (open) {
                list->first = open->behind;
                list->count--;
        }
        return open;
}

void shared_end(Open *open, bool is_answered) {
        if (open->question.handler)
                open->question.handler(is_answered ? &open->call : NULL, open->question.userdata);
        ledger_call_end(&open->call);
        free(open);
}

/* The handlers may ask anew, which then does not wait. */
void shared_end_all(Shared *shared) {
        Open *open;

        while ((open = shared_take_first(&shared->sent)))
                shared_end(open, false);
        while ((open = shared_take_first(&shared->waiting)))
                shared_end(open, false);
}

void shared_set_timer(Shared *shared, uint64_t usec) {
        (void) sd_event_source_set_time(shared->timer, usec);
        (void) sd_event_source_set_enabled(shared->timer, SD_EVENT_ONESHOT);
}

/* ---- sending ---- */

static void watch_for_room(Shared *shared, bool wanted) {
        (void) sd_event_source_set_io_events(shared->source, wanted ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void shared_send_on(Shared *shared) {
        while (shared->unsent_from < shared->unsent.size) {
                ssize_t n =
                                send(shared->fd,
                                     shared->unsent.data + shared->unsent_from,
                                     shared->unsent.size - shared->unsent_from,
                                     MSG_NOSIGNAL | MSG_DONTWAIT);

                if (n < 0 && errno == EAGAIN) {
                        watch_for_room(shared, true);
                        return;
                }
                if (n < 0) {
                        shared_give_up(shared, -errno, NULL);
                        return;
                }
                shared->unsent_from += (size_t) n;
        }

        text_done(&shared->unsent);
        shared->unsent_from = 0;
        watch_for_room(shared, false);
}

/* Takes it over. */
void shared_send(Shared *shared, Open *open) {
        open->tries++;
        ledger_call_write(
                        shared->ledger,
                        &open->call,
                        shared->host,
                        !shared->is_known,
                        now_read_sec(),
                        &shared->unsent);
        /* until then the time to connect counts */
        if (!shared->sent.first && shared->state == SHARED_UP)
                shared_set_timer(shared, now_read_usec(CLOCK_MONOTONIC) + shared->wait_usec);
        shared_append(&shared->sent, open);
        if (shared->unsent.failed || shared->unsent.size > UNSENT_SIZE_MAX)
                shared_give_up(shared, -ENOBUFS, NULL);
        else
                shared_send_on(shared);
}

void shared_begin(Shared *shared, Open *open) {
        const SharedQuestion *question = &open->question;
        int64_t now_sec = now_read_sec();
        int r;

        if (question->names)
                r =
                                ledger_call_ask(shared->ledger,
                                                question->id,
                                                question->recipients,
                                                question->names,
                                                now_sec,
                                                &open->call);
        else
                r = ledger_call_release(shared->ledger, question->id, now_sec, &open->call);
        if (r == 0)
                shared_send(shared, open);
        else
                shared_end(open, false);
}

void shared_ask(Shared *shared, const SharedQuestion *question) {
        Open *open = NULL;

        if (shared->state == SHARED_UP || shared->state == SHARED_BEGINNING)
                if (shared->sent.count + shared->waiting.count < OPEN_MAX)
                        open = calloc(1, sizeof(*open));
        if (!open) {
                question->handler(NULL, question->userdata);
                return;
        }

        open->question = *question;
        open->since_usec = now_read_usec(CLOCK_MONOTONIC);
        if (shared->state == SHARED_UP)
                shared_begin(shared, open);
        else
                shared_append(&shared->waiting, open);
}

static void tell(Shared *shared, LedgerCall *call) {
        Open *open = calloc(1, sizeof(*open));

        if (!open) {
                ledger_call_end(call);
                shared_give_up(shared, -ENOMEM, NULL);
                return;
        }

        open->call = *call;
        open->since_usec = now_read_usec(CLOCK_MONOTONIC);
        shared_send(shared, open);
}

void shared_on_tell(const LedgerCall *call, void *userdata) {
        Shared *shared = userdata;
        LedgerCall copy = *call;

        if (shared->state == SHARED_UP)
                tell(shared, &copy);
        else
                ledger_call_end(&copy);
}

/* ---- all that was counted here ---- */

static int tell_subject(
                SubjectKind kind, const char *name, const LedgerUsage *usage, void *userdata) {
        Shared *shared = userdata;
        LedgerCall call;

        (void) usage;
        if (shared->state != SHARED_UP)
                return 0;
        if (shared->sent.count >= TELL_MAX || shared->unsent.size > TELL_SIZE_MAX)
                shared->has_left_out = true;
        else if (ledger_call_tell(shared->ledger, kind, name, now_read_sec(), &call) == 0)
                tell(shared, &call);
        return 0;
}

/* Some of it, when what was sent before has been answered. */
void shared_tell_on(Shared *shared) {
        while (shared->state == SHARED_UP && shared->is_telling && !shared->sent.first) {
                int r =
                                ledger_look_on(shared->ledger,
                                               &shared->look,
                                               now_read_sec(),
                                               tell_subject,
                                               shared);

                shared->is_telling = r > 0 || shared->has_left_out;
                if (r == 0) {
                        shared->look = (LedgerLook){};
                        shared->has_left_out = false;
                }
        }
}

/* Before anybody relies on it: is the script what the server takes? */
void shared_try_script(Shared *shared) {
        LedgerCall call = { .mode = SHARED_LOOK };

        tell(shared, &call);
}
