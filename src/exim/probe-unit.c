/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "exim/probe-text.h"
#include "exim/probe-unit.h"
#include "util/fd.h"
#include "util/now.h"
#include "util/text.h"
#include "util/unit-job.h"

/* systemd ends the unit after 5 s. */
#define UNIT_TIMEOUT_USEC (6 * USEC_PER_SEC)

#define NAME_PREFIX  "check-"
#define NAME_REQUEST "request"
#define NAME_ANSWER  "answer"

/* A folder of the instance's, which only root may enter; the unit file has its name too. */
typedef struct Exchange {
        char *path; /* owned; NULL: none */
        int fd;     /* owned */
} Exchange;

static void exchange_done(Exchange *exchange) {
        if (exchange->fd >= 0) {
                /* what cannot be removed goes with the service's folder */
                (void) unlinkat(exchange->fd, NAME_REQUEST, 0);
                (void) unlinkat(exchange->fd, NAME_ANSWER, 0);
        }
        if (exchange->path)
                (void) rmdir(exchange->path);

        (void) fd_close(exchange->fd);
        free(exchange->path);
        *exchange = (Exchange){ .fd = -EBADF };
}

static int exchange_open(const char *runtime, Exchange *ret) {
        CLEANUP(exchange_done) Exchange exchange = { .fd = -EBADF };
        CLEANUP(freep) char *path = string_format("%s/" NAME_PREFIX "XXXXXX", runtime);

        if (!path)
                return -ENOMEM;
        if (!mkdtemp(path))
                return -errno;

        exchange.path = TAKE(path);
        exchange.fd = open(exchange.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (exchange.fd < 0)
                return -errno;

        *ret = exchange;
        exchange = (Exchange){ .fd = -EBADF };
        return 0;
}

/* A local domain: only that may come into a script. The caller frees. */
static char *ask_domain(const EximFacts *facts, const EximStaged *staged) {
        static const char *const option[] = { "qualify_recipient" };
        CLEANUP(freep) char *output = NULL;
        char *domain;

        if (exim_ask_options(facts, staged, option, 1, &output, NULL) < 0 ||
            exim_option_parse(output, option[0], &domain) < 0)
                return strdup("localhost");

        if (!domain[0] || strspn(domain,
                                 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789.-") != strlen(domain)) {
                free(domain);
                return strdup("localhost");
        }

        return domain;
}

static int write_request(
                const Exchange *exchange, const EximFacts *facts, const EximStaged *staged) {
        CLEANUP(freep) char *domain = ask_domain(facts, staged);
        const EximProbeRequest request = {
                .binary = facts->binary,
                .staged = (char *) staged->path,
                .real = (char *) staged->real,
                .domain = domain,
        };
        CLEANUP(freep) char *text = NULL;
        CLEANUP(fd_closep) int fd = -EBADF;
        int r;

        r = domain ? exim_probe_request_to_text(&request, &text) : -ENOMEM;
        if (r < 0)
                return r;

        fd = openat(exchange->fd, NAME_REQUEST, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;

        return fd_write_all(fd, text, strlen(text));
}

/* The unit knows the real name of the main file only, and Exim speaks of included ones too. */
static int read_answer(
                const Exchange *exchange,
                const EximStaged *staged,
                EximVerdict *ret,
                char **ret_words) {
        CLEANUP(freep) char *text = NULL;
        CLEANUP(freep) char *words = NULL;
        EximVerdict verdict;
        size_t size;
        int r;

        r = fd_read_file_at(exchange->fd, NAME_ANSWER, EXIM_PROBE_TEXT_MAX, &text, &size);
        if (r < 0)
                return r;

        r = exim_probe_answer_parse(text, &verdict, &words);
        if (r < 0)
                return r;

        *ret_words = exim_real_names(words, staged);
        if (!*ret_words)
                return -ENOMEM;

        *ret = verdict;
        return 0;
}

/* Say why it was left open. Return: 0 or -ENOMEM. */
static int leave_open(EximProbing *probing, const char *words, int error) {
        free(probing->left_open);
        probing->left_open = error < 0 ? string_format("%s: %s", words, strerror(-error))
                                       : strdup(words);
        return probing->left_open ? 0 : -ENOMEM;
}

/* Return: 0, or what leave_open() is to say, which the caller frees. */
static int start_unit(
                EximProbing *probing,
                const EximFacts *facts,
                const Exchange *exchange,
                char **ret_words) {
        uint64_t timeout_usec = UNIT_TIMEOUT_USEC;
        const char *instance = strrchr(exchange->path, '/') + 1 + strlen(NAME_PREFIX);
        CLEANUP(freep)
        char *unit = string_format("smtp-restrictions-check@%s.service", instance);

        if (!unit)
                return -ENOMEM;

        if (facts->deadline_usec > 0) {
                uint64_t now_usec = now_read_usec(CLOCK_MONOTONIC);

                if (now_usec >= facts->deadline_usec)
                        return -ETIMEDOUT;
                timeout_usec = MIN_OF(timeout_usec, facts->deadline_usec - now_usec);
        }

        return unit_job_run(probing->systemd, UNIT_JOB_START, unit, timeout_usec, ret_words);
}

void exim_probing_done(EximProbing *probing) {
        free(probing->left_open);
        *probing = (EximProbing){};
}

int exim_probe_staged(
                EximProbing *probing,
                const EximFacts *facts,
                const EximStaged *staged,
                Failure *reterr) {
        const char *runtime = getenv("RUNTIME_DIRECTORY");
        CLEANUP(exchange_done) Exchange exchange = { .fd = -EBADF };
        CLEANUP(freep) char *words = NULL;
        EximVerdict verdict;
        int r;

        /* The unit is told of a folder in there. */
        if (!probing->systemd || !runtime || runtime[0] != '/')
                return leave_open(probing, "the service does not run below systemd", 0);

        r = exchange_open(runtime, &exchange);
        if (r >= 0)
                r = write_request(&exchange, facts, staged);
        if (r < 0)
                return leave_open(probing, "the request cannot be written", r);

        r = start_unit(probing, facts, &exchange, &words);
        if (r != 0)
                return leave_open(probing, words ?: "the unit cannot be started", MIN_OF(r, 0));

        r = read_answer(&exchange, staged, &verdict, &words);
        if (r < 0)
                return leave_open(probing, "the answer cannot be read", r);

        switch (verdict) {
        case EXIM_VERDICT_BROKEN:
                return failure_set(
                                reterr,
                                -EBADMSG,
                                FAILURE_EXIM_CONFIG_INVALID,
                                "Exim takes the change, but would fail %s; without the change it "
                                "does not",
                                words);
        case EXIM_VERDICT_UNKNOWN:
                return leave_open(probing, "Exim does not end in time", 0);
        default:
                return 0;
        }
}
