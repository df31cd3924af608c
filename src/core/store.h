/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The service's own files: policy.json below the configuration directory; applied.json,
 * exceptions.json, pending.json and try.json below the state directory. Knows where they are and
 * how they are written durably, not what follows from them.
 */

#include "core/applied.h"
#include "core/exception-state.h"
#include "core/pending.h"
#include "core/trial.h"
#include "util/atomic-file.h"

typedef struct Store {
        int config_fd; /* owned: $CONFIGURATION_DIRECTORY, /etc/smtp-restrictions without it */
        int state_fd;  /* owned: $STATE_DIRECTORY, /var/lib/smtp-restrictions without it */
        int lock_fd;   /* owned: held while the kernel and applied.json may differ */
} Store;

#define STORE_NONE                                                                                 \
        { .config_fd = -EBADF, .state_fd = -EBADF, .lock_fd = -EBADF }

/* Where policy.json is and what else is written for others; itself, for messages. */
const char *store_config_directory(void);
const char *store_policy_path(void);

/*
 * Open both directories and become the only writer (flock). Return: 0, -EWOULDBLOCK when another
 * program is, another negative errno.
 */
WARN_UNUSED int store_open(Store *ret);
/* For the boot loader, and for a thread that has to keep apart from the one that writes: the state
 * directory alone, nothing is written, and a kernel's lock of its own. */
WARN_UNUSED int store_open_to_read(Store *ret);
void store_done(Store *store);

/* Return: 1 and the value; 0 when there is none; -EINVAL when it is damaged (with the reason);
 * another negative errno. */
WARN_UNUSED int store_read_applied(const Store *store, Applied *ret, Failure *reterr);
WARN_UNUSED int store_read_exceptions(const Store *store, ExceptionState *ret, Failure *reterr);
WARN_UNUSED int store_read_pending(const Store *store, Pending *ret, Failure *reterr);
WARN_UNUSED int store_read_trial(const Store *store, Trial *ret, Failure *reterr);

/* Durable at once. Return: 0, or a negative errno with StorageFailed. */
WARN_UNUSED int store_write_pending(const Store *store, const Pending *pending, Failure *reterr);
WARN_UNUSED int store_remove_pending(const Store *store, Failure *reterr);
WARN_UNUSED int store_write_trial(const Store *store, const Trial *trial, Failure *reterr);
WARN_UNUSED int store_remove_trial(const Store *store, Failure *reterr);

/* On disk, but not in place yet: a full disk shows here. Return: 0, or a negative errno with
 * StorageFailed. */
WARN_UNUSED int store_prepare_policy(
                const Store *store,
                const char *text,
                size_t size,
                AtomicFile *ret,
                Failure *reterr);
WARN_UNUSED int store_prepare_applied(
                const Store *store, const Applied *applied, AtomicFile *ret, Failure *reterr);
WARN_UNUSED int store_prepare_exceptions(
                const Store *store, const ExceptionState *state, AtomicFile *ret, Failure *reterr);

/* The bytes of policy.json as they are: NULL and 0 when there is none. The caller frees. */
WARN_UNUSED int store_read_policy_text(
                const Store *store, char **ret_text, size_t *ret_size, Failure *reterr);
/* Back to these bytes, or to no file. Return: 0, or a negative errno with StorageFailed. */
WARN_UNUSED int store_restore_policy(
                const Store *store, const char *text, size_t size, Failure *reterr);

/* Temporaries that a crash left. */
void store_forget(const Store *store);

/*
 * Between the batch and applied.json the boot loader must not bring back what applied.json still
 * says. Waits; the other side holds it for the length of a batch.
 */
WARN_UNUSED int store_lock_kernel(const Store *store);
void store_unlock_kernel(const Store *store);
