/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "meterd/open-store.h"
#include "util/log.h"

int open_store(const char *directory, StoreKind kind, const char *consequence, Store **ret) {
        int r;

        r = store_check(directory, kind);
        if (r == 0)
                r = store_open(directory, kind, ret);
        if (r != STORE_E_DAMAGED)
                return r < 0 ? log_error_errno(r, "Failed to open %s: %m", directory) : 0;

        log_error("%s is damaged and set aside as %s.damaged: %s",
                  directory,
                  directory,
                  consequence);
        r = store_set_aside(directory);
        if (r == 0)
                r = store_open(directory, kind, ret);
        if (r > 0)
                r = -EIO;
        return r < 0 ? log_error_errno(r, "Failed to begin %s anew: %m", directory)
                     : OPEN_STORE_E_ANEW;
}
