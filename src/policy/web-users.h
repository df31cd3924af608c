/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Users as whom web servers run the scripts of all customers, where nobody has changed that: of
 * mail that such a user sends nobody can say whose it is. The mail meter says to the service which
 * of them send much by files of their names: nothing of its words is read.
 */

#include "util/macro.h"

#define WEB_USERS_DIRECTORY_NAME "web-users" /* in the meter's run directory */
#define WEB_USERS_DIRECTORY      "/run/smtp-restrictions-meter/" WEB_USERS_DIRECTORY_NAME

#define WEB_USER_RECIPIENTS 100 /* in one hour: that is much */

#define WEB_USERS_COUNT 5
extern const char *const web_users[WEB_USERS_COUNT];
