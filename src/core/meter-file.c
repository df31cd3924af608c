/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "core/accounts.h"
#include "core/meter-file.h"
#include "meter/config.h"
#include "policy/meter-socket.h"
#include "util/fd.h"
#include "util/parse.h"
#include "util/text.h"

#define FILE_NAME "meter.json"

static const AtomicFileOptions options = { .mode = 0644, .uid = (uid_t) -1, .gid = (gid_t) -1 };

static int unsupported(const MailLimits *limits, const char *text, Failure *reterr) {
        return failure_set(
                        reterr,
                        -EOPNOTSUPP,
                        FAILURE_EXIM_CONFIG_UNSUPPORTED,
                        "%s: %s",
                        mail_limits_meter_key(limits),
                        text);
}

/* The number of the user that Exim asks as; exim_user may be one itself. */
static int find_exim_uid(
                const EximFacts *exim, const MailLimits *limits, uint32_t *ret, Failure *reterr) {
        const Accounts none = {};
        uint64_t number;
        uid_t uid;
        int r;

        if (!exim->user)
                return unsupported(limits, "Exim does not say which user it runs as", reterr);
        if (parse_u64(exim->user, UINT32_MAX - 1, &number) >= 0) {
                *ret = (uint32_t) number;
                return 0;
        }

        r = accounts_find_user(&none, exim->user, &uid);
        if (r == -ENOMEM)
                return r;
        if (r <= 0)
                return unsupported(
                                limits, "the user that Exim runs as cannot be looked up", reterr);

        *ret = uid;
        return 0;
}

static int copy_text(const char *text, char **ret) {
        if (!text)
                return 0;

        *ret = strdup(text);
        return *ret ? 0 : -ENOMEM;
}

static int fill_free_uids(const HostFacts *facts, MeterConfig *config) {
        if (mail_limits_value(&config->limits, MAIL_LIMIT_COUNT_MAILMAN, false))
                return 0;

        config->free_uids.items = calloc(facts->uids.count + 1, sizeof(uint32_t));
        if (!config->free_uids.items)
                return -ENOMEM;

        for (size_t i = 0; i < facts->uids.count; i++)
                if (facts->uids.items[i].because == BECAUSE_MAILMAN)
                        config->free_uids.items[config->free_uids.count++] =
                                        facts->uids.items[i].id;
        return 0;
}

static int fill_uids(const HostFacts *facts, MeterConfig *config) {
        config->denied_uids.items = calloc(facts->denied.count + 1, sizeof(uint32_t));
        config->own_uids.items = calloc(1, sizeof(uint32_t));
        if (!config->denied_uids.items || !config->own_uids.items)
                return -ENOMEM;

        for (size_t i = 0; i < facts->denied.count; i++)
                config->denied_uids.items[config->denied_uids.count++] = facts->denied.items[i].id;
        config->own_uids.items[config->own_uids.count++] = config->exim_uid;
        return 0;
}

static int fill_limits(const MailLimits *limits, MailLimits *to) {
        int r = 0;

        for (MailLimit i = 0; r >= 0 && i < _MAIL_LIMIT_MAX; i++)
                if (mail_limit_needs_meter(i))
                        r = mail_limits_take_over(to, i, limits);

        return r;
}

int meter_file_render(
                const Policy *policy,
                const HostFacts *facts,
                const EximFacts *exim,
                char **ret_text,
                size_t *ret_size,
                Failure *reterr) {
        CLEANUP(meter_config_done) MeterConfig config = { .shared_percent = policy->shared_share };
        int r;

        *ret_text = NULL;
        *ret_size = 0;
        if (!mail_limits_need_meter(&policy->mail_limits))
                return 0;
        if (!exim->log)
                return unsupported(
                                &policy->mail_limits,
                                "the meter counts by Exim's log, and log_file_path names no "
                                "one file that can be followed",
                                reterr);

        r = find_exim_uid(exim, &policy->mail_limits, &config.exim_uid, reterr);
        if (r >= 0)
                r = fill_limits(&policy->mail_limits, &config.limits);
        if (r >= 0)
                r = copy_text(policy->contact, &config.contact);
        if (r >= 0)
                r = copy_text(policy->domain_owners, &config.domain_owners);
        if (r >= 0)
                r = copy_text(policy->shared_counters, &config.shared);
        if (r >= 0)
                r = copy_text(exim->log, &config.log);
        if (r >= 0)
                r = fill_uids(facts, &config);
        if (r >= 0)
                r = fill_free_uids(facts, &config);
        if (r < 0)
                return r;

        return meter_config_to_text(&config, ret_text, ret_size);
}

int meter_file_write(const Store *store, const char *text, size_t size, Failure *reterr) {
        CLEANUP(freep) char *before = NULL;
        size_t before_size;
        int r;

        r = fd_read_file_at(
                        store->config_fd, FILE_NAME, METER_CONFIG_SIZE_MAX, &before, &before_size);
        if (r >= 0 && before_size == size && memcmp(before, text, size) == 0)
                return 0;

        r = atomic_file_write(store->config_fd, FILE_NAME, text, size, &options);
        if (r < 0)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_STORAGE_FAILED,
                                FILE_NAME " cannot be written: %s",
                                strerror(-r));

        return 1;
}

int meter_file_remove(const Store *store) {
        return atomic_file_remove(store->config_fd, FILE_NAME);
}

int meter_file_find_problem(const Digest *wanted, Problems *problems) {
        CLEANUP(freep) char *path = string_format("%s/" FILE_NAME, store_config_directory());
        CLEANUP(freep) char *text = NULL;
        Digest digest;
        size_t size;
        int r;

        if (!path)
                return -ENOMEM;

        r = fd_read_file_at(AT_FDCWD, path, METER_CONFIG_SIZE_MAX, &text, &size);
        if (r == -ENOMEM)
                return r;
        if (r >= 0) {
                digest = digest_of(text, size);
                if (digest_equal(&digest, wanted))
                        return 0;
        }

        return problems_add(
                        problems,
                        PROBLEM_METER_FILE_CHANGED,
                        PROBLEM_SEVERITY_ERROR,
                        r < 0 ? string_format("%s cannot be read: %s", path, strerror(-r))
                              : string_format("%s was changed: the mail meter may count by other "
                                              "limits than those of the policy",
                                              path),
                        string_format("Run smtp-restrictionsctl reload"));
}

bool meter_is_reachable(void) {
        const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = METER_SOCKET };
        CLEANUP(fd_closep) int fd = -EBADF;

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        return fd >= 0 && connect(fd, (const struct sockaddr *) &address, sizeof(address)) >= 0;
}

bool meter_has_subjects(void) {
        struct stat status;

        return lstat(METER_SUSPENDED, &status) >= 0 && S_ISREG(status.st_mode) &&
               status.st_size > 0;
}

bool meter_find_uid(uint32_t *ret) {
        struct stat status;

        if (lstat(METER_STATE, &status) < 0 || !S_ISDIR(status.st_mode))
                return false;

        *ret = status.st_uid;
        return true;
}
