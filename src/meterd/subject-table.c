/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "meter/suspended-list.h"
#include "meterd/open-store.h"
#include "meterd/subject-table.h"
#include "policy/meter-socket.h"
#include "util/atomic-file.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/text.h"

typedef struct Change {
        struct Change *behind;
        SubjectKind kind;
        char name[SUBJECT_KEY_MAX];
        SubjectChange wanted;
        SubjectSettings settings; /* as all of it will be */
        SubjectTableDone done;
        void *userdata;
        int result;
        bool is_stored; /* whatever came of the list */
} Change;

struct SubjectTable {
        Store *store;            /* owned */
        int dir_fd;              /* owned: where the list is */
        int done_fd;             /* owned */
        sd_event_source *source; /* owned */
        SubjectTableChanged handler;
        void *userdata;
        Change *first; /* owned, as all behind it: being written, if there is a thread */
        Change *last;
        size_t waiting;
        pthread_t thread;
        bool has_thread;
        bool failing; /* a look-up has failed, which was said */
};

/* ---- the list of who is suspended ---- */

typedef struct Listing {
        Text text;
        size_t count;
} Listing;

static void listing_done(Listing *listing) {
        text_done(&listing->text);
}

static int add_to_list(
                SubjectKind kind,
                const char *name,
                const SubjectSettings *settings,
                void *userdata) {
        Listing *listing = userdata;

        suspended_list_append(&listing->text, kind, name, settings);
        listing->count++;
        return 0;
}

/* Exim looks into the file while it is there: without contents it says that nothing is set. */
static int write_list(SubjectTable *table) {
        static const AtomicFileOptions options = { .mode = 0600,
                                                   .uid = (uid_t) -1,
                                                   .gid = (gid_t) -1 };
        CLEANUP(freep) char *text = NULL;
        CLEANUP(freep) char *before = NULL;
        CLEANUP(listing_done) Listing listing = {};
        size_t count, size, before_size;
        int r;

        r = store_count_subjects(table->store, &count);
        if (r < 0)
                return r;
        if (count > 0)
                suspended_list_begin(&listing.text);
        r = store_list_suspended(table->store, add_to_list, &listing);
        if (r != 0)
                return r > 0 ? -EIO : r;
        r = text_finish(&listing.text, &text, &size);
        if (r < 0)
                return r;

        r =
                        fd_read_file_at(table->dir_fd,
                                        METER_SUSPENDED_NAME,
                                        SUSPENDED_LIST_SIZE_MAX,
                                        &before,
                                        &before_size);
        if (r >= 0 && before_size == size && memcmp(before, text, size) == 0)
                return 0;
        return atomic_file_write(table->dir_fd, METER_SUSPENDED_NAME, text, size, &options);
}

/* ---- changes ---- */

static SubjectSettings merge(SubjectTable *table, const Change *change) {
        const SubjectChange *wanted = &change->wanted;
        SubjectSettings settings;

        (void) subject_table_find(table, change->kind, change->name, &settings);
        for (size_t i = 0; i < _WINDOW_LENGTH_MAX; i++)
                if (wanted->limits[i])
                        settings.limits[i] = wanted->settings.limits[i];
        if (wanted->smtp_auth)
                settings.smtp_auth = wanted->settings.smtp_auth;
        if (wanted->suspension) {
                settings.suspension = wanted->settings.suspension;
                settings.suspended_usec = wanted->settings.suspended_usec;
                settings.suspended_by = wanted->settings.suspended_by;
        }
        return settings;
}

static int put(SubjectTable *table, const Change *change) {
        int r;

        r = store_begin(table->store);
        if (r >= 0)
                r = store_put_subject(table->store, change->kind, change->name, &change->settings);
        return r < 0 ? r : store_commit(table->store);
}

static int check_room(SubjectTable *table, const Change *change) {
        CLEANUP(listing_done) Listing listing = {};
        size_t count;
        int r;

        r = store_count_subjects(table->store, &count);
        if (r < 0 || subject_settings_are_empty(&change->settings))
                return r;
        if (count >= SUBJECT_TABLE_MAX)
                return -ENOSPC;
        if (change->settings.suspension == SUSPENSION_NONE)
                return 0;

        r = store_list_suspended(table->store, add_to_list, &listing);
        if (r != 0)
                return r > 0 ? -EIO : r;
        return listing.count >= SUBJECT_SUSPENDED_MAX ? -ENOSPC : 0;
}

/* The first one that waits is this thread's. */
static void *run(void *userdata) {
        SubjectTable *table = userdata;
        Change *change = table->first;
        const uint64_t one = 1;
        int r;

        r = check_room(table, change);
        if (r >= 0)
                r = put(table, change);
        change->is_stored = r >= 0;
        if (r >= 0)
                r = write_list(table);
        change->result = r;
        IGNORE_RESULT(write(table->done_fd, &one, sizeof(one)) < 0); /* it is not full */
        return NULL;
}

static void finish_first(SubjectTable *table, int r) {
        CLEANUP(freep) Change *change = table->first;

        table->first = change->behind;
        if (!table->first)
                table->last = NULL;
        table->waiting--;
        if (change->is_stored)
                table->handler(change->kind, change->name, table->userdata);
        change->done(r, change->userdata);
}

