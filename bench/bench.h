/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What bench/run.py has measured inside a host: one program, so that no start of a process is in a
 * figure. Every figure is a line on standard output: what it is, then numbers. Failures end the
 * program: a benchmark has nothing to mend.
 */

#include <systemd/sd-bus.h>

#include "util/macro.h"

#define NSEC_PER_SEC  ((uint64_t) 1000000000)
#define NSEC_PER_MSEC ((uint64_t) 1000000)

/* Print the words and end the program. */
_Noreturn void die(const char *format, ...) PRINTF_LIKE(1, 2);

/* The same with strerror() behind the words, if r is negative. */
void check(int r, const char *what);

uint64_t now_nsec(void); /* CLOCK_MONOTONIC */

/* A call of the service, to be unreferenced; sent and answered, or the program ends; both, without
 * arguments. */
sd_bus_message *service_call(sd_bus *bus, const char *member);
void service_send(sd_bus *bus, sd_bus_message *call);
void service_call_plain(sd_bus *bus, const char *member);

/* What Exim takes to say which version and values it has. */
void exim_ask(void);

/*
 * What Exim itself takes for new settings on Debian: text made from its parts (unless there is a
 * file written by hand) and checked, values asked, reload by systemd until the job is done and the
 * listening sockets are new ones.
 */
void exim_change(sd_bus *bus);

/* Wait until a daemon that has just reloaded answers again, so that rounds do not meet its work. */
void exim_settle(void);

/* Accept and close, until somebody kills it. */
_Noreturn void connections_accept(uint16_t port);

typedef struct Connecting {
        const char *user;
        const char *address;
        uint16_t port;
        unsigned processor; /* where the connecting side runs */
} Connecting;

/* The accepting side's processor is the second one. Apart, as two machines, what counts is how long
 * a connection takes; beside it, how much work both sides have with it. Anywhere: as any other
 * program, where others are to have their turn. */
enum { CONNECTING_APART = 0, CONNECTING_BESIDE = 1, CONNECTING_ANYWHERE = 2 };

typedef struct ConnectionCounts {
        uint64_t opened;
        uint64_t refused;
        uint64_t failed; /* by anything else */
        uint64_t nsec;
} ConnectionCounts;

/* Open one connection after the other for so long. */
ConnectionCounts connections_count(const Connecting *what, uint64_t nsec);

/* Allow the subject ("user:NAME") what it may not, and take it back, so often. A line each: until
 * the kernel had it, until it was answered. */
void rules_time_exceptions(sd_bus *bus, unsigned rounds, const char *subject);

/* Somebody flushes all rules. A line: when each change behind that was committed. */
void rules_time_repair(sd_bus *bus);
