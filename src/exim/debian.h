/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Debian's update-exim4.conf.conf(5): a shell file of plain assignments. Pure. */

#include "util/macro.h"

typedef struct DebianConf {
        bool is_split;
        bool has_macros; /* dc_eximconfig_configtype is one that update-exim4.conf(8) knows */
} DebianConf;

/*
 * Return: 0; -EBADMSG if dc_use_split_config is neither true nor false, or anything else in the
 * two lines that we need is no plain word; then update-exim4.conf(8) would fail, or we would have
 * to guess.
 */
WARN_UNUSED int debian_conf_parse(const char *text, DebianConf *ret);
