/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <errno.h>

#include "exim/probe-read.h"
#include "util/text.h"

typedef struct Step {
        const char *command; /* NULL: nothing is sent, Exim speaks first */
        const char *log;     /* how Exim's log names what it refused here */
} Step;

/* %s is a local domain. */
static const Step steps[EXIM_STEPS] = {
        { NULL, "rejected connection" },
        { "EHLO " EXIM_PROBE_DOMAIN, "rejected EHLO" },
        { "MAIL FROM:<" EXIM_PROBE_USER "@" EXIM_PROBE_DOMAIN ">", "rejected MAIL" },
        { "RCPT TO:<postmaster>", "rejected RCPT <postmaster>" },
        { "RCPT TO:<root@%s>", "rejected RCPT <root@" },
        { "RCPT TO:<" EXIM_PROBE_USER "@" EXIM_PROBE_DOMAIN ">",
          "rejected RCPT <" EXIM_PROBE_USER "@" },
        { "DATA", "rejected DATA" },
        /* Last of all: where DATA was refused these are errors, which nobody reads any more. */
        { "From: <" EXIM_PROBE_USER "@" EXIM_PROBE_DOMAIN ">\r\n"
          "To: <postmaster@%s>\r\n"
          "Subject: selftest\r\n"
          "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
          "Message-ID: <selftest@" EXIM_PROBE_DOMAIN ">\r\n\r\nselftest\r\n.",
          "rejected after DATA" },
};

/* In Exim's words: it waits for somebody else, who may answer the next time. */
static const char *const waiting[] = {
        "lookup did not complete", "Could not complete", "timed out", "timeout", "callout",
};

/* In an answer or in the log: it cannot do what the configuration says. */
static const char *const broken[] = {
        "emporary local problem",
        "ocal configuration error",
        "failed to expand",
        "failed to open",
        "unknown ACL",
        "unknown named",
};

static bool has_one_of(const char *text, const char *const words[], size_t count) {
        for (size_t i = 0; text && i < count; i++)
                if (strstr(text, words[i]))
                        return true;

        return false;
}

const char exim_probe_message[] = "From: <" EXIM_PROBE_USER "@" EXIM_PROBE_DOMAIN ">\n"
                                  "Subject: selftest\n\nselftest\n";

char *exim_session_script(const char *domain) {
        CLEANUP(text_done) Text script = {};
        char *data;

        for (size_t i = 0; i < EXIM_STEPS; i++) {
                const char *hole;

                if (!steps[i].command)
                        continue;

                hole = strstr(steps[i].command, "%s");
                if (hole) {
                        text_append(&script, steps[i].command, (size_t) (hole - steps[i].command));
                        text_append_string(&script, domain);
                        text_append_string(&script, hole + 2);
                } else
                        text_append_string(&script, steps[i].command);
                text_append_string(&script, "\r\n");
        }
        text_append_string(&script, "QUIT\r\n");

        return text_finish(&script, &data, NULL) < 0 ? NULL : data;
}

/* ---- the log, which Exim prints on standard error ---- */

/* A copy of the line's text without "LOG: ". NULL: no line of the log, or out of memory. */
static char *copy_log_line(const char *line, size_t size) {
        return size > 5 && memcmp(line, "LOG: ", 5) == 0 ? strndup(line + 5, size - 5) : NULL;
}

/* Lines of the log that tell of no failure, or of what became of another step. */
static bool is_no_reason(const char *line) {
        return strstr(line, " <= ") || strstr(line, " rejected ") ||
               strstr(line, "SMTP syntax error") || strstr(line, "SMTP call from") ||
               strstr(line, "Warning: ");
}

/*
 * Exim's reason for what it did at a step: the line that names it; one without a reason follows the
 * line that has it. NULL for `mark`: the last that tells of a failure, as Exim died of it. The
 * caller frees; NULL: there is none.
 */
static char *find_reason(const char *errors, const char *mark) {
        CLEANUP(freep) char *before = NULL;

        for (const char *line = errors, *end; *line; line = *end ? end + 1 : end) {
                CLEANUP(freep) char *text = NULL;
                const char *hit;

                end = strchrnul(line, '\n');
                text = copy_log_line(line, (size_t) (end - line));
                if (!text)
                        continue;

                hit = mark ? strstr(text, mark) : NULL;
                if (hit && (strstr(hit, ": ") || !before))
                        return strdup(hit);
                if (hit)
                        return TAKE(before);
                if (!is_no_reason(text)) {
                        free(before);
                        before = TAKE(text);
                }
        }

        return mark ? NULL : TAKE(before);
}

/* ---- a session ---- */

/* The next answer's last line, NNN and a blank. Others are passed over: Exim explains itself. */
static bool next_answer(const char **cursor, const char **ret_line, size_t *ret_size) {
        while (**cursor) {
                const char *line = *cursor, *end = strchrnul(line, '\n');
                size_t size = (size_t) (end - line);

                *cursor = *end ? end + 1 : end;
                if (size < 3 || !isdigit((unsigned char) line[0]) ||
                    !isdigit((unsigned char) line[1]) || !isdigit((unsigned char) line[2]))
                        continue;
                if (size > 3 && line[3] == '-')
                        continue;

                *ret_line = line;
                *ret_size = size;
                return true;
        }

        return false;
}

