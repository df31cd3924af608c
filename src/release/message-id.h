/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The names that Exim gives to messages. Pure. */

#include "util/macro.h"

/* Of Exim up to 4.96 ("1wMf2h-0003Qw-AB") or from 4.97 on ("1wMf2h-00000003QwX-1ABc"). */
bool message_id_is_valid(const char *text);
