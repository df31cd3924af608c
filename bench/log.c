/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * How fast the meter reads Exim's log: "bench-log make LINES" writes a log of that many lines to
 * standard output, which ends now; of 5 million it is one of nearly a day; "bench-log read FILE"
 * follows one from its beginning to its end and prints "log LINES UNPARSABLE CPU_NSEC NSEC".
 * "bench-log count FILE" does all that a start of the meter does with it, but the disk: each
 * message counts, and what became of its recipients.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "meter/ledger.h"
#include "meter/log-clock.h"
#include "meter/log-follow.h"
#include "util/now.h"

#define LINES_MAX   100000000
#define MESSAGE_SEC 12 /* messages of one second */

static _Noreturn void die(const char *words) {
        (void) fprintf(stderr, "bench-log: %s\n", words);
        exit(EXIT_FAILURE);
}

/* One message in five lines, of the kinds and lengths that a shared host has. */
static void make_message(unsigned number, int64_t begin_sec) {
        const time_t second = begin_sec + number / MESSAGE_SEC;
        unsigned user = number % 1000;
        char begin[64], stamp[32];
        struct tm local;

        if (!localtime_r(&second, &local) ||
            strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &local) == 0)
                die("what time is it?");
        (void) snprintf(begin,
                        sizeof(begin),
                        "%s 1xU%c%c%c-00%c%c%c%c-2M",
                        stamp,
                        'A' + number % 26,
                        'A' + number / 26 % 26,
                        'A' + number / 676 % 26,
                        'a' + number / 17576 % 26,
                        'a' + number / 456976 % 26,
                        '0' + number % 10,
                        'Z');
        printf("%s smtp-restrictions: ok n=1 uid=%u\n", begin, 1000 + user);
        if (number % 2)
                printf("%s <= user%u@customer%u.example H=(mail.customer%u.example) [203.0.113.%u] "
                       "P=esmtpsa X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 "
                       "CV=no "
                       "A=plain:user%u@customer%u.example S=%u id=20261120.%u@customer%u.example\n",
                       begin,
                       user,
                       user / 10,
                       user / 10,
                       user % 250,
                       user,
                       user / 10,
                       number % 90000 + 400,
                       number,
                       user / 10);
        else
                printf("%s <= user%u@customer%u.example U=user%u P=local S=%u\n",
                       begin,
                       user,
                       user / 10,
                       user,
                       number % 90000 + 400);
        if (number % 10 == 0)
                printf("%s == someone%u@remote%u.example R=dnslookup T=remote_smtp defer (-44) "
                       "H=mx.remote%u.example [198.51.100.%u]: SMTP error from remote mail server "
                       "after RCPT TO:<someone%u@remote%u.example>: 451 4.7.1 Greylisted\n",
                       begin,
                       number,
                       user,
                       user,
                       user % 250,
                       number,
                       user);
        else
                printf("%s == someone%u@remote%u.example defer (-23): domain is held\n",
                       begin,
                       number,
                       user);
        printf("%s => someone%u@remote%u.example R=dnslookup T=remote_smtp H=mx.remote%u.example "
               "[198.51.100.%u] X=TLS1.3:ECDHE_SECP256R1__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 "
               "CV=yes "
               "C=\"250 2.0.0 OK: queued as %08X\"\n",
               begin,
               number,
               user,
               user,
               user % 250,
               number);
        printf("%s Completed\n", begin);
}

/* What the meter does with each line before it counts. */
typedef struct Reading {
        LogClock clock;
        int64_t now_sec;
        int64_t last_sec;
        uint64_t lines;
        uint64_t unparsable;
        Ledger *ledger; /* owned; NULL: nothing counts */
} Reading;

static void count_accepted(Reading *reading, const char *id, const LogLine *line, int64_t sec) {
        const Origin origin = {
                .sender = line->sender.data,
                .sender_size = line->sender.size,
                .auth_id = line->auth_id.data ?: "",
                .auth_id_size = line->auth_id.size,
                .has_uid = !line->host_address.data,
                .uid = 1000,
        };
        Subjects subjects;

        subjects_find(&origin, NULL, NULL, &subjects);
        if (ledger_log_accepted(reading->ledger, id, &subjects, sec) < 0)
                die("no memory");
}

