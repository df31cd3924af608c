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

static uint32_t bits_of_family(uint8_t family) {
        return family == AF_INET6 ? 128 : 32;
}

int network_from_string(const char *text, Network *ret) {
        static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
        Network network = {};
        char copy[HOST_TEXT_MAX];
        uint32_t bits, prefix;
        char *slash;

        if (strlen(text) >= sizeof(copy))
                return HOST_E_SYNTAX;
        (void) strcpy(copy, text);

        slash = strchr(copy, '/');
        if (slash)
                *slash = 0;

        network.family = strchr(copy, ':') ? AF_INET6 : AF_INET;
        prefix = bits = bits_of_family(network.family);
        if (inet_pton(network.family, copy, network.address) != 1 ||
            (slash && parse_u32(slash + 1, bits, &prefix) < 0))
                return HOST_E_SYNTAX;

        if (network.family == AF_INET6 && prefix >= 96 &&
            memcmp(network.address, mapped, sizeof(mapped)) == 0)
                return HOST_E_MAPPED;
        if (has_bits_behind(network.address, bits / 8, prefix))
                return HOST_E_BITS;

        network.prefix = (uint8_t) prefix;
        *ret = network;
        return 0;
}

char *network_to_string(const Network *network) {
        char printed[INET6_ADDRSTRLEN];

        assert(network->family != AF_UNSPEC);

        /* neither the family nor the room can be wrong here */
        if (!inet_ntop(network->family, network->address, printed, sizeof(printed)))
                return NULL;

        return network->prefix == bits_of_family(network->family)
                               ? strdup(printed)
                               : string_format("%s/%u", printed, network->prefix);
}

bool network_equal(const Network *a, const Network *b) {
        return a->family == b->family && a->prefix == b->prefix &&
               memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

int host_normalize(const char *text, char **ret) {
        Network network;
        int r;

        r = network_from_string(text, &network);
        if (r != 0)
                return r;

        *ret = network_to_string(&network);
        return *ret ? 0 : -ENOMEM;
}

const char *host_error_to_string(int error) {
        switch (error) {
        case HOST_E_BITS:
                return "has bits behind its prefix; write the network's first address";
        case HOST_E_MAPPED:
                return "is an IPv4 address; write it as one";
        default:
                return "is neither an address nor a network such as 192.0.2.0/24";
        }
}
