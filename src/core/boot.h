/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The boot loader: applied.json to the kernel, before the network is up. Needs no bus, no NSS, no
 * Exim and no daemon; reads one file and sends one batch.
 */

#include "util/macro.h"

/* Logs its own failures. Return: 0 (also when nothing is applied or nothing is enabled), or a
 * negative errno. */
WARN_UNUSED int boot_run(void);
