/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A small world for the firewall: this process becomes the server, alone in a new network
 * namespace, with a local MTA; a child in another namespace is the remote mail server, at the other
 * end of a veth pair. Needs root. Asserts that everything works; nothing outlives the process.
 */

#include <stdatomic.h>
#include <sys/socket.h>

#include "util/macro.h"

#define WORLD_SERVER_V4 "203.0.113.1"
#define WORLD_SERVER_V6 "2001:db8::1"
#define WORLD_REMOTE_V4 "203.0.113.25"
#define WORLD_REMOTE_V6 "2001:db8::25"

/* The remote answers for these networks as well. */
#define WORLD_NETWORK_V4 "198.51.100.0/24"
#define WORLD_NETWORK_V6 "2001:db8:100::/48"

#define UID_MTA     101  /* allowed */
#define UID_REFUSED 1000 /* not */
#define GID_ALLOWED 38
#define GID_OTHER   1000

/* What a mail server has seen; shared with the child that plays it. Port 587 of each reads slowly,
 * through a small window. */
typedef struct Seen {
        atomic_uint accepted; /* connections */
        atomic_uint ended;    /* of these */
        atomic_size_t bytes;  /* received over the connection that ended last */
        atomic_bool clean;    /* and it ended with FIN */
        unsigned own;         /* accepted for world_count_accepted() */
        const char *v4;
        const char *v6;
} Seen;

typedef struct World {
        pid_t remote_pid; /* owned */
        pid_t local_pid;  /* owned */
        Seen *remote;
        Seen *local;
} World;

void world_init(World *world);

typedef struct WorldTest {
        const char *name; /* "/path/of/the-claim" */
        void (*run)(void);
} WorldTest;

/* main() of a test program: makes the world and runs the tests in it. Return: the exit status. */
int world_run_tests(World *world, int argc, char *argv[], const WorldTest tests[], size_t count);

pid_t world_fork(void);         /* the child does not outlive this process */
void *world_share(size_t size); /* memory, with children */

/* A TCP socket as a process of that user and group makes it. Patient for 10 s. */
int world_socket(sa_family_t family, uid_t uid, gid_t gid);

typedef struct Outcome {
        int error;         /* errno of connect(); 0: connected */
        char greeting[80]; /* what the other side said: "220 remote PEER", "220 local PEER" */
} Outcome;

/* Connect, read the greeting, close. The address decides on the family. */
Outcome world_try(uid_t uid, gid_t gid, const char *address, uint16_t port);
/* Asserts that the other side answers so. */
void world_assert_reaches(
                uid_t uid, gid_t gid, const char *address, uint16_t port, const char *greeting);
/* Asserts that an answer comes, and that it is a refusal: nobody is left to wait for an end. */
void world_assert_refused(uid_t uid, gid_t gid, const char *address, uint16_t port);
/* Connect and keep. Asserts that the remote answered. */
int world_open(uid_t uid, gid_t gid, const char *address, uint16_t port);
int world_connect(int fd, const char *address, uint16_t port); /* returns 0 or an errno */

/*
 * How many connections have reached the server, without the two of its own that this makes to be
 * sure that no other is still waiting to be accepted. Port 25; it must be reachable for root.
 */
unsigned world_count_accepted(Seen *seen);

/* Wait, for at most 10 s, until the counter is at least that. */
void world_await(atomic_uint *counter, unsigned at_least);

/* Run as the administrator would with nft(8). Asserts that it worked. */
void world_nft(const char *text);
/* The text that nft(8) lists of our table, with handles; the caller frees. */
char *world_list(void);
/* Packets of a named counter, as "inet TABLE NAME". */
uint64_t world_read_counter(const char *counter);
/* Without handles, counters and clocks. */
char *world_list_stable(void);
