/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "util/fd.h"
#include "util/process-signals.h"
#include "util/text.h"

#define STATUS_SIZE_MAX ((size_t) 64 * 1024)

int process_status_catches_signal(const char *status, int signal) {
        static const char key[] = "\nSigCgt:\t";
        const char *found = strstr(status, key);
        uint64_t mask;

        assert(signal > 0 && signal <= 64);

        if (!found)
                return -EBADMSG;
        found += strlen(key);
        if (strspn(found, "0123456789abcdef") != 16)
                return -EBADMSG;

        mask = strtoull(found, NULL, 16);
        return mask >> (signal - 1) & 1 ? 1 : 0;
}

int process_catches_signal(pid_t pid, int signal) {
        CLEANUP(freep) char *path = string_format("/proc/%d/status", (int) pid);
        CLEANUP(freep) char *status = NULL;
        size_t size;
        int r;

        if (!path)
                return -ENOMEM;
        r = fd_read_file_at(AT_FDCWD, path, STATUS_SIZE_MAX, &status, &size);
        if (r < 0)
                return r == -ESRCH ? -ENOENT : r;

        return process_status_catches_signal(status, signal);
}
