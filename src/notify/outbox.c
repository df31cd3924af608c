/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "notify/bulletin.h"
#include "notify/hooks.h"
#include "notify/order.h"
#include "notify/outbox.h"
#include "notify/sender.h"
#include "util/json.h"
#include "util/log.h"
#include "util/now.h"
#include "util/signal-pace.h"
#include "util/string-list.h"

#define RETRY_USEC  (300 * USEC_PER_SEC)
#define RETRIES_MAX 12 /* an hour */

#define WAITING_MAX 64 /* orders for hooks */

struct Outbox {
        Settings settings;
        Bulletin bulletin;
        sd_event_source *timer; /* owned */
        Sender sender;
        char *mail;         /* owned: an order that was not done yet */
        uint64_t mail_usec; /* when it is tried */
        unsigned retries;
        StringList waiting; /* orders for hooks, the first one first */
        SignalPace pace;
        bool sending_mail;
};

static uint64_t now_monotonic(void) {
        return now_read_usec(CLOCK_MONOTONIC);
}

static void drop_mail(Outbox *outbox) {
        free(TAKE(outbox->mail));
        outbox->mail_usec = 0;
        outbox->retries = 0;
}

/* Return: whether there is a mail that may be tried now. */
static bool find_mail(Outbox *outbox) {
        CLEANUP(freep) char *mail = NULL;
        char host[HOST_NAME_MAX + 1] = "";
        int r;

        if (outbox->mail)
                return outbox->mail_usec <= now_monotonic();
        if (!*outbox->settings.to)
                return false;

        (void) gethostname(host, sizeof(host) - 1); /* "" without one */
        r = bulletin_take(&outbox->bulletin, now_monotonic(), outbox->settings.to, host, &mail);
        if (r > 0)
                outbox->mail = order_write(ORDER_MAIL, mail);
        if (r < 0 || (r > 0 && !outbox->mail))
                (void) log_error_errno(-ENOMEM, "Failed to write a mail: %m");
        return outbox->mail;
}

static void say_failed(Outbox *outbox, int error) {
        if (!outbox->sending_mail) {
                (void) log_warning_errno(error, "Failed to have hooks run, ignoring: %m");
                return;
        }

        if (outbox->retries++ >= RETRIES_MAX) {
                log_error("A mail to %s could not be sent for an hour, giving it up",
                          outbox->settings.to);
                drop_mail(outbox);
                return;
        }
        outbox->mail_usec = now_monotonic() + RETRY_USEC;
        (void) log_warning_errno(
                        error,
                        "Failed to send a mail to %s, trying again in %u minutes: %m",
                        outbox->settings.to,
                        (unsigned) (RETRY_USEC / USEC_PER_SEC / 60));
}

/* When there is something to do that nobody calls for. */
static void set_timer(Outbox *outbox) {
        uint64_t next = UINT64_MAX;
        int r;

        if (outbox->mail)
                next = outbox->mail_usec;
        else if (*outbox->settings.to)
                next = bulletin_next(&outbox->bulletin);

        r = sd_event_source_set_time(outbox->timer, next);
        if (r >= 0)
                r = sd_event_source_set_enabled(
                                outbox->timer,
                                next == UINT64_MAX || sender_is_busy(&outbox->sender)
                                                ? SD_EVENT_OFF
                                                : SD_EVENT_ONESHOT);
        if (r < 0)
                (void) log_error_errno(r, "Failed to set a timer: %m");
}

static void take_hook(Outbox *outbox, char **ret) {
        *ret = outbox->waiting.items[0];
        outbox->waiting.count--;
        memmove(outbox->waiting.items,
                outbox->waiting.items + 1,
                outbox->waiting.count * sizeof(char *));
}

