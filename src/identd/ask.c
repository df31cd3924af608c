/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>

#include "identd/ask.h"
#include "util/parse.h"

#define TOKENS 4

/* Cut the line where the blanks are. Return: 0, -EINVAL if that are not four parts. */
static int split(char *line, const char *ret[static TOKENS]) {
        size_t count = 0;

        for (char *token; (token = strsep(&line, " "));) {
                if (count >= TOKENS)
                        return -EINVAL;
                ret[count++] = token;
        }

        return count == TOKENS ? 0 : -EINVAL;
}

static int parse_address(const char *text, sa_family_t *ret_family, struct in6_addr *ret) {
        struct in6_addr address = {};
        struct in6_addr v4 = {};

        if (inet_pton(AF_INET, text, &v4) == 1) {
                *ret_family = AF_INET;
                *ret = v4;
                return 0;
        }
        if (inet_pton(AF_INET6, text, &address) != 1)
                return -EINVAL;
        if (IN6_IS_ADDR_V4MAPPED(&address)) {
                memcpy(&v4.s6_addr[0], &address.s6_addr[12], 4);
                *ret_family = AF_INET;
                *ret = v4;
                return 0;
        }

        *ret_family = AF_INET6;
        *ret = address;
        return 0;
}

int ask_parse(const char *line, size_t size, TcpConnection *ret) {
        char copy[ASK_LINE_MAX];
        const char *tokens[TOKENS];
        TcpConnection connection = {};
        sa_family_t family;

        assert(ret);

        if (size >= sizeof(copy) || memchr(line, '\0', size))
                return -EINVAL;
        memcpy(copy, line, size);
        copy[size] = '\0';

        if (split(copy, tokens) < 0 ||
            parse_address(tokens[0], &connection.family, &connection.source) < 0 ||
            parse_port(tokens[1], &connection.source_port) < 0 ||
            parse_address(tokens[2], &family, &connection.destination) < 0 ||
            parse_port(tokens[3], &connection.destination_port) < 0 || family != connection.family)
                return -EINVAL;

        *ret = connection;
        return 0;
}
