/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What `exim -bP` says about who may relay, and where it logs. Pure. The text is foreign. */

#include "util/string-list.h"

/*
 * The named domain lists of mail that is not relayed: those that stock configurations have, as far
 * as this one has them, and those that its ACLs accept or require. Sorted; empty if there are none.
 * Return: 0 or -ENOMEM.
 */
WARN_UNUSED int exim_own_domains_parse(const char *config, StringList *ret);

/*
 * The path of the main log, of the value of log_file_path. The caller frees. Return: 0; -ENOENT if
 * there is no one file to follow (syslog alone, or a name with the date in it); -ENOMEM.
 */
WARN_UNUSED int exim_main_log_parse(const char *value, char **ret_path);

/* Is there an authenticator by which clients can log in here? */
bool exim_config_has_server_auth(const char *config);