static int set_broken(EximProbe *probe, char *reason, const char *answer) {
        probe->class = EXIM_PROBE_BROKEN;
        probe->words = reason ? reason : strdup(answer);
        return probe->words ? 0 : -ENOMEM;
}

static int judge_answer(
                EximProbe *probe, const Step *step, const char *answer, const EximRun *run) {
        CLEANUP(freep) char *reason = NULL;

        if (answer[0] == '2' || answer[0] == '3') {
                probe->class = EXIM_PROBE_GOOD;
                return 0;
        }
        if (answer[0] != '4') {
                probe->class = EXIM_PROBE_REFUSED;
                return 0;
        }

        reason = find_reason(run->errors, step->log);
        if (!reason && has_one_of(answer, broken, ELEMENTS_OF(broken)))
                reason = find_reason(run->errors, NULL);
        if (has_one_of(reason, waiting, ELEMENTS_OF(waiting))) {
                probe->class = EXIM_PROBE_UNKNOWN;
                return 0;
        }
        if (!has_one_of(answer, broken, ELEMENTS_OF(broken)) &&
            !has_one_of(reason, broken, ELEMENTS_OF(broken))) {
                probe->class = EXIM_PROBE_REFUSED;
                return 0;
        }

        return set_broken(probe, TAKE(reason), answer);
}

/* Exim went away without an answer: it broke down, or it had said no before and closed. */
static int judge_silence(EximProbe *probe, const EximProbe *before, const EximRun *run) {
        CLEANUP(freep) char *reason = NULL;

        if (run->status == 0 && !run->signalled) {
                probe->class = before ? before->class : EXIM_PROBE_UNKNOWN;
                if (probe->class == EXIM_PROBE_BROKEN)
                        return set_broken(probe, NULL, before->words);
                return 0;
        }

        reason = find_reason(run->errors, NULL);
        if (has_one_of(reason, waiting, ELEMENTS_OF(waiting))) {
                probe->class = EXIM_PROBE_UNKNOWN;
                return 0;
        }

        return set_broken(probe, TAKE(reason), "it breaks off without an answer");
}

int exim_session_read(EximProbes *probes, EximClient client, const EximRun *run) {
        EximProbe *session = probes->items + (size_t) client * EXIM_STEPS;
        const char *cursor = run->output, *line;
        bool refused_data = false;
        size_t size;

        for (size_t i = 0; i < EXIM_STEPS; i++) {
                CLEANUP(freep) char *answer = NULL;
                int r;

                if (!refused_data && next_answer(&cursor, &line, &size)) {
                        answer = strndup(line, size);
                        r = answer ? judge_answer(&session[i], &steps[i], answer, run) : -ENOMEM;
                        refused_data = answer && string_equal(steps[i].command, "DATA") &&
                                       answer[0] != '3';
                } else if (refused_data) {
                        /* what follows was read as commands */
                        session[i].class = session[i - 1].class;
                        r = session[i].class == EXIM_PROBE_BROKEN
                                            ? set_broken(&session[i], NULL, session[i - 1].words)
                                            : 0;
                } else
                        r = judge_silence(&session[i], i > 0 ? &session[i - 1] : NULL, run);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* ---- the rest ---- */

/* "ADDRESS cannot be resolved at this time: REASON"; else the last of the log. */
static char *find_route_reason(const EximRun *run) {
        const char *defer = strstr(run->output, "cannot be resolved at this time: ");

        if (defer)
                return strndup(defer, (size_t) (strchrnul(defer, '\n') - defer));

        return find_reason(run->errors, NULL);
}

static int judge_route(EximProbe *probe, const EximRun *run) {
        CLEANUP(freep) char *reason = NULL;

        if (!run->signalled && run->status == 2) {
                probe->class = EXIM_PROBE_REFUSED;
                return 0;
        }

        reason = find_route_reason(run);
        if (has_one_of(reason, waiting, ELEMENTS_OF(waiting))) {
                probe->class = EXIM_PROBE_UNKNOWN;
                return 0;
        }

        return set_broken(probe, TAKE(reason), "it breaks off without an answer");
}

/* -v tells the log's words in a line of their own, indented. What is wrong with the spool is no
 * matter of the configuration. */
static int judge_submission(EximProbe *probe, const EximRun *run) {
        const char *hit = strstr(run->errors, "rejected by non-SMTP ACL: ");

        probe->class = hit ? EXIM_PROBE_REFUSED : EXIM_PROBE_UNKNOWN;
        if (!hit || !has_one_of(run->errors, broken, ELEMENTS_OF(broken)) ||
            has_one_of(run->errors, waiting, ELEMENTS_OF(waiting)))
                return 0;

        return set_broken(probe, strndup(hit, (size_t) (strchrnul(hit, '\n') - hit)), hit);
}

int exim_deed_read(EximProbes *probes, EximDeed deed, const EximRun *run) {
        EximProbe *probe = &probes->items[_EXIM_CLIENT_MAX * EXIM_STEPS + (size_t) deed];

        if (!run->signalled && run->status == 0) {
                probe->class = EXIM_PROBE_GOOD;
                return 0;
        }

        return deed == EXIM_DEED_SUBMIT ? judge_submission(probe, run) : judge_route(probe, run);
}
