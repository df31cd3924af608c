/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Times calls of the service and of its peers in turn, over one connection to the system bus; see
 * bench.h. Knows nothing of medians and bars, that is bench/run.py.
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "smtp-restrictions/smtp-restrictions.h"

#define CALL_TIMEOUT_USEC (60 * USEC_PER_SEC)
#define ROUND_NSEC        (120 * NSEC_PER_MSEC)

void die(const char *format, ...) {
        va_list arguments;

        va_start(arguments, format);
        vfprintf(stderr, format, arguments);
        va_end(arguments);
        fputc('\n', stderr);
        exit(EXIT_FAILURE);
}

void check(int r, const char *what) {
        if (r < 0)
                die("%s: %s", what, strerror(-r));
}

uint64_t now_nsec(void) {
        struct timespec now;

        check(clock_gettime(CLOCK_MONOTONIC, &now), "clock_gettime");
        return (uint64_t) now.tv_sec * NSEC_PER_SEC + (uint64_t) now.tv_nsec;
}

/* ---- calls of the service ---- */

sd_bus_message *service_call(sd_bus *bus, const char *member) {
        sd_bus_message *call;

        check(sd_bus_message_new_method_call(
                              bus,
                              &call,
                              SMTP_RESTRICTIONS_BUS_NAME,
                              SMTP_RESTRICTIONS_PATH,
                              SMTP_RESTRICTIONS_INTERFACE,
                              member),
              member);
        return call;
}

void service_send(sd_bus *bus, sd_bus_message *call) {
        CLEANUP(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

        if (sd_bus_call(bus, call, CALL_TIMEOUT_USEC, &error, &reply) < 0)
                die("%s: %s", sd_bus_message_get_member(call), error.message);
}

void service_call_plain(sd_bus *bus, const char *member) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = service_call(bus, member);

        service_send(bus, call);
}

/* Another value every time: an equal one would change nothing. */
static void set_limits(sd_bus *bus, unsigned number) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = service_call(bus, "SetMailLimits");

        check(sd_bus_message_append(
                              call,
                              "a{sv}",
                              1,
                              SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_MAX,
                              "u",
                              30 + number % 2),
              "SetMailLimits");
        service_send(bus, call);
}

static void read_hostname(sd_bus *bus) {
        CLEANUP(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

        if (sd_bus_call_method(
                            bus,
                            "org.freedesktop.hostname1",
                            "/org/freedesktop/hostname1",
                            "org.freedesktop.DBus.Properties",
                            "GetAll",
                            &error,
                            &reply,
                            "s",
                            "org.freedesktop.hostname1") < 0)
                die("hostname1: %s", error.message);
}

static void time_one(sd_bus *bus, const char *name, unsigned number) {
        uint64_t begin = now_nsec();

        if (strcmp(name, "enable") == 0)
                service_call_plain(bus, "Enable");
        else if (strcmp(name, "disable") == 0)
                service_call_plain(bus, "Disable");
        else if (strcmp(name, "status") == 0)
                service_call_plain(bus, "Status");
        else if (strcmp(name, "limits") == 0)
                set_limits(bus, number);
        else if (strcmp(name, "hostname") == 0)
                read_hostname(bus);
        else if (strcmp(name, "exim-ask") == 0)
                exim_ask();
        else if (strcmp(name, "exim-change") == 0)
                exim_change(bus);
        else
                die("nothing is called %s", name);

        printf("%s %" PRIu64 "\n", name, now_nsec() - begin);
}

/* calls ROUNDS NAME...: each of them once a round, in this order. */
static void run_calls(sd_bus *bus, unsigned rounds, char *names[]) {
        unsigned number = 0;

        for (unsigned round = 0; round < rounds; round++)
                for (char **name = names; *name; name++) {
                        time_one(bus, *name, number++);
                        if (strcmp(*name, "limits") == 0 || strcmp(*name, "exim-change") == 0)
                                exim_settle();
                }
}

static void append_names(sd_bus_message *call, unsigned count) {
        check(sd_bus_message_open_container(call, 'e', "sv"), "SetPolicy");
        check(sd_bus_message_append(call, "s", SMTP_RESTRICTIONS_KEY_ALLOWED_USERS), "SetPolicy");
        check(sd_bus_message_open_container(call, 'v', "as"), "SetPolicy");
        check(sd_bus_message_open_container(call, 'a', "s"), "SetPolicy");
        for (unsigned i = 1; i <= count; i++) {
                char name[32];

                snprintf(name, sizeof(name), "bench%u", i);
                check(sd_bus_message_append(call, "s", name), "SetPolicy");
        }
        for (unsigned depth = 0; depth < 3; depth++)
                check(sd_bus_message_close_container(call), "SetPolicy");
}

/* allow COUNT [VERDICT]: AllowedUsers are bench1 to benchCOUNT; what port 25 is for others. */
static void run_allow(sd_bus *bus, unsigned count, const char *verdict) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = service_call(bus, "SetPolicy");
        uint64_t begin;

        check(sd_bus_message_open_container(call, 'a', "{sv}"), "SetPolicy");
        append_names(call, count);
        if (verdict)
                check(sd_bus_message_append(
                                      call,
                                      "{sv}",
                                      SMTP_RESTRICTIONS_KEY_PORT_VERDICTS,
                                      "a{qs}",
                                      3,
                                      25,
                                      verdict,
                                      465,
                                      "reject",
                                      587,
                                      "reject"),
                      "SetPolicy");
        check(sd_bus_message_close_container(call), "SetPolicy");

        begin = now_nsec();
        service_send(bus, call);
        printf("allow %" PRIu64 "\n", now_nsec() - begin);
}

