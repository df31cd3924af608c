/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * bench-mail ADDRESS SESSIONS PER_CONNECTION MESSAGES SECONDS
 *
 * Gives a mail server messages of one recipient over so many sessions at a time: each logs in as an
 * account of a domain of its own, sends PER_CONNECTION messages in lockstep, and begins anew. Ends
 * after MESSAGES accepted ones (0: never) or SECONDS, whatever is first, with what is on its way
 * answered. A connection that breaks begins anew too, and its message counts as lost.
 *
 * Prints one line: accepted, refused, lost, nanoseconds, median and 99th percentile of the
 * microseconds from a message's final dot to the answer.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <nettle/base64.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "util/fd.h"
#include "util/now.h"

#define SMTP_PORT    25
#define SESSIONS_MAX 256
#define TIMES_MAX    10000000
#define REPLY_SIZE   4096
#define STUCK_USEC   (60 * USEC_PER_SEC)

/* What the next reply answers. */
typedef enum Step {
        STEP_CONNECT,
        STEP_EHLO,
        STEP_AUTH,
        STEP_MAIL,
        STEP_RCPT,
        STEP_DATA,
        STEP_BODY,
} Step;

typedef struct Session {
        unsigned number;
        int fd;
        Step step;
        unsigned sent; /* over this connection */
        uint64_t since_usec;
        char reply[REPLY_SIZE];
        size_t reply_size;
} Session;

typedef struct Run {
        struct sockaddr_in address;
        int epoll_fd;
        Session sessions[SESSIONS_MAX];
        unsigned session_count;
        unsigned per_connection;
        uint64_t wanted;
        uint64_t begin_usec, until_usec;
        unsigned busy; /* sessions that are open */
        uint64_t begun, accepted, refused, lost;
        uint32_t *took_usec;
        size_t took_count;
} Run;

static void die(const char *what) {
        perror(what);
        exit(EXIT_FAILURE);
}

static uint64_t now_usec(void) {
        return now_read_usec(CLOCK_MONOTONIC);
}

/* A message on its way will be one of those that are wanted: no more than that are begun. */
static bool is_over(const Run *run) {
        return now_usec() >= run->until_usec ||
               (run->wanted > 0 && run->accepted + run->begun >= run->wanted);
}

static void open_session(Run *run, Session *session) {
        struct epoll_event event = { .events = EPOLLIN, .data.u32 = session->number };

        session->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (session->fd < 0 || epoll_ctl(run->epoll_fd, EPOLL_CTL_ADD, session->fd, &event) < 0)
                die("socket");
        if (connect(session->fd, (struct sockaddr *) &run->address, sizeof(run->address)) < 0)
                die("connect");

        session->step = STEP_CONNECT;
        session->sent = 0;
        session->reply_size = 0;
        run->busy++;
}

static void close_session(Run *run, Session *session) {
        session->fd = fd_close(session->fd);
        run->busy--;
}

static void PRINTF_LIKE(3, 4) say(Session *session, Step step, const char *format, ...) {
        char line[REPLY_SIZE];
        va_list arguments;
        int size;

        va_start(arguments, format);
        size = vsnprintf(line, sizeof(line), format, arguments);
        va_end(arguments);

        session->step = step;
        /* a connection that is lost is seen when its reply is read */
        if (send(session->fd, line, (size_t) size, MSG_NOSIGNAL) < 0 && errno != EPIPE &&
            errno != ECONNRESET)
                die("send");
}

static void say_who(Session *session) {
        char words[128], encoded[BASE64_ENCODE_RAW_LENGTH(sizeof(words)) + 1];
        int size =
                        snprintf(words,
                                 sizeof(words),
                                 "%cbob%u@d%u.example%csecret",
                                 0,
                                 session->number,
                                 session->number,
                                 0);

        base64_encode_raw(encoded, (size_t) size, (const uint8_t *) words);
        encoded[BASE64_ENCODE_RAW_LENGTH((size_t) size)] = 0;
        say(session, STEP_AUTH, "AUTH PLAIN %s\r\n", encoded);
}

static void next_message(Run *run, Session *session) {
        if (is_over(run)) {
                say(session, STEP_CONNECT, "QUIT\r\n");
                close_session(run, session);
                return;
        }
        if (session->sent++ == run->per_connection) {
                say(session, STEP_CONNECT, "QUIT\r\n");
                close_session(run, session);
                open_session(run, session);
                return;
        }

        run->begun++;
        say(session,
            STEP_MAIL,
            "MAIL FROM:<bob%u@d%u.example>\r\n",
            session->number,
            session->number);
}

static void end_message(Run *run, Session *session, bool is_accepted) {
        uint64_t took = now_usec() - session->since_usec;

        run->begun--;
        if (is_accepted)
                run->accepted++;
        else
                run->refused++;
        if (is_accepted && run->took_count < TIMES_MAX)
                run->took_usec[run->took_count++] = (uint32_t) MIN_OF(took, (uint64_t) UINT32_MAX);
}

