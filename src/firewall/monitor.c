/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>

#include "firewall/monitor.h"
#include "util/netlink.h"

/* Somebody else's set of 500,000 addresses is told in so much. Memory is taken only while messages
 * wait. */
#define BACKLOG_MAX (64 * 1024 * 1024)

struct Monitor {
        NetlinkSocket *netlink; /* owned */
        TableEvents events;
        char buffer[64 * 1024]; /* the kernel's datagrams are of half of that */
};

int monitor_open(Monitor **ret) {
        CLEANUP(monitor_closep) Monitor *monitor = NULL;
        int r;

        assert(ret);

        monitor = calloc(1, sizeof(*monitor));
        if (!monitor)
                return -ENOMEM;
        r = netlink_listen(NETLINK_NETFILTER, NFNLGRP_NFTABLES, BACKLOG_MAX, &monitor->netlink);
        if (r < 0)
                return r;

        *ret = TAKE(monitor);
        return 0;
}

Monitor *monitor_close(Monitor *monitor) {
        if (!monitor)
                return NULL;

        netlink_close(monitor->netlink);
        free(monitor);
        return NULL;
}

int monitor_fd(const Monitor *monitor) {
        return mnl_socket_get_fd(monitor->netlink);
}

typedef struct Reading {
        TableEvents *events;
        uint32_t since;
        TableDamage *damage;
} Reading;

static int read_message(const struct nlmsghdr *message, void *userdata) {
        Reading *reading = userdata;

        table_events_read(reading->events, message, reading->since, reading->damage);
        return MNL_CB_OK;
}

int monitor_read(Monitor *monitor, uint32_t since, TableDamage *damage) {
        Reading reading = { .events = &monitor->events, .since = since, .damage = damage };

        assert(monitor && damage);

        for (;;) {
                ssize_t n = mnl_socket_recvfrom(
                                monitor->netlink, monitor->buffer, sizeof(monitor->buffer));

                if (n >= 0) {
                        if (mnl_cb_run(monitor->buffer, (size_t) n, 0, 0, read_message, &reading) <
                            0)
                                table_events_lose(&monitor->events, damage);
                        continue;
                }

                switch (errno) {
                case EAGAIN:
                        return 0;
                case EINTR:
                        break;
                case ENOBUFS: /* more than the backlog holds */
                case ENOSPC:  /* a datagram larger than the buffer */
                        table_events_lose(&monitor->events, damage);
                        break;
                default:
                        return -errno;
                }
        }
}
