/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-id128.h>

#include "meterd/shared-state.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/now.h"

#define CONNECT_USEC (10 * USEC_PER_SEC) /* it says itself what went wrong, and sooner */
#define RETRY_USEC   (3 * USEC_PER_SEC)
#define TRIES_MAX    5 /* of one call */

/* ---- receiving ---- */

static void go_up(Shared *shared) {
        Open *open;

        shared->state = SHARED_UP;
        ledger_set_part(shared->ledger, 100);
        if (shared->failing)
                log_notice("The server of shared counters answers again");
        else
                log_info("Counting together with other mail servers");
        shared->failing = false;
        shared->is_telling = true;
        shared->has_left_out = false;
        shared->look = (LedgerLook){};
        shared->watcher(true, shared->userdata);
        while (shared->state == SHARED_UP && (open = shared_take_first(&shared->waiting)))
                shared_begin(shared, open);
}

static int take_answer(Shared *shared, const char *line) {
        Open *open = shared->sent.first;
        SharedReply reply;
        int r;

        if (!open)
                return -EBADMSG;
        r = shared_reply_read(line, open->call.count, &reply);
        if (r < 0)
                return r;

        open = shared_take_first(&shared->sent);
        if (shared->sent.first)
                shared_set_timer(shared, shared->sent.first->since_usec + shared->wait_usec);
        else
                (void) sd_event_source_set_enabled(shared->timer, SD_EVENT_OFF);

        shared->is_known = reply.kind != SHARED_NO_SCRIPT &&
                           (shared->is_known || reply.kind != SHARED_AGAIN);
        if (ledger_call_read(&open->call, &reply) == LEDGER_E_MORE) {
                if (open->tries >= TRIES_MAX) {
                        shared_end(open, false);
                        return -ELOOP;
                }
                shared_send(shared, open);
                return 0;
        }

        shared_end(open, true);
        if (shared->state == SHARED_BEGINNING || shared->state == SHARED_RETRYING)
                go_up(shared);
        shared_tell_on(shared);
        return 0;
}

/* The first line of a connection says whether it stands. */
static int take_line(Shared *shared, const char *line) {
        bool is_first = (shared->state == SHARED_BEGINNING || shared->state == SHARED_RETRYING) &&
                        !shared->sent.first;
        int r;

        if (is_first && strcmp(line, "+ready") == 0) {
                shared_try_script(shared);
                return 0;
        }

        r = is_first ? -ENOTCONN : take_answer(shared, line);
        if (r < 0 && line[0] == '-') {
                shared_give_up(shared, r, line + 1);
                return 0;
        }
        return r;
}

static int take_lines(Shared *shared) {
        char *newline;

        while (shared->fd >= 0 && (newline = memchr(shared->line, '\n', shared->size))) {
                char line[SHARED_LINE_MAX];
                size_t size = (size_t) (newline - shared->line);
                int r;

                memcpy(line, shared->line, size);
                line[size] = 0;
                if (size > 0 && line[size - 1] == '\r')
                        line[size - 1] = 0;
                shared->size -= size + 1;
                (void) memmove(shared->line, newline + 1, shared->size);
                r = take_line(shared, line);
                if (r < 0)
                        return r;
        }

        return shared->size < sizeof(shared->line) ? 0 : -EBADMSG;
}

static int on_ready(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Shared *shared = userdata;
        ssize_t n;
        int r = 0;

        (void) source;
        if (events & EPOLLOUT)
                shared_send_on(shared);
        if (shared->fd < 0 || !(events & ~(uint32_t) EPOLLOUT))
                return 0;

        n = recv(fd,
                 shared->line + shared->size,
                 sizeof(shared->line) - shared->size,
                 MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n < 0)
                r = -errno;
        else if (n == 0)
                r = -EPIPE;
        else {
                shared->size += (size_t) n;
                r = take_lines(shared);
        }

        if (r < 0)
                shared_give_up(shared, r, NULL);
        return 0;
}

/* ---- the connection ---- */

static void disconnect(Shared *shared) {
        shared->source = sd_event_source_disable_unref(shared->source);
        shared->fd = fd_close(shared->fd);
        shared->size = 0;
        shared->is_known = false;
        shared->is_telling = false;
        text_done(&shared->unsent);
        shared->unsent_from = 0;
        ledger_set_part(shared->ledger, shared->url ? shared->percent : 100);
}

/* `text`: in the server's words. */
void shared_give_up(Shared *shared, int error, const char *text) {
        CLEANUP(freep) char *quoted = text ? string_quote(text, strlen(text), 200) : NULL;

        if (!shared->failing)
                log_warning("The server of shared counters does not answer (%s): until it does, "
                            "%" PRIu32 " percent of each limit are this host's own",
                            quoted ?: strerror(-error),
                            shared->percent);
        shared->failing = true;
        shared->state = SHARED_DOWN;
        disconnect(shared);
        shared_set_timer(shared, now_read_usec(CLOCK_MONOTONIC) + RETRY_USEC);
        shared->watcher(false, shared->userdata);
        shared_end_all(shared);
}