static void start_first(SubjectTable *table) {
        while (table->first && !table->has_thread) {
                int r;

                table->first->settings = merge(table, table->first);
                r = pthread_create(&table->thread, NULL, run, table);
                table->has_thread = r == 0;
                if (r != 0)
                        finish_first(table, -r);
        }
}

static void join(SubjectTable *table) {
        uint64_t count;

        (void) pthread_join(table->thread, NULL);
        table->has_thread = false;
        IGNORE_RESULT(read(table->done_fd, &count, sizeof(count)) < 0); /* it may be empty */
        finish_first(table, table->first->result);
}

static int on_done(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        SubjectTable *table = userdata;

        (void) source;
        (void) fd;
        (void) events;
        if (!table->has_thread)
                return 0;

        join(table);
        start_first(table);
        return 0;
}

int subject_table_change(
                SubjectTable *table,
                SubjectKind kind,
                const char *name,
                const SubjectChange *wanted,
                SubjectTableDone done,
                void *userdata) {
        Change *change;

        assert(strlen(name) <= SUBJECT_SETTINGS_NAME_MAX);

        if (table->waiting >= SUBJECT_CHANGES_MAX)
                return -EBUSY;
        change = calloc(1, sizeof(*change));
        if (!change)
                return -ENOMEM;

        *change = (Change){ .kind = kind, .wanted = *wanted, .done = done, .userdata = userdata };
        memcpy(change->name, name, strlen(name) + 1);
        if (table->last)
                table->last->behind = change;
        else
                table->first = change;
        table->last = change;
        table->waiting++;
        start_first(table);
        return 0;
}

/* ---- reading ---- */

bool subject_table_find(
                SubjectTable *table, SubjectKind kind, const char *name, SubjectSettings *ret) {
        int r;

        *ret = (SubjectSettings){};
        r = store_find_subject(table->store, kind, name, ret);
        if (r < 0 && r != -ENOENT) {
                if (!table->failing)
                        (void) log_error_errno(r, "Failed to look up a subject: %m");
                table->failing = true;
        }
        return r >= 0;
}

size_t subject_table_count(SubjectTable *table) {
        size_t count;

        return store_count_subjects(table->store, &count) < 0 ? 0 : count;
}

Store *subject_table_store(SubjectTable *table) {
        return table->store;
}

/* ---- start ---- */

static int restore_one(
                SubjectKind kind,
                const char *name,
                const SubjectSettings *settings,
                void *userdata) {
        return store_put_subject(userdata, kind, name, settings);
}

/* The store was damaged: whoever was suspended stays so. */
static int restore(SubjectTable *table) {
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r;

        r = fd_read_file_at(
                        table->dir_fd, METER_SUSPENDED_NAME, SUSPENDED_LIST_SIZE_MAX, &text, &size);
        if (r == -ENOENT)
                return 0;
        if (r >= 0)
                r = store_begin(table->store);
        if (r >= 0)
                r = suspended_list_read(text, size, restore_one, table->store);
        if (r >= 0)
                r = store_commit(table->store);
        return r;
}

static int open_all(SubjectTable *table, const char *state_dir) {
        CLEANUP(freep) char *path = string_format("%s/subjects", state_dir);
        int r;

        if (!path)
                return log_error_errno(-ENOMEM, "%m");
        table->dir_fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (table->dir_fd < 0)
                return log_error_errno(-errno, "Failed to open %s: %m", state_dir);

        r = open_store(path,
                       STORE_SUBJECTS,
                       "limits and SmtpAuth of subjects have to be set again, who was suspended "
                       "still is",
                       &table->store);
        if (r < 0)
                return r;
        if (r == OPEN_STORE_E_ANEW)
                r = restore(table);
        if (r >= 0)
                r = write_list(table);
        return r < 0 ? log_error_errno(r, "Failed to write who is suspended: %m") : 0;
}

int subject_table_new(
                sd_event *event,
                const char *state_dir,
                SubjectTableChanged handler,
                void *userdata,
                SubjectTable **ret) {
        CLEANUP(subject_table_freep) SubjectTable *table = calloc(1, sizeof(SubjectTable));
        int r;

        if (!table)
                return log_error_errno(-ENOMEM, "%m");
        table->handler = handler;
        table->userdata = userdata;
        table->dir_fd = -EBADF;
        table->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (table->done_fd < 0)
                return log_error_errno(-errno, "Failed to make an eventfd: %m");

        r = sd_event_add_io(event, &table->source, table->done_fd, EPOLLIN, on_done, table);
        if (r < 0)
                return log_error_errno(r, "Failed to wait for a thread: %m");
        r = open_all(table, state_dir);
        if (r < 0)
                return r;

        *ret = TAKE(table);
        return 0;
}

SubjectTable *subject_table_free(SubjectTable *table) {
        if (!table)
                return NULL;

        if (table->has_thread)
                join(table);
        while (table->first)
                finish_first(table, -ECANCELED);
        store_free(table->store);
        sd_event_source_disable_unref(table->source);
        (void) fd_close(table->dir_fd);
        (void) fd_close(table->done_fd);
        free(table);
        return NULL;
}
