/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>

#include "policy/host.h"
#include "util/parse.h"
#include "util/text.h"

#define HOST_TEXT_MAX (INET6_ADDRSTRLEN + sizeof("/128"))

static bool has_bits_behind(const unsigned char *address, size_t size, uint32_t prefix) {
        for (size_t bit = prefix; bit < size * 8; bit++)
                if (address[bit / 8] & (0x80u >> bit % 8))
                        return true;

        return false;
}

int host_normalize(const char *text, char **ret) {
        static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
        CLEANUP(freep) char *copy = NULL;
        unsigned char address[16];
        char printed[INET6_ADDRSTRLEN];
        uint32_t bits, prefix;
        int family;
        char *slash;

        if (strlen(text) >= HOST_TEXT_MAX)
                return HOST_E_SYNTAX;
        copy = strdup(text);
        if (!copy)
                return -ENOMEM;

        slash = strchr(copy, '/');
        if (slash)
                *slash = 0;

        family = strchr(copy, ':') ? AF_INET6 : AF_INET;
        prefix = bits = family == AF_INET6 ? 128 : 32;
        if (inet_pton(family, copy, address) != 1 ||
            (slash && parse_u32(slash + 1, bits, &prefix) < 0))
                return HOST_E_SYNTAX;

        if (family == AF_INET6 && prefix >= 96 && memcmp(address, mapped, sizeof(mapped)) == 0)
                return HOST_E_MAPPED;
        if (has_bits_behind(address, bits / 8, prefix))
                return HOST_E_BITS;

        if (!inet_ntop(family, address, printed, sizeof(printed)))
                return -errno;
        *ret = prefix == bits ? strdup(printed) : string_format("%s/%u", printed, prefix);
        return *ret ? 0 : -ENOMEM;
}