static void take_reply(Run *run, Session *session, char code) {
        if (code != (session->step == STEP_DATA ? '3' : '2')) {
                if (session->step < STEP_MAIL) {
                        (void) fprintf(stderr, "%.*s", (int) session->reply_size, session->reply);
                        exit(EXIT_FAILURE);
                }
                end_message(run, session, false);
                say(session, STEP_AUTH, "RSET\r\n");
                return;
        }

        switch (session->step) {
        case STEP_CONNECT:
                say(session, STEP_EHLO, "EHLO client.example\r\n");
                break;
        case STEP_EHLO:
                say_who(session);
                break;
        case STEP_AUTH:
                next_message(run, session);
                break;
        case STEP_MAIL:
                say(session, STEP_RCPT, "RCPT TO:<someone@remote.test>\r\n");
                break;
        case STEP_RCPT:
                say(session, STEP_DATA, "DATA\r\n");
                break;
        case STEP_DATA:
                session->since_usec = now_usec();
                say(session,
                    STEP_BODY,
                    "From: <bob%u@d%u.example>\r\nSubject: bench\r\n\r\n"
                    "Some words.\r\n.\r\n",
                    session->number,
                    session->number);
                break;
        case STEP_BODY:
        default:
                end_message(run, session, true);
                next_message(run, session);
                break;
        }
}

/* The last line of a reply has a blank behind its code. */
static bool is_whole(const Session *session) {
        const char *line = session->reply, *end = session->reply + session->reply_size;

        for (;;) {
                const char *newline = memchr(line, '\n', (size_t) (end - line));

                if (!newline)
                        return false;
                if (newline - line > 3 && line[3] == ' ')
                        return true;
                line = newline + 1;
        }
}

static void lose(Run *run, Session *session) {
        if (session->step >= STEP_MAIL) {
                run->begun--;
                run->lost++;
        }
        close_session(run, session);
        if (!is_over(run))
                open_session(run, session);
}

static void on_readable(Run *run, Session *session) {
        ssize_t size =
                        recv(session->fd,
                             session->reply + session->reply_size,
                             sizeof(session->reply) - session->reply_size,
                             0);

        if (size <= 0) {
                lose(run, session);
                return;
        }

        session->reply_size += (size_t) size;
        if (is_whole(session)) {
                char code = session->reply[0];

                session->reply_size = 0;
                take_reply(run, session, code);
        }
}

static void work(Run *run) {
        run->begin_usec = now_usec();
        run->until_usec += run->begin_usec;
        for (unsigned i = 0; i < run->session_count; i++) {
                run->sessions[i].number = i;
                open_session(run, &run->sessions[i]);
        }

        while (run->busy > 0) {
                struct epoll_event events[SESSIONS_MAX];
                int count =
                                epoll_wait(run->epoll_fd,
                                           events,
                                           SESSIONS_MAX,
                                           (int) (STUCK_USEC / USEC_PER_MSEC));

                if (count <= 0)
                        die("nothing has come for a minute");
                for (int i = 0; i < count; i++)
                        on_readable(run, &run->sessions[events[i].data.u32]);
        }
}

static int compare(const void *a, const void *b) {
        uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;

        return x < y ? -1 : x > y;
}

static uint32_t share(const Run *run, size_t percent) {
        return run->took_count > 0 ? run->took_usec[(run->took_count - 1) * percent / 100] : 0;
}

int main(int argc, char *argv[]) {
        Run run = {
                .address = { .sin_family = AF_INET, .sin_port = htons(SMTP_PORT) },
                .epoll_fd = epoll_create1(EPOLL_CLOEXEC),
        };

        if (argc != 6 || inet_pton(AF_INET, argv[1], &run.address.sin_addr) != 1)
                return 2;
        run.session_count = (unsigned) strtoul(argv[2], NULL, 10);
        run.per_connection = (unsigned) strtoul(argv[3], NULL, 10);
        run.wanted = strtoull(argv[4], NULL, 10);
        run.until_usec = strtoull(argv[5], NULL, 10) * USEC_PER_SEC;
        run.took_usec = malloc(TIMES_MAX * sizeof(*run.took_usec));
        if (run.session_count > SESSIONS_MAX || run.per_connection == 0)
                return 2;
        if (!run.took_usec || run.epoll_fd < 0)
                die("start");

        work(&run);
        qsort(run.took_usec, run.took_count, sizeof(*run.took_usec), compare);
        (void) printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %u %u\n",
                      run.accepted,
                      run.refused,
                      run.lost,
                      (now_usec() - run.begin_usec) * 1000,
                      share(&run, 50),
                      share(&run, 99));
        free(run.took_usec);
        return EXIT_SUCCESS;
}
