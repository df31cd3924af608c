/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/import-files.h"
#include "ctl/report.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/fd.h"
#include "util/string-list.h"

#define FILE_SIZE_MAX ((size_t) 16 * 1024 * 1024)
#define ACCOUNTS_MAX  100000

#define USER_DOMAINS_PATH "/etc/userdomains"

enum { FOUND, NOT_FOUND };

typedef struct Source {
        char *text; /* owned */
        size_t size;
} Source;

static void source_done(Source *source) {
        free(source->text);
}

static void closedirp(DIR **directory) {
        if (*directory)
                (void) closedir(*directory);
}

/* Return: FOUND, NOT_FOUND, or a negative errno. */
static int read_at(int folder, const char *name, Source *ret) {
        CLEANUP(fd_closep) int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        int r;

        if (fd < 0)
                return errno == ENOENT || errno == ENOTDIR ? NOT_FOUND : -errno;

        r = fd_read_all(fd, FILE_SIZE_MAX, &ret->text, &ret->size);
        return r < 0 ? r : FOUND;
}

/* The first of these that is there. */
static int read_one_of(int folder, const char *const names[], size_t count, Source *ret) {
        for (size_t i = 0; i < count; i++) {
                int r = read_at(folder, names[i], ret);

                if (r != NOT_FOUND)
                        return r;
        }

        return NOT_FOUND;
}

typedef int (*Reader)(Import *import, char *text, size_t size, Failure *reterr);

static ExitCode read_text(Import *import, Reader reader, const char *path, Source *source) {
        CLEANUP(failure_done) Failure failure = {};

        if (reader(import, source->text, source->size, &failure) < 0)
                return report_error(EXIT_CODE_REFUSED, "%s: %s", path, failure.text ?: "is wrong");

        return EXIT_CODE_OK;
}

/* The one file of a program, by any of these names. */
static ExitCode read_main(
                Import *import,
                Reader reader,
                int folder,
                const char *path,
                const char *const names[],
                size_t count) {
        CLEANUP(source_done) Source source = {};
        int r = read_one_of(folder, names, count, &source);

        if (r == NOT_FOUND)
                return report_error(EXIT_CODE_FAILED, "%s: there is no %s in it", path, names[0]);
        if (r < 0)
                return report_errno(r, path);

        return read_text(import, reader, path, &source);
}

/* --- cPanel & WHM: /, /var/cpanel, or copies of them --- */

/* Whose domains are whose is a file for the service as well, where it stays. */
static int read_user_domains(Import *import, int folder, const char *path, json_t **ret) {
        static const char *const names[] = { "etc/userdomains", "userdomains" };
        CLEANUP(source_done) Source source = {};
        char whole[PATH_MAX], real[PATH_MAX];
        int r = read_one_of(folder, names, ELEMENTS_OF(names), &source);

        if (r != FOUND)
                return r;

        *ret = import_user_domains(source.text, source.size);
        if (!*ret)
                return -ENOMEM;

        for (size_t i = 0; i < ELEMENTS_OF(names); i++) {
                (void) snprintf(whole, sizeof(whole), "%s/%s", path, names[i]);
                if (realpath(whole, real) && string_equal(real, USER_DOMAINS_PATH)) {
                        import_set(import,
                                   SMTP_RESTRICTIONS_KEY_DOMAIN_OWNERS,
                                   json_string(USER_DOMAINS_PATH));
                        return FOUND;
                }
        }
        import_remark(import,
                      "userdomains",
                      path,
                      "Copy it to this host, and set DomainOwners to its path");
        return FOUND;
}

static int list_accounts(int folder, StringList *ret) {
        CLEANUP(closedirp) DIR *directory = NULL;
        int fd = dup(folder);

        directory = fd >= 0 ? fdopendir(fd) : NULL;
        if (!directory)
                return -errno;

        for (struct dirent *entry; (entry = readdir(directory));) {
                if (entry->d_name[0] == '.')
                        continue;
                if (ret->count >= ACCOUNTS_MAX)
                        return -E2BIG;
                if (string_list_append(ret, entry->d_name) < 0)
                        return -ENOMEM;
        }

        string_list_sort_unique(ret);
        return 0;
}

