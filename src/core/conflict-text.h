/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Do the settings of other programs restrict outgoing SMTP as well? Their files as text; root wrote
 * them, and a text that is not understood says no. Pure.
 */

#include "util/macro.h"

/* ConfigServer Firewall's csf.conf: SMTP_BLOCK = "1" */
bool conflict_text_has_csf(const char *text);
/* A file that needs to be there only. */
bool conflict_text_is_there(const char *text);
/* Imunify360's YAML: enable: true below SMTP_BLOCKING: */
bool conflict_text_has_imunify(const char *text);
/* What iptables-save writes: a rule of the owner for port 25, 465 or 587 */
bool conflict_text_has_iptables(const char *text);
