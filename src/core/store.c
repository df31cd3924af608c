/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/store.h"
#include "policy/policy-text.h"
#include "util/fd.h"
#include "util/text.h"

#define POLICY_NAME     "policy.json"
#define APPLIED_NAME    "applied.json"
#define EXCEPTIONS_NAME "exceptions.json"
#define PENDING_NAME    "pending.json"
#define TRIAL_NAME      "try.json"
#define LOCK_NAME       "lock"

/* The policy holds no secrets; the state names who did what. */
static const AtomicFileOptions policy_options = {
        .mode = 0644, .uid = (uid_t) -1, .gid = (gid_t) -1, .keep_metadata = true
};
static const AtomicFileOptions state_options = { .mode = 0600,
                                                 .uid = (uid_t) -1,
                                                 .gid = (gid_t) -1 };

static const char *directory_from_environment(const char *variable, const char *otherwise) {
        const char *path = getenv(variable);

        return path && path[0] == '/' ? path : otherwise;
}

const char *store_config_directory(void) {
        return directory_from_environment("CONFIGURATION_DIRECTORY", "/etc/smtp-restrictions");
}

static const char *state_directory(void) {
        return directory_from_environment("STATE_DIRECTORY", "/var/lib/smtp-restrictions");
}

const char *store_policy_path(void) {
        /* one of two constants for users of the service; tests compare with their own directory */
        return string_equal(store_config_directory(), "/etc/smtp-restrictions")
                               ? "/etc/smtp-restrictions/" POLICY_NAME
                               : POLICY_NAME;
}