static int read_accounts(Import *import, int folder, const json_t *users) {
        CLEANUP(string_list_done) StringList accounts = {};
        CLEANUP(fd_closep) int fd = -EBADF;
        int r;

        fd = openat(folder, "var/cpanel/users", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                fd = openat(folder, "users", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? 0 : -errno;

        r = list_accounts(fd, &accounts);
        for (size_t i = 0; i < accounts.count && r >= 0; i++) {
                CLEANUP(source_done) Source source = {};

                r = read_at(fd, accounts.items[i], &source);
                if (r == -EISDIR || r == NOT_FOUND)
                        r = 0;
                else if (r == FOUND)
                        import_account(import,
                                       source.text,
                                       source.size,
                                       json_object_get(users, accounts.items[i]));
        }

        return r;
}

static int read_other(
                Import *import,
                int folder,
                const char *const names[],
                size_t count,
                void (*reader)(Import *import, char *text, size_t size)) {
        CLEANUP(source_done) Source source = {};
        int r = read_one_of(folder, names, count, &source);

        if (r == FOUND)
                reader(import, source.text, source.size);
        return r < 0 ? r : 0;
}

static ExitCode read_cpanel(Import *import, int folder, const char *path) {
        static const char *const config[] = { "cpanel.config", "var/cpanel/cpanel.config" };
        static const char *const exim[] = { "etc/exim.conf.local", "exim.conf.local" };
        static const char *const limits[] = { "var/cpanel/maxemails", "maxemails" };
        CLEANUP(json_decrefp) json_t *users = NULL;
        ExitCode code;
        int r;

        code = read_main(import, import_cpanel, folder, path, config, ELEMENTS_OF(config));
        if (code != EXIT_CODE_OK)
                return code;

        r = read_other(import, folder, exim, ELEMENTS_OF(exim), import_exim_local);
        if (r >= 0)
                r = read_other(import, folder, limits, ELEMENTS_OF(limits), import_max_emails);
        if (r >= 0)
                r = read_user_domains(import, folder, path, &users);
        if (r >= 0)
                r = read_accounts(import, folder, users);

        return r < 0 ? report_errno(r, path) : EXIT_CODE_OK;
}

static ExitCode read_csf(Import *import, int folder, const char *path) {
        static const char *const names[] = { "csf.conf", "etc/csf/csf.conf" };

        return read_main(import, import_csf, folder, path, names, ELEMENTS_OF(names));
}

/* What is in force there is the merged file. */
static ExitCode read_imunify(Import *import, int folder, const char *path) {
        static const char *const names[] = {
                "imunify360-merged.config",
                "etc/sysconfig/imunify360/imunify360-merged.config",
                "imunify360.config",
                "etc/sysconfig/imunify360/imunify360.config",
        };

        return read_main(import, import_imunify, folder, path, names, ELEMENTS_OF(names));
}

static const struct {
        const char *kind;
        ExitCode (*read_folder)(Import *import, int folder, const char *path);
        Reader read_file;
} kinds[] = {
        { "csf", read_csf, import_csf },
        { "cpanel", read_cpanel, import_cpanel },
        { "imunify", read_imunify, import_imunify },
};

ExitCode import_files_read(const char *kind, const char *path, Import *import) {
        CLEANUP(source_done) Source source = {};
        CLEANUP(fd_closep) int fd = -EBADF;
        struct stat status;
        int r;

        for (size_t i = 0; i < ELEMENTS_OF(kinds); i++) {
                if (!string_equal(kind, kinds[i].kind))
                        continue;

                fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
                if (fd < 0 || fstat(fd, &status) < 0)
                        return report_errno(-errno, path);
                if (S_ISDIR(status.st_mode))
                        return kinds[i].read_folder(import, fd, path);

                r = fd_read_all(fd, FILE_SIZE_MAX, &source.text, &source.size);
                if (r < 0)
                        return report_errno(r, path);
                return read_text(import, kinds[i].read_file, path, &source);
        }

        return report_error(EXIT_CODE_USAGE, "import: takes csf, cpanel or imunify");
}
