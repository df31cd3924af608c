/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Debian's /etc/exim4/conf.d: a folder for each section, whose files update-exim4.conf(8) joins. */

#include "util/string-list.h"

/* In the order of the configuration that is made of them; NULL-terminated. */
extern const char *const exim_confd_sections[];

/* Paths of the files of all sections, sorted. Return: 0, or a negative errno: -E2BIG if they are
 * too many. */
WARN_UNUSED int exim_confd_list(StringList *ret);

/* One of them. The caller frees. */
WARN_UNUSED int exim_confd_read(const char *path, char **ret_text, size_t *ret_size);

/*
 * Does update-exim4.conf(8) read this file of a sorted list? It passes over names with a dot, but
 * for NAME.rul, which stands in for NAME. Pure.
 */
bool exim_confd_is_read(const StringList *files, const char *path);

/* Where an option of the main section is set. The caller frees. Return: 0, -ENOENT, another
 * negative errno. */
WARN_UNUSED int exim_confd_find_option(const char *option, char **ret_path, size_t *ret_line);
