/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "meter/log-clock.h"
#include "meter/log-follow.h"
#include "meter/log-hour.h"
#include "meterd/follower.h"
#include "meterd/look-back.h"
#include "util/log.h"
#include "util/now.h"
#include "util/text.h"

#define STEP_SIZE ((size_t) 256 * 1024) /* between two looks at who asks */

/* Whoever waits for an answer comes first. */
#define PRIORITY_LOG (SD_EVENT_PRIORITY_NORMAL + 20)

struct Follower {
        sd_event *event;    /* owned */
        Ledger *ledger;     /* borrowed */
        Activity *activity; /* borrowed */
        Settings *settings; /* borrowed */
        FollowerHandlers handlers;
        sd_event_source *readable; /* owned */
        sd_event_source *more;     /* owned: on while there is more to read at once */
        LogFollow *log;            /* owned; NULL: it could not be opened */
        char *path;                /* owned: of that log */
        LogClock clock;
        StorePlace place;
        LogHour hour;
        int64_t skip_before_sec; /* lines that were read already, if it is not known which */
        int64_t now_sec;         /* of this step */
        int error;               /* of the ledger, in this step */
        bool is_current;
        bool failing;
};

static void say(Follower *follower, int error, const char *path) {
        if (!follower->failing)
                (void) log_error_errno(
                                error,
                                "Failed to read %s: mail counts ten minutes after it was asked "
                                "for, whatever became of it: %m",
                                path);
        follower->failing = true;
        follower->is_current = false;
}

/* Of an accepted message that nobody had asked us about. */
static void find_subjects(
                Follower *follower,
                const LogLine *line,
                bool has_uid,
                uint32_t uid,
                Subjects *ret) {
        uint64_t now_usec = now_read_usec(CLOCK_MONOTONIC);
        bool is_by_tcp = line->host_address.data;
        bool is_own = has_uid &&
                      uid_list_contains(&settings_config(follower->settings)->own_uids, uid);
        const Origin origin = {
                .sender = line->sender.data ?: "",
                .sender_size = line->sender.size,
                /* for a local process it is its login name */
                .auth_id = is_by_tcp && line->auth_id.data ? line->auth_id.data : "",
                .auth_id_size = is_by_tcp ? line->auth_id.size : 0,
                .has_uid = has_uid && !is_own,
                .uid = uid,
        };

        subjects_find(&origin,
                      settings_owners(follower->settings, now_usec),
                      settings_users(follower->settings, now_usec),
                      ret);
}

/* Whose password it was, and from where: also of mail that we were not asked about. */
static void take_auth(Follower *follower, const LogLine *line, int64_t line_sec) {
        const Origin origin = { .auth_id = line->auth_id.data, .auth_id_size = line->auth_id.size };
        const char *names[_SUBJECT_KIND_MAX];
        struct in6_addr address;
        Subjects subjects;

        if (!line->host_address.data || !line->auth_id.data)
                return;

        subjects_find(&origin, NULL, NULL, &subjects);
        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++)
                names[i] = subjects.names[i];
        activity_add_auth(
                        follower->activity,
                        names,
                        activity_address_from_text(
                                        line->host_address.data, line->host_address.size, &address)
                                        ? &address
                                        : NULL,
                        line_sec,
                        follower->now_sec);
}

static int take_accepted(
                Follower *follower, const char *id, const LogLine *line, int64_t line_sec) {
        Subjects subjects = {};
        bool has_uid;
        uint32_t uid;

        take_auth(follower, line, line_sec);
        if (ledger_is_unasked(follower->ledger, id, &has_uid, &uid) &&
            !(has_uid && uid_list_contains(&settings_config(follower->settings)->free_uids, uid)))
                find_subjects(follower, line, has_uid, uid, &subjects);

        return ledger_log_accepted(follower->ledger, id, &subjects, follower->now_sec);
}

