/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What is imported from another host, made to fit this one. */

#include "import/import.h"

/*
 * Users and groups that are not here are taken out of the policy and appended to `missing`, as
 * objects of Kind and Name; a number is the user's or group's name. A redirect to a port on which
 * nothing listens becomes a reject, with a remark. Return: 0 or a negative errno.
 */
WARN_UNUSED int import_fit_to_host(Import *import, json_t *missing);