/* Mails first: they are few, and hooks may take their time. */
static void work(Outbox *outbox) {
        while (!sender_is_busy(&outbox->sender)) {
                CLEANUP(freep) char *hook = NULL;
                int r;

                outbox->sending_mail = find_mail(outbox);
                if (!outbox->sending_mail && outbox->waiting.count == 0)
                        break;
                if (!outbox->sending_mail)
                        take_hook(outbox, &hook);
                r = sender_send(&outbox->sender, hook ?: outbox->mail);
                if (r < 0)
                        say_failed(outbox, r);
        }

        set_timer(outbox);
}

static void on_sent(void *userdata, bool success) {
        Outbox *outbox = userdata;

        if (!success)
                say_failed(outbox,
                           -EREMOTEIO) /* what it was smtp-restrictions-notify-run has logged */;
        else if (outbox->sending_mail)
                drop_mail(outbox);
        work(outbox);
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata) {
        (void) source;
        (void) usec;
        work(userdata);
        return 0;
}

static bool has_hooks(void) {
        CLEANUP(string_list_done) StringList hooks = {};

        return hooks_list(HOOKS_FOLDER, &hooks) >= 0 && hooks.count > 0;
}

/* Return: 0 or -ENOMEM. */
static int add_hook(Outbox *outbox, const json_t *event) {
        CLEANUP(json_decrefp) json_t *copy = NULL;
        CLEANUP(freep) char *text = NULL, *order = NULL;
        uint64_t kept_back;
        size_t size;
        int r;

        if (!has_hooks())
                return 0;
        if (outbox->waiting.count >= WAITING_MAX) {
                outbox->pace.kept_back++;
                return 0;
        }
        if (!signal_pace_take(&outbox->pace, now_monotonic(), &kept_back))
                return 0;

        copy = json_copy((json_t *) event);
        if (!copy ||
            (kept_back > 0 &&
             json_object_set_new(copy, "NotRun", json_integer((json_int_t) kept_back)) < 0))
                return -ENOMEM;
        r = json_to_text(copy, JSON_INDENT(2), &text, &size);
        if (r < 0)
                return r;
        order = order_write(ORDER_HOOK, text);
        return order ? string_list_append(&outbox->waiting, order) : -ENOMEM;
}

void outbox_add(Outbox *outbox, const json_t *json) {
        CLEANUP(event_done) Event event = {};
        int r;

        r = event_read(json, &event);
        if (r == -EINVAL)
                return; /* a signal of a later version */
        if (r >= 0)
                r = bulletin_add(&outbox->bulletin, &event, now_monotonic());
        if (r >= 0)
                r = add_hook(outbox, json);
        if (r < 0)
                (void) log_warning_errno(r, "Failed to keep what happened, ignoring: %m");
        work(outbox);
}

bool outbox_forget(Outbox *outbox, const char *subject) {
        return bulletin_forget(&outbox->bulletin, subject);
}

int outbox_new(sd_event *event, const Settings *settings, Outbox **ret) {
        CLEANUP(outbox_freep) Outbox *outbox = calloc(1, sizeof(Outbox));
        int r;

        if (!outbox)
                return -ENOMEM;
        outbox->settings = *settings;
        outbox->bulletin.options = settings->bulletin;
        outbox->sender = (Sender){
                .event = event, .fd = -EBADF, .done = on_sent, .userdata = outbox
        };

        r = sd_event_add_time(
                        event,
                        &outbox->timer,
                        CLOCK_MONOTONIC,
                        UINT64_MAX,
                        USEC_PER_SEC / 10,
                        on_time,
                        outbox);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(outbox->timer, SD_EVENT_OFF);
        if (r < 0)
                return r;

        *ret = TAKE(outbox);
        return 0;
}

Outbox *outbox_free(Outbox *outbox) {
        if (!outbox)
                return NULL;

        sender_done(&outbox->sender);
        sd_event_source_disable_unref(outbox->timer);
        bulletin_done(&outbox->bulletin);
        string_list_done(&outbox->waiting);
        free(outbox->mail);
        free(outbox);
        return NULL;
}