static int connect_to(Shared *shared) {
        CLEANUP(fd_closep) int fd = -EBADF;
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int r;

        memcpy(address.sun_path, shared->path, strlen(shared->path) + 1);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        if (connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;

        r = sd_event_add_io(shared->event, &shared->source, fd, EPOLLIN, on_ready, shared);
        if (r < 0)
                return r;
        shared->fd = TAKE_FD(fd);
        return 0;
}

static void try_to_connect(Shared *shared, SharedState state, uint64_t within_usec) {
        int r;

        shared->state = state;
        shared_set_timer(shared, now_read_usec(CLOCK_MONOTONIC) + within_usec);
        r = connect_to(shared);
        if (r < 0)
                shared_give_up(shared, r, NULL);
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata) {
        Shared *shared = userdata;

        (void) source;
        (void) usec;
        if (shared->state == SHARED_DOWN)
                try_to_connect(shared, SHARED_RETRYING, CONNECT_USEC);
        else if (shared->state != SHARED_OFF)
                shared_give_up(shared, -ETIMEDOUT, NULL);
        return 0;
}

int shared_set(Shared *shared, const char *url, uint32_t percent) {
        CLEANUP(freep) char *copy = url ? strdup(url) : NULL;

        if (url && !copy)
                return -ENOMEM;

        free(shared->url);
        shared->url = TAKE(copy);
        shared->percent = percent;
        shared->state = SHARED_OFF;
        shared->failing = false;
        disconnect(shared);
        (void) sd_event_source_set_enabled(shared->timer, SD_EVENT_OFF);
        shared_end_all(shared);
        ledger_set_teller(shared->ledger, shared->url ? shared_on_tell : NULL, shared);
        if (shared->url)
                try_to_connect(shared, SHARED_BEGINNING, shared->wait_usec);
        else
                shared->watcher(true, shared->userdata);
        return 0;
}

bool shared_is_in_use(const Shared *shared) {
        return shared->state != SHARED_OFF;
}

bool shared_is_reached(const Shared *shared) {
        return shared->state == SHARED_UP;
}

/* A word for this host that says nothing about it, if it has none. */
static int name_host(const char *host, char ret[static HOST_SIZE]) {
        static const sd_id128_t application = SD_ID128_MAKE(
                        4a, 0e, 51, 7d, 36, c2, 4b, 8f, 9d, 15, 62, 0b, e8, 77, 3a, c4);
        sd_id128_t id;
        int r;

        if (host) {
                if (strlen(host) >= HOST_SIZE)
                        return -ENAMETOOLONG;
                memcpy(ret, host, strlen(host) + 1);
                return 0;
        }

        r = sd_id128_get_machine_app_specific(application, &id);
        if (r >= 0)
                (void) sd_id128_to_string(id, ret);
        return r;
}

int shared_new(sd_event *event,
               const char *path,
               const char *host,
               uint64_t wait_usec,
               Ledger *ledger,
               SharedWatcher watcher,
               void *userdata,
               Shared **ret) {
        CLEANUP(shared_freep) Shared *shared = calloc(1, sizeof(Shared));
        int r;

        if (!shared)
                return -ENOMEM;
        shared->fd = -EBADF;
        shared->event = sd_event_ref(event);
        shared->wait_usec = wait_usec;
        shared->ledger = ledger;
        shared->watcher = watcher;
        shared->userdata = userdata;
        shared->path = strdup(path);
        if (!shared->path)
                return -ENOMEM;
        if (strlen(path) >= sizeof(((struct sockaddr_un *) NULL)->sun_path))
                return -ENAMETOOLONG;

        r = name_host(host, shared->host);
        if (r >= 0)
                r = sd_event_add_time(
                                event,
                                &shared->timer,
                                CLOCK_MONOTONIC,
                                UINT64_MAX,
                                10 * USEC_PER_MSEC,
                                on_time,
                                shared);
        if (r >= 0)
                r = sd_event_source_set_enabled(shared->timer, SD_EVENT_OFF);
        if (r < 0)
                return r;

        *ret = TAKE(shared);
        return 0;
}

Shared *shared_free(Shared *shared) {
        if (!shared)
                return NULL;

        ledger_set_teller(shared->ledger, NULL, NULL);
        shared->state = SHARED_OFF;
        disconnect(shared);
        shared_end_all(shared);
        sd_event_source_disable_unref(shared->timer);
        sd_event_unref(shared->event);
        free(shared->url);
        free(shared->path);
        free(shared);
        return NULL;
}
