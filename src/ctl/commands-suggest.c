/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Limits that fit, from Exim's log: read here, by whoever may read it, without the service. */

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ctl/commands.h"
#include "ctl/report.h"
#include "ctl/show.h"
#include "meter/log-lines.h"
#include "meter/suggest.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/fd.h"

#define ABOVE_MAX 1000 /* of each limit */

/* Debian's, the older one first. Those that are compressed come over standard input. */
static const char *const usual_files[] = {
        "/var/log/exim4/mainlog.1",
        "/var/log/exim4/mainlog",
};

static const char *const keys[_SUBJECT_KIND_MAX][_WINDOW_LENGTH_MAX] = {
        [SUBJECT_DOMAIN] = { SMTP_RESTRICTIONS_LIMIT_HOURLY_PER_DOMAIN,
                             SMTP_RESTRICTIONS_LIMIT_DAILY_PER_DOMAIN },
        [SUBJECT_MAILBOX] = { SMTP_RESTRICTIONS_LIMIT_HOURLY_PER_MAILBOX,
                              SMTP_RESTRICTIONS_LIMIT_DAILY_PER_MAILBOX },
        [SUBJECT_USER] = { SMTP_RESTRICTIONS_LIMIT_HOURLY_PER_USER,
                           SMTP_RESTRICTIONS_LIMIT_DAILY_PER_USER },
};

static int add_lines(Suggest *suggest, LogLines *lines, int64_t now_sec) {
        uint64_t bytes;
        LogText line;
        int r;

        while ((r = log_lines_peek(lines, &line, &bytes)) != LOG_LINES_E_NONE) {
                if (r == 0) {
                        r = suggest_add(suggest, line.data, line.size, now_sec);
                        if (r < 0)
                                return r;
                }
                log_lines_take(lines, bytes);
        }

        return 0;
}

static int add_file(Suggest *suggest, int fd) {
        CLEANUP(log_lines_done) LogLines lines = {};
        int64_t now_sec = (int64_t) time(NULL);
        ssize_t n;
        int r;

        r = log_lines_init(&lines);
        if (r < 0)
                return r;

        while ((n = log_lines_fill(&lines, fd)) > 0) {
                r = add_lines(suggest, &lines, now_sec);
                if (r < 0)
                        return r;
        }

        return (int) n;
}

static bool is_compressed(const char *path) {
        size_t size = strlen(path);

        return size > 3 && strcmp(path + size - 3, ".gz") == 0;
}

static ExitCode read_file(Suggest *suggest, const char *path) {
        bool is_input = strcmp(path, "-") == 0;
        CLEANUP(fd_closep) int own_fd = -EBADF;
        int r;

        if (is_compressed(path))
                return report_error(
                                EXIT_CODE_USAGE,
                                "%s is compressed: give it by zcat %s | smtp-restrictionsctl "
                                "limits suggest -",
                                path,
                                path);
        if (!is_input) {
                own_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
                if (own_fd < 0)
                        return report_errno(-errno, path);
        }

        r = add_file(suggest, is_input ? STDIN_FILENO : own_fd);
        return r < 0 ? report_errno(r, path) : EXIT_CODE_OK;
}

static ExitCode read_usual_files(Suggest *suggest) {
        bool found = false;

        for (size_t i = 0; i < ELEMENTS_OF(usual_files); i++) {
                ExitCode code;

                if (access(usual_files[i], F_OK) < 0 && errno == ENOENT)
                        continue;
                code = read_file(suggest, usual_files[i]);
                if (code != EXIT_CODE_OK)
                        return code;
                found = true;
        }

        return found ? EXIT_CODE_OK
                     : report_error(EXIT_CODE_USAGE,
                                    "there is no /var/log/exim4/mainlog: name the files of "
                                    "Exim's main log, the oldest first");
}

static json_t *usec_to_json(int64_t sec) {
        return json_integer((json_int_t) sec * (json_int_t) USEC_PER_SEC);
}

static json_t *above_to_json(const SuggestLimit *limit) {
        json_t *array = json_array();

        for (size_t i = 0; array && i < MIN_OF(limit->above_count, (size_t) ABOVE_MAX); i++) {
                const SuggestPeak *peak = &limit->above[i];
                /* any bytes */
                CLEANUP(freep) char *name = string_quote(peak->name, strlen(peak->name), 200);

                if (json_array_append_new(
                                    array,
                                    json_pack("{ss? sI so}",
                                              "Name",
                                              name,
                                              "Recipients",
                                              (json_int_t) peak->recipients,
                                              "From",
                                              usec_to_json(peak->from_sec))) < 0) {
                        json_decref(array);
                        return NULL;
                }
        }

        return array;
}

static json_t *limits_to_json(const Suggestion *suggestion) {
        json_t *array = json_array();

        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++)
                for (WindowLength j = 0; array && j < _WINDOW_LENGTH_MAX; j++) {
                        const SuggestLimit *limit = &suggestion->limits[i][j];

                        if (limit->senders == 0)
                                continue;
                        if (json_array_append_new(
                                            array,
                                            json_pack("{ss sI sI sI so}",
                                                      "Key",
                                                      keys[i][j],
                                                      "Suggested",
                                                      (json_int_t) limit->limit,
                                                      "Senders",
                                                      (json_int_t) limit->senders,
                                                      "AboveCount",
                                                      (json_int_t) limit->above_count,
                                                      "Above",
                                                      above_to_json(limit))) < 0) {
                                json_decref(array);
                                array = NULL;
                        }
                }

        return array;
}

static ExitCode print_suggestion(const Context *context, const Suggestion *suggestion) {
        CLEANUP(json_decrefp) json_t *json = NULL;

        json =
                        json_pack("{so so sI sI sI so}",
                                  "From",
                                  usec_to_json(suggestion->first_sec),
                                  "To",
                                  usec_to_json(suggestion->last_sec),
                                  "Messages",
                                  (json_int_t) suggestion->messages,
                                  "Recipients",
                                  (json_int_t) suggestion->recipients,
                                  "Unparsable",
                                  (json_int_t) suggestion->unparsable,
                                  "Limits",
                                  limits_to_json(suggestion));
        if (!json)
                return report_errno(-ENOMEM, "cannot write the answer");

        return command_print_answer(context, json, show_suggestion);
}

ExitCode command_limits_suggest(Context *context, const char *const words[], size_t count) {
        CLEANUP(suggestion_done) Suggestion suggestion = {};
        CLEANUP(suggest_freep) Suggest *suggest = NULL;
        ExitCode code = EXIT_CODE_OK;
        HashKey key;
        int r;

        r = getrandom(&key, sizeof(key), 0) == sizeof(key) ? 0 : -errno;
        if (r >= 0)
                r = suggest_new(&key, &suggest);
        if (r < 0)
                return report_errno(r, "cannot begin");

        for (size_t i = 0; i < count && code == EXIT_CODE_OK; i++)
                code = read_file(suggest, words[i]);
        if (count == 0)
                code = read_usual_files(suggest);
        if (code != EXIT_CODE_OK)
                return code;

        r = suggest_finish(suggest, &suggestion);
        if (r < 0)
                return report_errno(r, "cannot count");
        if (suggestion.first_sec == 0)
                return report_error(EXIT_CODE_USAGE, "that is no main log of Exim's");

        return print_suggestion(context, &suggestion);
}
