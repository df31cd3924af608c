/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What tests of this folder say again and again. */

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "util/failure.h"

/* The call was refused, with this cause and exactly this text. The failure is emptied, for the next
 * call. */
#define expect_refusal(call, failure, expected_code, expected_text)                                \
        do {                                                                                       \
                g_assert_cmpint((call), <, 0);                                                     \
                g_assert_cmpint((failure).code, ==, (expected_code));                              \
                g_assert_cmpstr((failure).text, ==, (expected_text));                              \
                failure_done(&(failure));                                                          \
        } while (false)
