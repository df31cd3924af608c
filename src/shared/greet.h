/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The first words to the server: who we are, and which of its databases. */

#include "shared/link.h"

/* `password`: NULL without one. Return: 0; a negative errno, with the server's words. */
WARN_UNUSED int greet(Link *link, const SharedUrl *url, const char *password, Failure *reterr);
