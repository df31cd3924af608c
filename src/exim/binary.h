/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Where Exim is. */

/* Return: its path, or NULL if there is none. */
const char *exim_binary_find(void);