static int open_directory(const char *path) {
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

int store_open_to_read(Store *ret) {
        CLEANUP(store_done) Store store = STORE_NONE;

        store.state_fd = open_directory(state_directory());
        if (store.state_fd < 0)
                return store.state_fd;

        /* The file is there once the service has run; before that there is nothing to agree on. */
        store.lock_fd = openat(store.state_fd, LOCK_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (store.lock_fd < 0 && errno != ENOENT)
                return -errno;

        *ret = store;
        store = (Store) STORE_NONE;
        return 0;
}

int store_open(Store *ret) {
        CLEANUP(store_done) Store store = STORE_NONE;

        store.config_fd = open_directory(store_config_directory());
        if (store.config_fd < 0)
                return store.config_fd;
        store.state_fd = open_directory(state_directory());
        if (store.state_fd < 0)
                return store.state_fd;
        if (flock(store.state_fd, LOCK_EX | LOCK_NB) < 0)
                return -errno;

        store.lock_fd = openat(
                        store.state_fd, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (store.lock_fd < 0)
                return -errno;

        *ret = store;
        store = (Store) STORE_NONE;
        return 0;
}

void store_done(Store *store) {
        if (!store)
                return;

        (void) fd_close(store->config_fd);
        (void) fd_close(store->state_fd);
        (void) fd_close(store->lock_fd);
        *store = (Store) STORE_NONE;
}

typedef int (*Decode)(const char *text, size_t size, void *ret, Failure *reterr);

static int read_state(
                const Store *store,
                const char *name,
                size_t size_max,
                Decode decode,
                void *ret,
                Failure *reterr) {
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r;

        r = fd_read_file_at(store->state_fd, name, size_max, &text, &size);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_STORAGE_FAILED,
                                "%s cannot be read: %s",
                                name,
                                strerror(-r));

        r = decode(text, size, ret, reterr);
        if (r < 0) {
                failure_prefix(reterr, "%s", name);
                return r;
        }
        return 1;
}

static int decode_applied(const char *text, size_t size, void *ret, Failure *reterr) {
        return applied_from_text(text, size, ret, reterr);
}

int store_read_applied(const Store *store, Applied *ret, Failure *reterr) {
        return read_state(store, APPLIED_NAME, APPLIED_SIZE_MAX, decode_applied, ret, reterr);
}

static int decode_exceptions(const char *text, size_t size, void *ret, Failure *reterr) {
        return exception_state_from_text(text, size, ret, reterr);
}

int store_read_exceptions(const Store *store, ExceptionState *ret, Failure *reterr) {
        return read_state(
                        store,
                        EXCEPTIONS_NAME,
                        EXCEPTION_STATE_SIZE_MAX,
                        decode_exceptions,
                        ret,
                        reterr);
}

static int decode_pending(const char *text, size_t size, void *ret, Failure *reterr) {
        return pending_from_text(text, size, ret, reterr);
}

int store_read_pending(const Store *store, Pending *ret, Failure *reterr) {
        return read_state(store, PENDING_NAME, PENDING_SIZE_MAX, decode_pending, ret, reterr);
}

static int decode_trial(const char *text, size_t size, void *ret, Failure *reterr) {
        return trial_from_text(text, size, ret, reterr);
}

int store_read_trial(const Store *store, Trial *ret, Failure *reterr) {
        return read_state(store, TRIAL_NAME, TRIAL_SIZE_MAX, decode_trial, ret, reterr);
}

static int write_failed(int r, const char *name, Failure *reterr) {
        return failure_set(
                        reterr,
                        r,
                        FAILURE_STORAGE_FAILED,
                        "%s cannot be written: %s",
                        name,
                        strerror(-r));
}

int store_write_pending(const Store *store, const Pending *pending, Failure *reterr) {
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r;

        r = pending_to_text(pending, &text, &size);
        if (r < 0)
                return r;

        r = atomic_file_write(store->state_fd, PENDING_NAME, text, size, &state_options);
        return r < 0 ? write_failed(r, PENDING_NAME, reterr) : 0;
}

int store_remove_pending(const Store *store, Failure *reterr) {
        int r = atomic_file_remove(store->state_fd, PENDING_NAME);

        return r < 0 ? write_failed(r, PENDING_NAME, reterr) : 0;
}

int store_write_trial(const Store *store, const Trial *trial, Failure *reterr) {
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r;

        r = trial_to_text(trial, &text, &size);
        if (r < 0)
                return r;

        r = atomic_file_write(store->state_fd, TRIAL_NAME, text, size, &state_options);
        return r < 0 ? write_failed(r, TRIAL_NAME, reterr) : 0;
}

int store_remove_trial(const Store *store, Failure *reterr) {
        int r = atomic_file_remove(store->state_fd, TRIAL_NAME);

        return r < 0 ? write_failed(r, TRIAL_NAME, reterr) : 0;
}

int store_prepare_policy(
                const Store *store,
                const char *text,
                size_t size,
                AtomicFile *ret,
                Failure *reterr) {
        int r = atomic_file_prepare(
                        store->config_fd, POLICY_NAME, text, size, &policy_options, ret);

        return r < 0 ? write_failed(r, store_policy_path(), reterr) : 0;
}

int store_read_policy_text(const Store *store, char **ret_text, size_t *ret_size, Failure *reterr) {
        int r = fd_read_file_at(
                        store->config_fd, POLICY_NAME, POLICY_TEXT_SIZE_MAX, ret_text, ret_size);

        if (r == -ENOENT) {
                *ret_text = NULL;
                *ret_size = 0;
                return 0;
        }
        if (r < 0)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_STORAGE_FAILED,
                                "%s cannot be read: %s",
                                store_policy_path(),
                                strerror(-r));
        return 0;
}

int store_restore_policy(const Store *store, const char *text, size_t size, Failure *reterr) {
        int r = text ? atomic_file_write(store->config_fd, POLICY_NAME, text, size, &policy_options)
                     : atomic_file_remove(store->config_fd, POLICY_NAME);

        return r < 0 ? write_failed(r, store_policy_path(), reterr) : 0;
}

int store_prepare_applied(
                const Store *store, const Applied *applied, AtomicFile *ret, Failure *reterr) {
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r;

        r = applied_to_text(applied, &text, &size);
        if (r < 0)
                return r;

        r = atomic_file_prepare(store->state_fd, APPLIED_NAME, text, size, &state_options, ret);
        return r < 0 ? write_failed(r, APPLIED_NAME, reterr) : 0;
}

int store_prepare_exceptions(
                const Store *store, const ExceptionState *state, AtomicFile *ret, Failure *reterr) {
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r;

        r = exception_state_to_text(state, &text, &size);
        if (r < 0)
                return r;

        r = atomic_file_prepare(store->state_fd, EXCEPTIONS_NAME, text, size, &state_options, ret);
        return r < 0 ? write_failed(r, EXCEPTIONS_NAME, reterr) : 0;
}

void store_forget(const Store *store) {
        /* They hold space, no more: the next writer of the same name removes them too. */
        IGNORE_RESULT(atomic_file_forget(store->config_fd, POLICY_NAME));
        IGNORE_RESULT(atomic_file_forget(store->config_fd, "meter.json"));
        IGNORE_RESULT(atomic_file_forget(store->state_fd, APPLIED_NAME));
        IGNORE_RESULT(atomic_file_forget(store->state_fd, EXCEPTIONS_NAME));
        IGNORE_RESULT(atomic_file_forget(store->state_fd, PENDING_NAME));
        IGNORE_RESULT(atomic_file_forget(store->state_fd, TRIAL_NAME));
}

int store_lock_kernel(const Store *store) {
        if (store->lock_fd < 0)
                return 0;

        while (flock(store->lock_fd, LOCK_EX) < 0)
                if (errno != EINTR)
                        return -errno;

        return 0;
}

void store_unlock_kernel(const Store *store) {
        if (store->lock_fd >= 0)
                (void) flock(store->lock_fd, LOCK_UN);
}