static void count_once(const char *name, const Connecting *what, uint64_t nsec) {
        ConnectionCounts counts = connections_count(what, nsec);

        printf("%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
               name,
               counts.opened,
               counts.refused,
               counts.failed,
               counts.nsec);
}

/* rates ROUNDS USER ADDRESS PORT PROCESSOR: with the restriction on and off, and in the other order
 * in every second round, as a machine that gets slower would favour one of them. */
static void run_rates(sd_bus *bus, unsigned rounds, const Connecting *what) {
        for (unsigned round = 0; round < rounds; round++) {
                bool on_first = round % 2 == 0;

                if (round == 0)
                        service_call_plain(bus, "Enable");
                count_once(on_first ? "on" : "off", what, ROUND_NSEC);
                service_call_plain(bus, on_first ? "Disable" : "Enable");
                count_once(on_first ? "off" : "on", what, ROUND_NSEC);
        }
        service_call_plain(bus, "Enable");
}

static unsigned parse_number(const char *text, unsigned max) {
        char *end;
        unsigned long value = strtoul(text, &end, 10);

        if (*text == '\0' || *end != '\0' || value > max)
                die("%s is no number of at most %u", text, max);
        return (unsigned) value;
}

/* USER ADDRESS PORT PROCESSOR */
static Connecting parse_connecting(char *words[]) {
        return (Connecting){
                .user = words[0],
                .address = words[1],
                .port = (uint16_t) parse_number(words[2], UINT16_MAX),
                .processor = parse_number(words[3], CONNECTING_ANYWHERE),
        };
}

int main(int argc, char *argv[]) {
        CLEANUP(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;

        if (argc == 3 && strcmp(argv[1], "accept") == 0)
                connections_accept((uint16_t) parse_number(argv[2], UINT16_MAX));

        check(sd_bus_open_system(&bus), "system bus");
        if (argc > 3 && strcmp(argv[1], "calls") == 0)
                run_calls(bus, parse_number(argv[2], 100000), argv + 3);
        else if ((argc == 3 || argc == 4) && strcmp(argv[1], "allow") == 0)
                run_allow(bus, parse_number(argv[2], SMTP_RESTRICTIONS_ALLOWED_USERS_MAX), argv[3]);
        else if (argc == 4 && strcmp(argv[1], "exceptions") == 0)
                rules_time_exceptions(bus, parse_number(argv[2], 1000), argv[3]);
        else if (argc == 2 && strcmp(argv[1], "repair") == 0)
                rules_time_repair(bus);
        else if (argc == 7 && strcmp(argv[1], "rates") == 0) {
                const Connecting what = parse_connecting(argv + 3);

                run_rates(bus, parse_number(argv[2], 1000), &what);
        } else if (argc == 7 && strcmp(argv[1], "rate") == 0) {
                const Connecting what = parse_connecting(argv + 3);

                count_once("rate", &what, parse_number(argv[2], 60000) * NSEC_PER_MSEC);
        } else
                die("usage: %s accept PORT | calls ROUNDS NAME... | allow COUNT [VERDICT] |\n"
                    "       rates ROUNDS USER ADDRESS PORT PROCESSOR |\n"
                    "       rate MSEC USER ADDRESS PORT PROCESSOR |\n"
                    "       exceptions ROUNDS SUBJECT | repair",
                    argv[0]);

        return EXIT_SUCCESS;
}
