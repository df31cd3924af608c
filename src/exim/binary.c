/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <unistd.h>

#include "exim/binary.h"
#include "util/macro.h"

const char *exim_binary_find(void) {
        static const char *const binaries[] = { "/usr/sbin/exim4", "/usr/sbin/exim" };

        for (size_t i = 0; i < ELEMENTS_OF(binaries); i++)
                if (access(binaries[i], X_OK) == 0)
                        return binaries[i];

        return NULL;
}
