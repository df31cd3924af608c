/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>
#include <sys/epoll.h>

#include "core/attempt-reader.h"
#include "core/attempt-watch.h"
#include "firewall/counts.h"
#include "util/log.h"
#include "util/now.h"

/* The first attempts after a quiet time soon, as they may be all that there is to know; those of a
 * user who goes on trying now and then. */
#define SAVE_SOON_USEC (60 * USEC_PER_SEC)
#define SAVE_USEC      (5 * 60 * USEC_PER_SEC)
#define ACCURACY_USEC  (30 * USEC_PER_SEC)

#define TAKEN_MAX 50 /* in one turn: others wait too */

struct AttemptWatch {
        AttemptReader *reader;       /* owned; NULL where there are no messages */
        sd_event_source *source;     /* owned */
        sd_event_source *save_timer; /* owned */
        AttemptWatchCallbacks callbacks;
        AttemptTelling telling;
        bool save_due;
        uint64_t saved_usec; /* CLOCK_MONOTONIC; 0: never */
};

AttemptWatch *attempt_watch_free(AttemptWatch *watch) {
        if (!watch)
                return NULL;

        sd_event_source_disable_unref(watch->source);
        sd_event_source_disable_unref(watch->save_timer);
        attempt_reader_free(watch->reader);
        attempt_telling_done(&watch->telling);
        free(watch);
        return NULL;
}

static void write_journal(const AttemptNotice *notice, uint64_t count) {
        const AttemptEvent *event = &notice->event;
        char address[INET6_ADDRSTRLEN] = "", uid[16], port[8];
        CLEANUP(freep)
        char *user = string_quote(notice->user, strlen(notice->user), ATTEMPT_NAME_SIZE);

        /* fails for no family that it knows and a buffer of this size */
        (void) inet_ntop(
                        attempt_set_is_v6(event->set) ? AF_INET6 : AF_INET,
                        event->address,
                        address,
                        sizeof(address));
        (void) snprintf(uid, sizeof(uid), "%u", event->uid);
        (void) snprintf(port, sizeof(port), "%u", event->port);
        log_write_fields(
                        LOG_NOTICE,
                        LOG_ID_ATTEMPT,
                        (const LogField[]){
                                        { "SMTP_RESTRICTIONS_UID", uid },
                                        { "SMTP_RESTRICTIONS_USER", user ?: "" },
                                        { "SMTP_RESTRICTIONS_ADDRESS", address },
                                        { "SMTP_RESTRICTIONS_PORT", port },
                                        { "SMTP_RESTRICTIONS_VERDICT",
                                          attempt_set_verdict(event->set) },
                                        {},
                        },
                        "User '%s' (uid %s) may not connect to %s port %s: %s; attempts since the "
                        "last such message: %ju",
                        user ?: "",
                        uid,
                        address,
                        port,
                        attempt_set_verdict(event->set),
                        (uintmax_t) count);
}

static int on_save(sd_event_source *source, uint64_t usec, void *userdata) {
        AttemptWatch *watch = userdata;

        (void) source;
        (void) usec;
        watch->save_due = false;
        watch->saved_usec = now_read_usec(CLOCK_MONOTONIC);
        watch->callbacks.save(watch->callbacks.userdata);
        return 0;
}

/* Nothing is due while nobody tries. */
static void save_later(AttemptWatch *watch) {
        uint64_t due_usec = now_read_usec(CLOCK_MONOTONIC) + SAVE_SOON_USEC;
        int r;

        if (watch->save_due)
                return;
        if (watch->saved_usec > 0)
                due_usec = MAX_OF(due_usec, watch->saved_usec + SAVE_USEC);

        r = sd_event_source_set_time(watch->save_timer, due_usec);
        if (r >= 0)
                r = sd_event_source_set_enabled(watch->save_timer, SD_EVENT_ONESHOT);
        if (r < 0)
                log_warning_errno(r, "Attempts are not saved before the end, ignoring: %m");
        watch->save_due = r >= 0;
}

static int on_notice(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        AttemptWatch *watch = userdata;
        AttemptNotice notice;
        int r = 0;

        (void) source;
        (void) fd;
        (void) revents;
        for (unsigned i = 0; i < TAKEN_MAX; i++) {
                AttemptNews news;

                r = attempt_reader_take(watch->reader, &notice);
                if (r <= 0)
                        break;
                attempt_telling_take(&watch->telling, &notice, &news);
                if (news.count > 0)
                        watch->callbacks.attempt(&notice, news.count, watch->callbacks.userdata);
                if (news.journal_count > 0)
                        write_journal(&notice, news.journal_count);
                save_later(watch);
        }
        if (r < 0) {
                log_warning_errno(r, "Nobody is told of attempts from now on: %m");
                watch->source = sd_event_source_disable_unref(watch->source);
        }

        return 0;
}

static int open_reader(AttemptWatch *watch, sd_event *event) {
        int r;

        r = attempt_reader_new(&watch->reader);
        if (r < 0) {
                log_warning_errno(r, "Attempts are counted, but nobody is told of them: %m");
                return 0;
        }

        return sd_event_add_io(
                        event,
                        &watch->source,
                        attempt_reader_fd(watch->reader),
                        EPOLLIN,
                        on_notice,
                        watch);
}

int attempt_watch_recount(AttemptWatch *watch) {
        CLEANUP(attempts_done) Attempts attempts = {};
        int r;

        r = counts_read(&attempts);
        return r < 0 ? r : attempt_telling_begin(&watch->telling, &attempts);
}

int attempt_watch_new(sd_event *event, const AttemptWatchCallbacks *callbacks, AttemptWatch **ret) {
        CLEANUP(attempt_watch_freep) AttemptWatch *watch = NULL;
        int r;

        watch = calloc(1, sizeof(*watch));
        if (!watch)
                return -ENOMEM;
        watch->callbacks = *callbacks;

        r = sd_event_add_time(
                        event,
                        &watch->save_timer,
                        CLOCK_MONOTONIC,
                        UINT64_MAX,
                        ACCURACY_USEC,
                        on_save,
                        watch);
        if (r < 0)
                return r;
        /* counts first: what comes between the two is told with the next one */
        r = attempt_watch_recount(watch);
        if (r == -ENOMEM)
                return r;
        r = open_reader(watch, event);
        if (r < 0)
                return r;

        *ret = TAKE(watch);
        return 0;
}

AttemptBook attempt_watch_take_fresh(AttemptWatch *watch) {
        AttemptBook fresh = watch->telling.fresh;

        watch->telling.fresh = (AttemptBook){};
        return fresh;
}
