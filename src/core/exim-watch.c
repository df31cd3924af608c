/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>

#include "core/exim-watch.h"
#include "util/log.h"
#include "util/text.h"

/* A file changes by being renamed, removed, or written and closed, or gets another owner or mode; a
 * directory comes or goes. */
#define CHANGES                                                                                    \
        (IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_ATTRIB |        \
         IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define DIRECTORY_IS_GONE (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)

typedef struct Directory {
        EximWatch *watch;
        char *path;              /* owned */
        sd_event_source *source; /* owned */
} Directory;

struct EximWatch {
        sd_event *event; /* owned reference */
        int64_t priority;
        const char *what;
        EximWatchHandler handler;
        void *userdata;
        sd_event_source *timer; /* owned */

        StringList files;
        Directory *directories; /* owned; as many as there are files at most */
        size_t directory_count;
        bool is_stale; /* a directory has come or gone */

        ForeignChange change;
        bool in_job;
        size_t seen_in_job;
};

static void directories_free(EximWatch *watch) {
        for (size_t i = 0; i < watch->directory_count; i++) {
                sd_event_source_disable_unref(watch->directories[i].source);
                free(watch->directories[i].path);
        }
        free(watch->directories);
        watch->directories = NULL;
        watch->directory_count = 0;
}

EximWatch *exim_watch_free(EximWatch *watch) {
        if (!watch)
                return NULL;

        directories_free(watch);
        string_list_done(&watch->files);
        sd_event_source_disable_unref(watch->timer);
        sd_event_unref(watch->event);
        free(watch);
        return NULL;
}

static uint64_t now_usec(const EximWatch *watch) {
        uint64_t now = 0;

        /* cannot fail: the loop runs, and knows this clock */
        (void) sd_event_now(watch->event, CLOCK_MONOTONIC, &now);
        return now;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata);

static void ask_at(EximWatch *watch, uint64_t usec) {
        int r;

        if (!watch->timer)
                r = sd_event_add_time(
                                watch->event,
                                &watch->timer,
                                CLOCK_MONOTONIC,
                                usec,
                                0,
                                on_timer,
                                watch);
        else {
                r = sd_event_source_set_time(watch->timer, usec);
                if (r >= 0)
                        r = sd_event_source_set_enabled(watch->timer, SD_EVENT_ONESHOT);
        }
        if (r < 0)
                log_warning_errno(
                                r, "A change of %s is not looked into, ignoring: %m", watch->what);
}

static void note_change(EximWatch *watch) {
        foreign_change_note(&watch->change, now_usec(watch));
        ask_at(watch, foreign_change_due(&watch->change));
}

/* Is it a file that we watch, or a directory on the way to one? */
static bool is_relevant(const EximWatch *watch, const char *path) {
        for (size_t i = 0; i < watch->files.count; i++) {
                const char *rest = string_after_prefix(watch->files.items[i], path);

                if (rest && (rest[0] == 0 || rest[0] == '/'))
                        return true;
        }

        return false;
}

static bool is_change(Directory *directory, const struct inotify_event *event) {
        CLEANUP(freep) char *path = NULL;

        if (event->mask & (IN_Q_OVERFLOW | DIRECTORY_IS_GONE)) {
                directory->watch->is_stale = true;
                return true;
        }
        if (event->len == 0)
                return false;

        path =
                        string_format("%s/%s",
                                      strcmp(directory->path, "/") == 0 ? "" : directory->path,
                                      event->name);
        /* without memory to know better */
        if (!path)
                return true;
        if (!is_relevant(directory->watch, path))
                return false;

        if (event->mask & IN_ISDIR)
                directory->watch->is_stale = true;
        return true;
}

static int on_change(sd_event_source *source, const struct inotify_event *event, void *userdata) {
        Directory *directory = userdata;
        EximWatch *watch = directory->watch;

        (void) source;
        if (!is_change(directory, event))
                return 0;

        if (watch->in_job)
                watch->seen_in_job++;
        else
                note_change(watch);
        return 0;
}

static bool is_watched(const EximWatch *watch, const char *path) {
        for (size_t i = 0; i < watch->directory_count; i++)
                if (strcmp(watch->directories[i].path, path) == 0)
                        return true;

        return false;
}

/* Return: 0, -ENOENT when there is no such directory, another negative errno. */
static int add_directory(EximWatch *watch, const char *path) {
        Directory *directory = &watch->directories[watch->directory_count];
        int r;

        if (is_watched(watch, path))
                return 0;

        *directory = (Directory){ .watch = watch, .path = strdup(path) };
        if (!directory->path)
                return -ENOMEM;
        r = sd_event_add_inotify(
                        watch->event, &directory->source, path, CHANGES, on_change, directory);
        if (r >= 0)
                r = sd_event_source_set_priority(directory->source, watch->priority - 1);
        if (r < 0) {
                sd_event_source_disable_unref(directory->source);
                free(directory->path);
                return r == -ENOTDIR ? -ENOENT : r;
        }

        watch->directory_count++;
        return 0;
}

/* Watch the directory of a file, or as much of the way to it as there is. */
static int add_file(EximWatch *watch, const char *file) {
        CLEANUP(freep) char *path = strdup(file);
        int r;

        if (!path)
                return -ENOMEM;

        do {
                char *slash = strrchr(path, '/');

                if (!slash)
                        return 0;
                slash[slash == path ? 1 : 0] = 0;
                r = add_directory(watch, path);
        } while (r == -ENOENT && strcmp(path, "/") != 0);

        return r;
}

static void watch_all(EximWatch *watch) {
        int r = 0;

        directories_free(watch);
        watch->is_stale = false;

        watch->directories = calloc(watch->files.count + 1, sizeof(Directory));
        if (!watch->directories)
                r = -ENOMEM;
        for (size_t i = 0; i < watch->files.count && r >= 0; i++)
                r = add_file(watch, watch->files.items[i]);
        if (r < 0)
                log_warning_errno(
                                r, "Not all changes of %s are noticed, ignoring: %m", watch->what);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        EximWatch *watch = userdata;
        ForeignChangeAction action;
        uint64_t now = now_usec(watch);

        (void) source;
        (void) usec;
        action = foreign_change_action(&watch->change, now);
        if (action == FOREIGN_CHANGE_NOTHING)
                return 0;

        /* before the look: what changes behind it is noticed */
        if (watch->is_stale)
                watch_all(watch);
        if (watch->handler(watch, action == FOREIGN_CHANGE_REPORT, watch->userdata))
                foreign_change_begin(&watch->change);
        else
                ask_at(watch, now + FOREIGN_CHANGE_QUIET_USEC);
        return 0;
}

int exim_watch_new(
                sd_event *event,
                int64_t priority,
                const char *what,
                EximWatchHandler handler,
                void *userdata,
                EximWatch **ret) {
        EximWatch *watch = calloc(1, sizeof(*watch));

        if (!watch)
                return -ENOMEM;

        watch->event = sd_event_ref(event);
        watch->priority = priority;
        watch->what = what;
        watch->handler = handler;
        watch->userdata = userdata;
        *ret = watch;
        return 0;
}

void exim_watch_set_files(EximWatch *watch, const StringList *files) {
        CLEANUP(string_list_done) StringList copy = {};
        int r;

        if (string_list_equal(&watch->files, files))
                return;

        r = string_list_copy(files, &copy);
        if (r < 0) {
                log_warning_errno(
                                r, "Not all changes of %s are noticed, ignoring: %m", watch->what);
                return;
        }
        string_list_done(&watch->files);
        watch->files = copy;
        copy = (StringList){};
        watch_all(watch);
}

void exim_watch_begin_job(EximWatch *watch) {
        watch->in_job = true;
        watch->seen_in_job = 0;
}

void exim_watch_end_job(EximWatch *watch, size_t own_changes) {
        watch->in_job = false;
        if (watch->seen_in_job > own_changes)
                note_change(watch);
}

void exim_watch_looked(EximWatch *watch, ForeignChangeOutcome outcome) {
        foreign_change_end(&watch->change, outcome, now_usec(watch));
}

void exim_watch_forget(EximWatch *watch) {
        foreign_change_forget(&watch->change);
}
