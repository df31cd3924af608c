/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "meterd/settings.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/text.h"

#define PASSWD          "/etc/passwd"
#define PASSWD_SIZE_MAX ((size_t) 64 * 1024 * 1024)

/* A file is looked at so often, while somebody asks. */
#define LOOK_USEC (2 * USEC_PER_SEC)

#define CHANGES (IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB)

/* A file as it was when it was read. */
typedef struct Seen {
        uint64_t looked_usec;
        struct stat status;
        bool is_read;
        bool failing;
} Seen;

struct Settings {
        char *path;       /* owned */
        const char *name; /* its last part */
        SettingsHandler handler;
        void *userdata;
        sd_event_source *watch; /* owned */
        MeterConfig config;
        Owners *owners; /* owned */
        Seen owners_seen;
        UserNames *users; /* owned */
        Seen users_seen;
};

static int read_config(Settings *settings) {
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(meter_config_done) MeterConfig config = {};
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r;

        r = fd_read_file_at(AT_FDCWD, settings->path, METER_CONFIG_SIZE_MAX, &text, &size);
        if (r == -ENOENT)
                return r;
        if (r < 0)
                return log_error_errno(
                                r,
                                "Failed to read %s, what was set before stays: %m",
                                settings->path);

        r = meter_config_from_text(text, size, &config, &failure);
        if (r < 0) {
                CLEANUP(freep)
                char *words = failure.text ? string_quote(failure.text, strlen(failure.text), 400)
                                           : NULL;

                log_error("%s: %s. What was set before stays", settings->path, words ?: "?");
                return r;
        }

        meter_config_done(&settings->config);
        settings->config = config;
        config = (MeterConfig){};
        /* owners may be others: they are read again when they are asked for */
        settings->owners = owners_free(settings->owners);
        settings->owners_seen = (Seen){};
        return 0;
}

static int on_changed(sd_event_source *source, const struct inotify_event *event, void *userdata) {
        Settings *settings = userdata;
        bool is_lost = event->mask & IN_Q_OVERFLOW;

        (void) source;
        if (!is_lost && (event->len == 0 || !string_equal(event->name, settings->name)))
                return 0;

        if (read_config(settings) >= 0)
                settings->handler(settings->userdata);
        return 0;
}

static bool is_same(const struct stat *a, const struct stat *b) {
        return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
               a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Return: whether it is to be read now. */
static bool look(Seen *seen, const char *path, uint64_t now_usec) {
        struct stat status = {};

        if (seen->looked_usec > 0 && seen->looked_usec + LOOK_USEC > now_usec)
                return false;
        seen->looked_usec = now_usec;

        /* one that is not there is another one than that which was */
        (void) stat(path, &status);
        if (seen->is_read && is_same(&status, &seen->status))
                return false;

        seen->status = status;
        seen->is_read = true;
        return true;
}

static int read_file(Seen *seen, const char *path, size_t size_max, char **ret, size_t *ret_size) {
        CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        int r = fd < 0 ? -errno : fd_read_all(fd, size_max, ret, ret_size);

        if (r < 0 && !seen->failing)
                (void) log_warning_errno(
                                r, "Failed to read %s, what was there before stays: %m", path);
        seen->failing = r < 0;
        return r;
}

static int read_owners(Settings *settings) {
        CLEANUP(owners_freep) Owners *owners = NULL;
        size_t size, unreadable;
        char *text;
        int r;

        r = read_file(&settings->owners_seen,
                      settings->config.domain_owners,
                      OWNERS_SIZE_MAX,
                      &text,
                      &size);
        if (r >= 0)
                r = owners_from_text(text, size, &owners, &unreadable);
        if (r < 0)
                return r;

        if (unreadable > 0)
                log_warning("%s has %zu lines that are not \"domain: user\", ignoring them",
                            settings->config.domain_owners,
                            unreadable);
        owners_free(settings->owners);
        settings->owners = TAKE(owners);
        return 0;
}

/* Owners that nobody can read are none: nobody can claim a domain. */
static Owners *no_owners(void) {
        CLEANUP(owners_freep) Owners *owners = NULL;
        char *text = strdup("");
        size_t unreadable;

        if (!text || owners_from_text(text, 0, &owners, &unreadable) < 0)
                return NULL;
        return TAKE(owners);
}

const Owners *settings_owners(Settings *settings, uint64_t now_usec) {
        if (!settings->config.domain_owners)
                return NULL;

        if (look(&settings->owners_seen, settings->config.domain_owners, now_usec) &&
            read_owners(settings) < 0 && !settings->owners)
                settings->owners = no_owners();
        return settings->owners;
}

const UserNames *settings_users(Settings *settings, uint64_t now_usec) {
        CLEANUP(user_names_freep) UserNames *users = NULL;
        size_t size;
        char *text;

        if (!look(&settings->users_seen, PASSWD, now_usec))
                return settings->users;

        if (read_file(&settings->users_seen, PASSWD, PASSWD_SIZE_MAX, &text, &size) >= 0 &&
            user_names_from_text(text, size, &users) >= 0) {
                user_names_free(settings->users);
                settings->users = TAKE(users);
        }
        return settings->users;
}

const MeterConfig *settings_config(const Settings *settings) {
        return &settings->config;
}

bool settings_are_in_use(const Settings *settings) {
        return access(settings->path, F_OK) >= 0;
}

static int watch(Settings *settings, sd_event *event) {
        CLEANUP(freep) char *directory = NULL;
        const char *slash = strrchr(settings->path, '/');

        if (!slash || !slash[1])
                return -EINVAL;
        settings->name = slash + 1;
        directory =
                        strndup(settings->path,
                                slash == settings->path ? 1 : (size_t) (slash - settings->path));
        if (!directory)
                return -ENOMEM;

        return sd_event_add_inotify(
                        event, &settings->watch, directory, CHANGES, on_changed, settings);
}

int settings_new(
                sd_event *event,
                const char *path,
                SettingsHandler handler,
                void *userdata,
                Settings **ret) {
        CLEANUP(settings_freep) Settings *settings = calloc(1, sizeof(Settings));
        int r;

        if (!settings)
                return -ENOMEM;
        settings->handler = handler;
        settings->userdata = userdata;
        settings->path = strdup(path);
        if (!settings->path)
                return -ENOMEM;

        /* watched before it is read: what changes meanwhile is seen */
        r = watch(settings, event);
        if (r < 0)
                return r;
        if (read_config(settings) == -ENOENT)
                log_info("There is no %s: nothing is limited", path);

        *ret = TAKE(settings);
        return 0;
}

Settings *settings_free(Settings *settings) {
        if (!settings)
                return NULL;

        sd_event_source_disable_unref(settings->watch);
        meter_config_done(&settings->config);
        owners_free(settings->owners);
        user_names_free(settings->users);
        free(settings->path);
        free(settings);
        return NULL;
}