static int take_completed(
                Follower *follower, const char *id, const LogLine *line, int64_t line_sec) {
        int r = ledger_log_completed(follower->ledger, id, follower->now_sec);

        return r < 0 ? r
                     : ledger_log_outcome(follower->ledger, id, line, line_sec, follower->now_sec);
}

static int take_line(Follower *follower, const char *id, const LogLine *line, int64_t line_sec) {
        switch (line->kind) {
        case LOG_LINE_VERDICT:
                return ledger_log_verdict(follower->ledger, id, line, line_sec, follower->now_sec);
        case LOG_LINE_ACCEPTED:
                return take_accepted(follower, id, line, line_sec);
        case LOG_LINE_DELIVERED:
                /* local ones of a held message are delivered at once */
                if (line->recipient_domain.size > 0)
                        ledger_log_delivered(follower->ledger, id);
                return ledger_log_outcome(follower->ledger, id, line, line_sec, follower->now_sec);
        case LOG_LINE_FAILED:
        case LOG_LINE_DEFERRED:
                return ledger_log_outcome(follower->ledger, id, line, line_sec, follower->now_sec);
        case LOG_LINE_REJECTED:
                ledger_log_rejected(follower->ledger, id);
                return 0;
        case LOG_LINE_COMPLETED:
                return take_completed(follower, id, line, line_sec);
        default:
                return 0;
        }
}

static bool matters(LogLineKind kind) {
        return kind == LOG_LINE_VERDICT || kind == LOG_LINE_ACCEPTED ||
               kind == LOG_LINE_DELIVERED || kind == LOG_LINE_FAILED || kind == LOG_LINE_DEFERRED ||
               kind == LOG_LINE_REJECTED || kind == LOG_LINE_COMPLETED;
}

static int on_line(const char *text, size_t size, void *userdata) {
        Follower *follower = userdata;
        char id[MESSAGE_ID_SIZE];
        int64_t line_sec;
        LogLine line;
        int r;

        log_line_parse(text, size, &line);
        if (!matters(line.kind) || !message_id_is_valid(line.id.data, line.id.size) ||
            !log_clock_read(&follower->clock, line.stamp, follower->now_sec, &line_sec))
                return 0;
        if (line_sec < follower->skip_before_sec)
                return 0;

        memcpy(id, line.id.data, line.id.size);
        id[line.id.size] = 0;
        r = take_line(follower, id, &line, line_sec);
        if (r < 0) {
                follower->error = r;
                return r;
        }

        follower->place.last_line_sec = MAX_OF(follower->place.last_line_sec, line_sec);
        return 0;
}

static void close_log(Follower *follower) {
        follower->readable = sd_event_source_disable_unref(follower->readable);
        follower->log = log_follow_free(follower->log);
        follower->is_current = false;
}

static int on_readable(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Follower *follower = userdata;
        int r;

        (void) source;
        (void) fd;
        (void) events;
        r = follower_step(follower, STEP_SIZE);
        if (r < 0)
                follower->handlers.fail(r, follower->handlers.userdata);
        else
                follower->handlers.read(follower->handlers.userdata);
        return 0;
}

static int on_more(sd_event_source *source, void *userdata) {
        return on_readable(source, -EBADF, 0, userdata);
}

/* A log by another name than before is read from its beginning, as one whose place is lost. */
static int open_log(Follower *follower, const char *path) {
        bool is_same = !follower->path || string_equal(path, follower->path);
        CLEANUP(freep) char *copy = strdup(path);
        int r;

        if (!copy)
                return -ENOMEM;
        r = log_follow_new(
                        path,
                        follower->place.is_set && is_same ? &follower->place.log : NULL,
                        now_read_sec() - WINDOW_DAY_SEC,
                        &follower->log);
        if (r < 0)
                return r;

        free(follower->path);
        follower->path = TAKE(copy);
        if (follower->place.is_set && (!is_same || log_follow_has_lost_place(follower->log)))
                follower->skip_before_sec = follower->place.last_line_sec;

        r =
                        sd_event_add_io(follower->event,
                                        &follower->readable,
                                        log_follow_fd(follower->log),
                                        EPOLLIN,
                                        on_readable,
                                        follower);
        if (r >= 0)
                r = sd_event_source_set_priority(follower->readable, PRIORITY_LOG);
        return r;
}

