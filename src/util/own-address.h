/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Is an address one of this host, as the kernel's routing sees it (and thus `fib daddr type`)? */

#include "util/macro.h"

/* `family` AF_INET or AF_INET6; the address in its first bytes. One without a route is none.
 * Return: 0 or a negative errno. */
WARN_UNUSED int own_address_ask(uint8_t family, const uint8_t address[static 16], bool *ret);
