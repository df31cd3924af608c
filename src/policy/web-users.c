/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "policy/web-users.h"

const char *const web_users[WEB_USERS_COUNT] = { "apache", "httpd", "nginx", "nobody", "www-data" };
