/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "core/exim-watch.h"
#include "core/names-watch.h"
#include "core/nsswitch.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/now.h"

#define NSSWITCH          "/etc/nsswitch.conf"
#define NSSWITCH_SIZE_MAX ((size_t) 64 * 1024)

/* A directory server is asked so often; the kernel may wait until the machine wakes up anyway. */
#define ASK_INTERVAL_USEC (300 * USEC_PER_SEC)
#define ASK_ACCURACY_USEC (60 * USEC_PER_SEC)

/* A job of systemd's rarely comes alone; and anybody can send us signals that look like its own. */
#define SOON_USEC     (2 * USEC_PER_SEC)
#define SOON_GAP_USEC (10 * USEC_PER_SEC)

struct NamesWatch {
        Manager *manager;       /* borrowed */
        EximWatch *files;       /* owned */
        sd_event_source *timer; /* owned */
        sd_event_source *soon;  /* owned */
        bool soon_due;
        uint64_t soon_usec; /* CLOCK_MONOTONIC: when it was due last */
};

static void on_followed(int r, const Failure *failure, const JobResult *result, void *userdata) {
        (void) result;
        (void) userdata;

        if (r < 0)
                log_error("Users, groups or mail servers of this host are others now, but that "
                          "cannot be followed: %s",
                          failure->text);
}

/* Whoever waits for a change comes first: it resolves all names as well. */
static bool follow(NamesWatch *watch) {
        JobRequest request = { .kind = JOB_FOLLOW, .action = "follow" };
        Job *job;

        if (manager_is_busy(watch->manager))
                return false;

        policy_change_init(&request.change);
        return manager_queue(watch->manager, &request, on_followed, watch, &job) >= 0;
}

/* Only where there is somebody to ask: else nothing wakes the service. */
static void set_timer(NamesWatch *watch) {
        CLEANUP(freep) char *text = NULL;
        size_t size;
        bool ask;
        int r;

        /* without that file names come from files */
        ask = fd_read_file_at(AT_FDCWD, NSSWITCH, NSSWITCH_SIZE_MAX, &text, &size) >= 0 &&
              nsswitch_asks_others(text);

        r = sd_event_source_set_time_relative(watch->timer, ASK_INTERVAL_USEC);
        if (r >= 0)
                r = sd_event_source_set_enabled(
                                watch->timer, ask ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
        if (r < 0)
                log_warning_errno(r, "Directory servers are not asked for users, ignoring: %m");
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        NamesWatch *watch = userdata;

        (void) source;
        (void) usec;
        (void) follow(watch); /* busy: in five minutes again */
        set_timer(watch);
        return 0;
}

static void look_at(NamesWatch *watch, uint64_t usec) {
        int r;

        r = sd_event_source_set_time(watch->soon, usec);
        if (r >= 0)
                r = sd_event_source_set_enabled(watch->soon, SD_EVENT_ONESHOT);
        if (r < 0)
                log_warning_errno(r, "The start of a mail server is not followed, ignoring: %m");
        watch->soon_due = r >= 0;
}

void names_watch_hurry(NamesWatch *watch) {
        uint64_t due_usec = now_read_usec(CLOCK_MONOTONIC) + SOON_USEC;

        if (watch->soon_due)
                return;
        if (watch->soon_usec > 0)
                due_usec = MAX_OF(due_usec, watch->soon_usec + SOON_GAP_USEC);
        look_at(watch, due_usec);
}

void names_watch_calm(NamesWatch *watch) {
        (void) sd_event_source_set_enabled(watch->soon, SD_EVENT_OFF);
        watch->soon_due = false;
}

static int on_soon(sd_event_source *source, uint64_t usec, void *userdata) {
        NamesWatch *watch = userdata;

        (void) source;
        (void) usec;
        watch->soon_due = false;
        watch->soon_usec = now_read_usec(CLOCK_MONOTONIC);
        if (!follow(watch))
                look_at(watch, watch->soon_usec + SOON_USEC);
        return 0;
}

static bool on_changed(EximWatch *files, bool report_only, void *userdata) {
        NamesWatch *watch = userdata;

        (void) report_only;
        if (!follow(watch))
                return false;

        exim_watch_looked(files, FOREIGN_CHANGE_HARMLESS);
        set_timer(watch);
        return true;
}

NamesWatch *names_watch_free(NamesWatch *watch) {
        if (!watch)
                return NULL;

        exim_watch_free(watch->files);
        sd_event_source_disable_unref(watch->timer);
        sd_event_source_disable_unref(watch->soon);
        free(watch);
        return NULL;
}

int names_watch_new(sd_event *event, Manager *manager, NamesWatch **ret) {
        /* the mail servers' own programs, and those that they bring as sendmail */
        static const char *const files[] = {
                "/etc/passwd",
                "/etc/group",
                NSSWITCH,
                "/usr/sbin/exim",
                "/usr/sbin/exim4",
                "/usr/sbin/postfix",
                "/usr/sbin/sendmail",
                "/usr/sbin/smtpd",
                "/usr/sbin/opensmtpd",
                "/usr/sbin/sendmail-mta",
        };
        CLEANUP(names_watch_freep) NamesWatch *watch = NULL;
        CLEANUP(string_list_done) StringList list = {};
        int r;

        watch = calloc(1, sizeof(*watch));
        if (!watch)
                return -ENOMEM;
        watch->manager = manager;

        r = sd_event_add_time(
                        event,
                        &watch->timer,
                        CLOCK_MONOTONIC,
                        UINT64_MAX,
                        ASK_ACCURACY_USEC,
                        on_timer,
                        watch);
        if (r < 0)
                return r;
        r = sd_event_add_time(event, &watch->soon, CLOCK_MONOTONIC, UINT64_MAX, 0, on_soon, watch);
        if (r < 0)
                return r;
        r =
                        exim_watch_new(event,
                                       SD_EVENT_PRIORITY_NORMAL,
                                       "users, groups and mail servers",
                                       on_changed,
                                       watch,
                                       &watch->files);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ELEMENTS_OF(files); i++) {
                r = string_list_append(&list, files[i]);
                if (r < 0)
                        return r;
        }
        exim_watch_set_files(watch->files, &list);
        set_timer(watch);

        *ret = TAKE(watch);
        return 0;
}
