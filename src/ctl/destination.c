/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "ctl/destination.h"
#include "util/parse.h"

int destination_parse(const char *text, Destination *ret) {
        Destination destination = {};
        const char *begin = text, *end, *colon = strrchr(text, ':');
        uint32_t port;

        if (!colon || parse_u32(colon + 1, UINT16_MAX, &port) < 0 || port == 0)
                return -EINVAL;

        end = colon;
        if (*begin == '[') {
                begin++;
                end--;
                if (end < begin || *end != ']')
                        return -EINVAL;
        } else if (strchr(begin, ':') != colon)
                return -EINVAL; /* 2001:db8::1:25 could be read in two ways */

        if (end == begin || memchr(begin, ']', (size_t) (end - begin)) ||
            (size_t) (end - begin) >= sizeof(destination.host))
                return -EINVAL;

        memcpy(destination.host, begin, (size_t) (end - begin));
        destination.port = (uint16_t) port;
        *ret = destination;
        return 0;
}