/* As src/meterd/follower.c does. */
static void count_line(Reading *reading, const LogLine *line, int64_t sec) {
        char id[MESSAGE_ID_SIZE];
        int r = 0;

        if (line->kind <= LOG_LINE_OTHER)
                return;
        memcpy(id, line->id.data, line->id.size);
        id[line->id.size] = 0;

        switch (line->kind) {
        case LOG_LINE_VERDICT:
                r = ledger_log_verdict(reading->ledger, id, line, sec, sec);
                break;
        case LOG_LINE_ACCEPTED:
                count_accepted(reading, id, line, sec);
                break;
        case LOG_LINE_COMPLETED:
                r = ledger_log_completed(reading->ledger, id, sec);
                if (r >= 0)
                        r = ledger_log_outcome(reading->ledger, id, line, sec, sec);
                break;
        case LOG_LINE_DELIVERED:
                ledger_log_delivered(reading->ledger, id);
                r = ledger_log_outcome(reading->ledger, id, line, sec, sec);
                break;
        case LOG_LINE_DEFERRED:
        case LOG_LINE_FAILED:
                r = ledger_log_outcome(reading->ledger, id, line, sec, sec);
                break;
        default:
                break;
        }
        if (r < 0)
                die("no memory");
}

static int keep(const MeterRecord *record, void *userdata) {
        (void) record;
        (void) userdata;
        return 0;
}

static int change(LedgerChangeKind kind, const MeterRecord *record, void *userdata) {
        (void) kind;
        return keep(record, userdata);
}

/* Between two pieces. */
static void tidy(Reading *reading) {
        const LedgerSink sink = { keep, keep, NULL };

        if (!reading->ledger)
                return;
        if (ledger_collect(reading->ledger, change, NULL) < 0)
                die("cannot collect");
        ledger_written(reading->ledger, true);
        if (ledger_flush_open(reading->ledger, &sink) < 0 ||
            ledger_sweep(reading->ledger, reading->last_sec, true) < 0)
                die("cannot sweep");
}

static int read_line(const char *text, size_t size, void *userdata) {
        Reading *reading = userdata;
        LogLine line;
        int64_t sec;

        log_line_parse(text, size, &line);
        reading->lines++;
        if (line.kind == LOG_LINE_UNPARSABLE ||
            !log_clock_read(&reading->clock, line.stamp, reading->now_sec, &sec))
                reading->unparsable++;
        else if (reading->ledger) {
                count_line(reading, &line, sec);
                reading->last_sec = sec;
        }
        return 0;
}

static void read_log(const char *path, bool counts) {
        static const HashKey key = { { 1, 2 } };
        CLEANUP(log_follow_freep) LogFollow *follow = NULL;
        Reading reading = { .now_sec = INT64_MAX };
        uint64_t begin = now_read_usec(CLOCK_MONOTONIC);
        uint64_t cpu_begin = now_read_usec(CLOCK_PROCESS_CPUTIME_ID);
        int r;

        if (counts && ledger_new(&key, &reading.ledger) < 0)
                die("no memory");
        if (log_follow_new(path, NULL, 0, &follow) < 0)
                die("cannot follow the file");
        do {
                r = log_follow_read(follow, begin, 1024 * 1024, read_line, &reading);
                tidy(&reading);
        } while (r == LOG_FOLLOW_E_MORE);
        if (r < 0)
                die("cannot read the file");

        printf("log %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
               reading.lines,
               reading.unparsable,
               (now_read_usec(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin) * 1000,
               (now_read_usec(CLOCK_MONOTONIC) - begin) * 1000);
        ledger_free(reading.ledger);
}

int main(int argc, char *argv[]) {
        unsigned long lines;
        int64_t begin_sec;

        if (argc == 3 && (strcmp(argv[1], "read") == 0 || strcmp(argv[1], "count") == 0))
                read_log(argv[2], argv[1][0] == 'c');
        else if (argc == 3 && strcmp(argv[1], "make") == 0) {
                lines = strtoul(argv[2], NULL, 10);
                if (lines < 5 || lines > LINES_MAX)
                        die("LINES is not between 5 and 100000000");
                begin_sec = now_read_sec() - (int64_t) (lines / 5 / MESSAGE_SEC);
                for (unsigned i = 0; i < lines / 5; i++)
                        make_message(i, begin_sec);
        } else
                die("usage: bench-log make LINES | read FILE | count FILE");
        if (fflush(stdout) != 0)
                die("cannot write");

        return EXIT_SUCCESS;
}
