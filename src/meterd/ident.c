/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "meterd/elsewhere.h"
#include "meterd/ident.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/now.h"
#include "util/parse.h"
#include "util/text.h"

#define ANSWER_USEC (500 * USEC_PER_MSEC)
#define IDLE_USEC   (60 * USEC_PER_SEC)
#define LINE_MAX    16

typedef struct Question {
        struct Question *behind;
        IdentHandler handler;
        void *userdata;
        uint64_t since_usec;
        char host[INET6_ADDRSTRLEN];
} Question;

/* One connection, over which answers come in the order of the questions. */
struct Ident {
        sd_event *event;         /* owned */
        char *path;              /* owned */
        int fd;                  /* owned; negative: not connected */
        sd_event_source *source; /* owned */
        sd_event_source *timer;  /* owned: on while a question is open */
        Question *first;         /* owned: those that are open */
        Question *last;
        uint64_t last_usec;
        char line[LINE_MAX];
        size_t size;
        Elsewhere elsewhere;
        bool failing;
};

static void answer_first(Ident *ident, IdentOwner owner, uint32_t uid) {
        CLEANUP(freep) Question *question = ident->first;

        ident->first = question->behind;
        if (!ident->first) {
                ident->last = NULL;
                (void) sd_event_source_set_enabled(ident->timer, SD_EVENT_OFF);
        }
        question->handler(owner, uid, question->userdata);
}

static void disconnect(Ident *ident) {
        ident->source = sd_event_source_disable_unref(ident->source);
        ident->fd = fd_close(ident->fd);
        ident->size = 0;
}

/* What is asked of nobody stays unknown. */
static void give_up(Ident *ident, int error) {
        if (!ident->failing)
                (void) log_warning_errno(
                                error,
                                "Failed to learn who owns connections to the mail server, such "
                                "mail is counted for mailbox and domain alone: %m");
        ident->failing = true;
        disconnect(ident);
        while (ident->first)
                answer_first(ident, IDENT_OWNER_UNKNOWN, 0);
}

/* "UID", "-", "gone" or "unknown". Return: 0 or -EBADMSG. */
static int take_line(Ident *ident, const char *line) {
        IdentOwner owner = string_equal(line, "-")         ? IDENT_OWNER_ELSEWHERE
                           : string_equal(line, "gone")    ? IDENT_OWNER_GONE
                           : string_equal(line, "unknown") ? IDENT_OWNER_UNKNOWN
                                                           : IDENT_OWNER_KNOWN;
        uint32_t uid = 0;

        if (!ident->first ||
            (owner == IDENT_OWNER_KNOWN && parse_u32(line, UINT32_MAX - 1, &uid) < 0))
                return -EBADMSG;

        ident->failing = false;
        if (owner == IDENT_OWNER_ELSEWHERE)
                elsewhere_add(&ident->elsewhere, ident->first->host, ident->first->since_usec);
        answer_first(ident, owner, uid);
        return 0;
}

static int take_lines(Ident *ident) {
        char *newline;

        while ((newline = memchr(ident->line, '\n', ident->size))) {
                char line[LINE_MAX];
                size_t size = (size_t) (newline - ident->line);
                int r;

                memcpy(line, ident->line, size);
                line[size] = 0;
                ident->size -= size + 1;
                (void) memmove(ident->line, newline + 1, ident->size);
                r = take_line(ident, line);
                if (r < 0)
                        return r;
        }

        return ident->size < sizeof(ident->line) ? 0 : -EBADMSG;
}

static int on_readable(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Ident *ident = userdata;
        ssize_t n;
        int r = 0;

        (void) source;
        (void) events;
        n = recv(fd, ident->line + ident->size, sizeof(ident->line) - ident->size, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n < 0)
                r = -errno;
        else if (n > 0) {
                ident->size += (size_t) n;
                r = take_lines(ident);
        } else if (ident->first)
                r = -EPIPE;
        else
                disconnect(ident);

        if (r < 0)
                give_up(ident, r);
        return 0;
}

