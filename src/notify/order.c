/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "notify/order.h"
#include "util/text.h"

static const char *const words[_ORDER_KIND_MAX] = {
        [ORDER_MAIL] = "mail\n",
        [ORDER_HOOK] = "hook\n",
};

char *order_write(OrderKind kind, const char *content) {
        return string_format("%s%s", words[kind], content);
}

int order_read(const char *text, OrderKind *ret_kind, const char **ret_content) {
        for (OrderKind kind = 0; kind < _ORDER_KIND_MAX; kind++) {
                const char *content = string_after_prefix(text, words[kind]);

                if (content) {
                        *ret_kind = kind;
                        *ret_content = content;
                        return 0;
                }
        }

        return -EINVAL;
}
