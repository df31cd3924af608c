/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Connections, made and reset without pause by a child as that user, to both addresses of the
 * remote, until storm_end(), which returns how many were tried. *ret_refused: of these. */

#include "world.h"

typedef struct Storm {
        pid_t pid;
        struct StormSeen *seen;
} Storm;

Storm storm_begin(uid_t uid, uint16_t port);
unsigned storm_end(Storm *storm, unsigned *ret_refused);
