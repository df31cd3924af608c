/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <string.h>

#include "release/message-id.h"

#define DIGITS "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define PARTS  3

bool message_id_is_valid(const char *text) {
        static const size_t forms[][PARTS] = { { 6, 6, 2 }, { 6, 11, 4 } };

        for (size_t i = 0; i < ELEMENTS_OF(forms); i++) {
                const char *at = text;
                size_t part = 0;

                while (part < PARTS && strspn(at, DIGITS) == forms[i][part]) {
                        at += forms[i][part++];
                        if (part < PARTS && *at++ != '-')
                                break;
                }
                if (part == PARTS && *at == '\0')
                        return true;
        }

        return false;
}
