/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <sys/socket.h>

#include "util/peer.h"

int peer_read_uid(int fd, uid_t *ret) {
        struct ucred credentials = {};
        socklen_t size = sizeof(credentials);

        assert(ret);

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
                return -errno;
        /* what is no Unix socket has nobody there */
        if (size != sizeof(credentials) || credentials.pid == 0)
                return -ENODATA;

        *ret = credentials.uid;
        return 0;
}

bool told_uids_add(ToldUids *told, uid_t uid) {
        for (size_t i = 0; i < told->count; i++)
                if (told->uids[i] == uid)
                        return false;
        if (told->count >= TOLD_UIDS_MAX)
                return false;

        told->uids[told->count++] = uid;
        return true;
}
