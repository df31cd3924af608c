/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A small world for the firewall: this process becomes the server, alone in a new network
 * namespace, with a local MTA; a child in another namespace is the remote mail server, at the other
 * end of a veth pair. Needs root. Asserts that everything works; nothing outlives the process.
 */

#include <stdatomic.h>
#include <sys/socket.h>

#include "firewall/firewall.h"

#define WORLD_SERVER_V4 "203.0.113.1"
#define WORLD_SERVER_V6 "2001:db8::1"
#define WORLD_REMOTE_V4 "203.0.113.25"
#define WORLD_REMOTE_V6 "2001:db8::25"

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
} Seen;

typedef struct World {
        pid_t remote_pid; /* owned */
        pid_t local_pid;  /* owned */
        Seen *remote;
        Seen *local;
} World;

void world_init(World *world);

/* A TCP socket as a process of that user and group makes it. Gives up after 2 s. */
int world_socket(sa_family_t family, uid_t uid, gid_t gid);

typedef struct Outcome {
        int error;         /* errno of connect(); 0: connected */
        double msec;       /* that connect() took */
        char greeting[80]; /* what the other side said: "220 remote PEER", "220 local PEER" */
} Outcome;

/* Connect, read the greeting, close. The address decides on the family. */
Outcome world_try(uid_t uid, gid_t gid, const char *address, uint16_t port);
/* Connect and keep. Asserts that it worked and that it was the remote who answered. */
int world_open(uid_t uid, gid_t gid, const char *address, uint16_t port);
/* connect() to a textual address. Returns 0 or an errno. */
int world_connect(int fd, const char *address, uint16_t port);

/* Wait, for at most 10 s, until the counter is at least that. */
void world_await(atomic_uint *counter, unsigned at_least);

/* Run as the administrator would with nft(8). Asserts that it worked. */
void world_nft(const char *text);
/* The text that nft(8) lists of our table, with handles; the caller frees. */
char *world_list(void);

/* Connections, made and reset without pause by a child as that user, to both addresses of the
 * remote, until world_storm_end(), which returns how many were tried. *ret_refused: of these. */
typedef struct Storm {
        pid_t pid;
        struct StormSeen *seen;
} Storm;

Storm world_storm_begin(uid_t uid, uint16_t port);
unsigned world_storm_end(Storm *storm, unsigned *ret_refused);

/* Policy and facts: root, the MTA and one group may connect. Port 25 redirect, 465 and 587 reject.
 */
typedef struct Setup {
        Firewall *firewall; /* owned */
        Policy policy;
        HostFacts facts;
        Digest digest; /* of the last setup_apply() */
        uint32_t generation;
} Setup;

/* Begins without a table. */
void setup_init(Setup *setup);
void setup_done(Setup *setup);
void setup_reject_all(Setup *setup);
void setup_allow(Setup *setup, uint32_t uid);
/* Asserts that it worked. */
void setup_apply(Setup *setup);
/* Is this Problem what firewall_verify() reports, and no other? */
bool setup_has_problem(Setup *setup, ProblemId id);
bool setup_has_no_problem(Setup *setup);
RulesetCounters setup_counters(void);
