/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Debian's update-exim4.conf.conf(5): a shell file of plain assignments. Pure. */

#include "util/macro.h"

typedef struct DebianConf {
        bool is_split;
} DebianConf;

/*
 * Return: 0; -EBADMSG if dc_use_split_config is neither true nor false, or it is no
 * plain word; then update-exim4.conf(8) would fail, or we would have
 * to guess.
 */
WARN_UNUSED int debian_conf_parse(const char *text, DebianConf *ret);