/* Return: whether there is a log to read. */
static bool have_log(Follower *follower) {
        const char *path = settings_config(follower->settings)->log;
        int r;

        if (!path) {
                close_log(follower);
                return false;
        }
        if (follower->log && !string_equal(path, follower->path))
                close_log(follower);
        if (follower->log)
                return true;

        r = open_log(follower, path);
        if (r < 0) {
                close_log(follower);
                say(follower, r, path);
        }
        return r >= 0;
}

int follower_step(Follower *follower, size_t size_max) {
        int r;

        if (!have_log(follower))
                return 0;

        follower->now_sec = now_read_sec();
        follower->error = 0;
        r = log_follow_read(
                        follower->log, now_read_usec(CLOCK_MONOTONIC), size_max, on_line, follower);
        log_follow_get_place(follower->log, &follower->place.log);
        follower->place.is_set = follower->place.log.inode != 0;
        log_hour_add(&follower->hour, &follower->place);
        if (follower->error < 0)
                return follower->error;
        if (r < 0) {
                say(follower, r, follower->path);
                close_log(follower);
                return 0;
        }

        follower->failing = false;
        follower->is_current = r == 0;
        (void) sd_event_source_set_enabled(follower->more, r > 0 ? SD_EVENT_ON : SD_EVENT_OFF);
        return r > 0;
}

bool follower_is_current(const Follower *follower) {
        return follower->is_current;
}

bool follower_is_due(const Follower *follower) {
        return follower->log ? follower_due_usec(follower) != UINT64_MAX : follower->failing;
}

uint64_t follower_due_usec(const Follower *follower) {
        return follower->log ? log_follow_due_usec(follower->log) : UINT64_MAX;
}

void follower_get_places(const Follower *follower, StorePlace ret[static _STORE_PLACE_KIND_MAX]) {
        ret[STORE_PLACE_READ] = follower->place;
        ret[STORE_PLACE_HOUR] = log_hour_begin(&follower->hour);
}

/* What failed in the last hour is kept by the log alone. */
static int read_last_hour(Follower *follower, const StorePlace places[]) {
        const char *path = settings_config(follower->settings)->log;

        if (!path || !places[STORE_PLACE_READ].is_set)
                return 0; /* all of it is to be read anyway */

        log_hour_add(&follower->hour, &places[STORE_PLACE_HOUR]);
        log_hour_add(&follower->hour, &places[STORE_PLACE_READ]);
        return look_back(follower->ledger, path, places);
}

int follower_new(
                sd_event *event,
                Ledger *ledger,
                Activity *activity,
                Settings *settings,
                const StorePlace places[static _STORE_PLACE_KIND_MAX],
                const FollowerHandlers *handlers,
                Follower **ret) {
        CLEANUP(follower_freep) Follower *follower = calloc(1, sizeof(Follower));
        int r;

        if (!follower)
                return -ENOMEM;
        follower->event = sd_event_ref(event);
        follower->ledger = ledger;
        follower->activity = activity;
        follower->settings = settings;
        follower->place = places[STORE_PLACE_READ];
        follower->handlers = *handlers;

        r = read_last_hour(follower, places);
        if (r >= 0)
                r = sd_event_add_defer(event, &follower->more, on_more, follower);
        if (r >= 0)
                r = sd_event_source_set_enabled(follower->more, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_source_set_priority(follower->more, PRIORITY_LOG);
        if (r < 0)
                return r;

        *ret = TAKE(follower);
        return 0;
}

Follower *follower_free(Follower *follower) {
        if (!follower)
                return NULL;

        close_log(follower);
        sd_event_source_disable_unref(follower->more);
        sd_event_unref(follower->event);
        free(follower->path);
        free(follower);
        return NULL;
}
