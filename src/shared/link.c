/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "shared/link.h"
#include "util/fd.h"

#define WAIT_MSEC 3000

struct Link {
        int fd;                                 /* owned */
        gnutls_session_t session;               /* owned; NULL: without TLS */
        gnutls_certificate_credentials_t trust; /* owned */
};

static int fail(int error, const char *what, const char *why, Failure *reterr) {
        return failure_set(reterr, error, FAILURE_METER_UNAVAILABLE, "%s: %s", what, why);
}

/* ---- TCP ---- */

static int wait_for_connection(int fd) {
        struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };
        socklen_t size = sizeof(int);
        int error = 0, n;

        n = poll(&poll_fd, 1, WAIT_MSEC);
        if (n == 0)
                return -ETIMEDOUT;
        if (n < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
                return -errno;
        return -error;
}

/* Small messages that are waited for; a server that is gone is noticed. */
static int set_options(int fd) {
        static const int on = 1, idle_sec = 30;
        static const struct timeval wait = { .tv_sec = WAIT_MSEC / 1000 };

        if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
            setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) < 0 ||
            setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_sec, sizeof(idle_sec)) < 0 ||
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0)
                return -errno;
        return 0;
}

static int set_blocking(int fd, bool blocking) {
        int flags = fcntl(fd, F_GETFL);

        if (flags < 0 ||
            fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK) < 0)
                return -errno;
        return 0;
}

static int connect_to(const struct addrinfo *address, int *ret) {
        CLEANUP(fd_closep) int fd = -EBADF;
        int r = 0;

        fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        if (connect(fd, address->ai_addr, address->ai_addrlen) < 0)
                r = errno == EINPROGRESS ? wait_for_connection(fd) : -errno;
        if (r >= 0)
                r = set_blocking(fd, true);
        if (r >= 0)
                r = set_options(fd);
        if (r < 0)
                return r;

        *ret = TAKE_FD(fd);
        return 0;
}

static void freeaddrinfop(struct addrinfo **addresses) {
        if (*addresses)
                freeaddrinfo(*addresses);
}

static int connect_to_any(const SharedUrl *url, int *ret, Failure *reterr) {
        static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
        CLEANUP(freeaddrinfop) struct addrinfo *addresses = NULL;
        int r;

        r = getaddrinfo(url->host, url->port, &hints, &addresses);
        if (r != 0)
                return fail(-EHOSTUNREACH, url->host, gai_strerror(r), reterr);

        for (const struct addrinfo *address = addresses; address; address = address->ai_next) {
                r = connect_to(address, ret);
                if (r >= 0)
                        return 0;
        }

        return fail(r, url->host, strerror(-r), reterr);
}

/* ---- TLS ---- */

static int set_trust(Link *link, const char *ca) {
        int r;

        r = gnutls_certificate_allocate_credentials(&link->trust);
        if (r < 0)
                return r;

        r = ca ? gnutls_certificate_set_x509_trust_file(link->trust, ca, GNUTLS_X509_FMT_PEM)
               : gnutls_certificate_set_x509_system_trust(link->trust);
        /* both return how many there are */
        return r == 0 ? GNUTLS_E_NO_CERTIFICATE_FOUND : MIN_OF(r, 0);
}

static int start_session(Link *link, const char *host) {
        int r;

        r = gnutls_init(&link->session, GNUTLS_CLIENT);
        if (r >= 0)
                r = gnutls_set_default_priority(link->session);
        if (r >= 0)
                r = gnutls_credentials_set(link->session, GNUTLS_CRD_CERTIFICATE, link->trust);
        if (r >= 0)
                r = gnutls_server_name_set(link->session, GNUTLS_NAME_DNS, host, strlen(host));
        if (r < 0)
                return r;

        gnutls_session_set_verify_cert(link->session, host, 0);
        gnutls_transport_set_int(link->session, link->fd);
        gnutls_handshake_set_timeout(link->session, WAIT_MSEC);
        do
                r = gnutls_handshake(link->session);
        while (r < 0 && gnutls_error_is_fatal(r) == 0);
        return r;
}

static int start_tls(Link *link, const char *host, const char *ca, Failure *reterr) {
        int r;

        r = set_trust(link, ca);
        if (r < 0)
                return fail(-EKEYREJECTED,
                            ca ?: "the certificates to trust",
                            gnutls_strerror(r),
                            reterr);
        r = start_session(link, host);
        return r < 0 ? fail(-EKEYREJECTED, host, gnutls_strerror(r), reterr) : 0;
}

/* ---- both ---- */

int link_new(const SharedUrl *url, const char *ca, Link **ret, Failure *reterr) {
        CLEANUP(link_freep) Link *link = calloc(1, sizeof(Link));
        int r;

        if (!link)
                return -ENOMEM;
        link->fd = -EBADF;

        r = connect_to_any(url, &link->fd, reterr);
        if (r >= 0 && url->is_tls)
                r = start_tls(link, url->host, ca, reterr);
        if (r < 0)
                return r;

        *ret = TAKE(link);
        return 0;
}

Link *link_free(Link *link) {
        if (!link)
                return NULL;

        if (link->session)
                gnutls_deinit(link->session);
        if (link->trust)
                gnutls_certificate_free_credentials(link->trust);
        (void) fd_close(link->fd);
        free(link);
        return NULL;
}

static ssize_t result_of(const Link *link, ssize_t n) {
        if (n >= 0)
                return n;
        if (!link->session)
                return -errno;
        return n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED ? -EAGAIN : -EPROTO;
}

ssize_t link_read(Link *link, void *data, size_t size) {
        if (link->session)
                return result_of(link, gnutls_record_recv(link->session, data, size));
        return result_of(link, recv(link->fd, data, size, 0));
}

ssize_t link_write(Link *link, const void *data, size_t size) {
        if (link->session)
                return result_of(link, gnutls_record_send(link->session, data, size));
        return result_of(link, send(link->fd, data, size, MSG_NOSIGNAL));
}

int link_unblock(Link *link) {
        return set_blocking(link->fd, false);
}

int link_fd(const Link *link) {
        return link->fd;
}

bool link_has_more(const Link *link) {
        return link->session && gnutls_record_check_pending(link->session) > 0;
}
