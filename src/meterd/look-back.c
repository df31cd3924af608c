/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "meter/log-clock.h"
#include "meter/log-follow.h"
#include "meterd/look-back.h"
#include "util/now.h"

#define STEP_SIZE ((size_t) 16 * 1024 * 1024)

typedef struct LookBack {
        Ledger *ledger;
        LogFollow *log;
        LogPlace end;
        LogClock clock;
        int64_t now_sec;
        int error; /* of the ledger */
} LookBack;

static int take_outcome(LookBack *back, const LogLine *line) {
        char id[MESSAGE_ID_SIZE];
        int64_t line_sec;

        if ((line->kind != LOG_LINE_DELIVERED && line->kind != LOG_LINE_FAILED &&
             line->kind != LOG_LINE_DEFERRED && line->kind != LOG_LINE_COMPLETED) ||
            !message_id_is_valid(line->id.data, line->id.size) ||
            !log_clock_read(&back->clock, line->stamp, back->now_sec, &line_sec))
                return 0;

        memcpy(id, line->id.data, line->id.size);
        id[line->id.size] = 0;
        return ledger_log_outcome(back->ledger, id, line, line_sec, back->now_sec);
}

static int on_line(const char *text, size_t size, void *userdata) {
        LookBack *back = userdata;
        LogPlace at;
        LogLine line;

        /* where this line begins */
        log_follow_get_place(back->log, &at);
        if (at.inode == back->end.inode && at.offset >= back->end.offset)
                return -ECANCELED;

        log_line_parse(text, size, &line);
        back->error = take_outcome(back, &line);
        return back->error;
}

/* Up to the place, or to the end where that is in no file any more. Lines that come twice then do
 * no harm. */
static void read_lines(LookBack *back) {
        uint64_t now_usec = now_read_usec(CLOCK_MONOTONIC);
        int r;

        do {
                r = log_follow_read(back->log, now_usec, STEP_SIZE, on_line, back);
                (void) sd_notify(false, "EXTEND_TIMEOUT_USEC=60000000");
                /* a file that was renamed ends here: what is still written to it is behind the
                 * place */
                if (r == 0 && log_follow_due_usec(back->log) != UINT64_MAX) {
                        now_usec = log_follow_due_usec(back->log);
                        r = LOG_FOLLOW_E_MORE;
                }
        } while (r == LOG_FOLLOW_E_MORE);
}

int look_back(Ledger *ledger,
              const char *path,
              const StorePlace places[static _STORE_PLACE_KIND_MAX]) {
        const StorePlace *begin = &places[STORE_PLACE_HOUR];
        int64_t now_sec = now_read_sec();
        CLEANUP(log_follow_freep) LogFollow *log = NULL;
        LookBack back = {
                .ledger = ledger,
                .end = places[STORE_PLACE_READ].log,
                .now_sec = now_sec,
        };
        int r;

        r = log_follow_new(
                        path, begin->is_set ? &begin->log : NULL, now_sec - SHARE_WINDOW_SEC, &log);
        if (r < 0)
                return r == -ENOMEM ? r : 0;

        back.log = log;
        read_lines(&back);
        return back.error;
}