/* The first one is late: so are all behind it. */
static int on_late(sd_event_source *source, uint64_t usec, void *userdata) {
        Ident *ident = userdata;

        (void) usec;
        if (!ident->first)
                return 0;
        if (ident->first->since_usec + ANSWER_USEC <= now_read_usec(CLOCK_MONOTONIC)) {
                give_up(ident, -ETIMEDOUT);
                return 0;
        }

        (void) sd_event_source_set_time(source, ident->first->since_usec + ANSWER_USEC);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int connect_to(Ident *ident) {
        CLEANUP(fd_closep) int fd = -EBADF;
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int r;

        if (ident->fd >= 0)
                return 0;

        memcpy(address.sun_path, ident->path, strlen(ident->path) + 1);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        /* EAGAIN: its queue is full */
        if (connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;

        r = sd_event_add_io(ident->event, &ident->source, fd, EPOLLIN, on_readable, ident);
        if (r < 0)
                return r;
        ident->fd = TAKE_FD(fd);
        return 0;
}

static int send_line(Ident *ident, const char *line, size_t size) {
        int r;

        r = connect_to(ident);
        if (r < 0)
                return r;
        if (send(ident->fd, line, size, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t) size)
                return -EPIPE;
        return 0;
}

static int send_question(Ident *ident, const MeterRequest *request) {
        char line[2 * INET6_ADDRSTRLEN + 16];
        int size, r;

        size = snprintf(line,
                        sizeof(line),
                        "%s %u %s %u\n",
                        request->host,
                        request->port,
                        request->local_host,
                        request->local_port);
        r = send_line(ident, line, (size_t) size);
        /* it may have been started anew since the last question */
        if (r == -EPIPE && ident->first == ident->last) {
                disconnect(ident);
                r = send_line(ident, line, (size_t) size);
        }
        return r;
}

int ident_ask(Ident *ident, const MeterRequest *request, IdentHandler handler, void *userdata) {
        uint64_t now_usec = now_read_usec(CLOCK_MONOTONIC);
        Question *question;
        int r;

        if (elsewhere_has(&ident->elsewhere, request->host, now_usec)) {
                handler(IDENT_OWNER_ELSEWHERE, 0, userdata);
                return 0;
        }

        question = calloc(1, sizeof(*question));
        if (!question)
                return -ENOMEM;

        *question = (Question){
                .handler = handler,
                .userdata = userdata,
                .since_usec = now_usec,
        };
        memcpy(question->host, request->host, sizeof(question->host));
        ident->last_usec = question->since_usec;
        if (!ident->first) {
                (void) sd_event_source_set_time(ident->timer, question->since_usec + ANSWER_USEC);
                (void) sd_event_source_set_enabled(ident->timer, SD_EVENT_ONESHOT);
        }
        *(ident->first ? &ident->last->behind : &ident->first) = question;
        ident->last = question;

        r = send_question(ident, request);
        if (r < 0)
                give_up(ident, r);
        return 0;
}

void ident_end_idle(Ident *ident, uint64_t now_usec) {
        if (ident->fd >= 0 && !ident->first && ident->last_usec + IDLE_USEC < now_usec)
                disconnect(ident);
}

int ident_new(sd_event *event, const char *path, Ident **ret) {
        CLEANUP(ident_freep) Ident *ident = calloc(1, sizeof(Ident));
        int r;

        if (!ident)
                return -ENOMEM;
        ident->fd = -EBADF;
        ident->event = sd_event_ref(event);
        ident->path = strdup(path);
        if (!ident->path)
                return -ENOMEM;
        if (strlen(path) >= sizeof(((struct sockaddr_un *) NULL)->sun_path))
                return -ENAMETOOLONG;

        r = sd_event_add_time(
                        event,
                        &ident->timer,
                        CLOCK_MONOTONIC,
                        UINT64_MAX,
                        10 * USEC_PER_MSEC,
                        on_late,
                        ident);
        if (r >= 0)
                r = sd_event_source_set_enabled(ident->timer, SD_EVENT_OFF);
        if (r < 0)
                return r;

        *ret = TAKE(ident);
        return 0;
}

Ident *ident_free(Ident *ident) {
        if (!ident)
                return NULL;

        disconnect(ident);
        while (ident->first)
                answer_first(ident, IDENT_OWNER_UNKNOWN, 0);
        sd_event_source_disable_unref(ident->timer);
        sd_event_unref(ident->event);
        free(ident->path);
        free(ident);
        return NULL;
}
