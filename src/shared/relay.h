/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Bytes from one side to the other, in both directions, until one of them ends. */

#include "shared/link.h"

/* Return: 0 at the end; a negative errno. */
WARN_UNUSED int relay(int fd, Link *link);
