/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * How fast an Exim configuration is edited and stripped again, and how much memory that takes:
 * bench-edit LINES. Prints "edit BYTES NSEC" (both together, the median of the rounds) and "memory
 * BYTES PEAK", where the peak includes the text itself. In a program of its own, so that nothing
 * else has used memory.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "exim/edit.h"
#include "util/fd.h"
#include "util/text.h"

#define ROUNDS    21
#define LINES_MAX 10000000

static _Noreturn void die(const char *words) {
        (void) fprintf(stderr, "bench-edit: %s\n", words);
        exit(EXIT_FAILURE);
}

static void must(int r, const char *what) {
        if (r != 0)
                die(what);
}

/* A main section of a third of the lines with an option in its middle, then ACLs. */
static void make_text(unsigned lines, Text *text) {
        unsigned options = lines / 3;

        for (unsigned i = 0; i < lines; i++) {
                if (i == options / 2)
                        text_append_string(text, "smtp_accept_max = 20\n");
                else if (i == options)
                        text_append_string(text, "begin acl\n");
                else if (i % 4 == 0)
                        text_append_format(text, "# what the lines below say, and why (%u)\n", i);
                else if (i % 4 == 1 && i < options)
                        text_append_format(text, "domainlist d%u = a%u.example : \\\n", i, i);
                else if (i < options)
                        text_append_format(text, "  b%u.example\n", i);
                else if (i % 4 == 1)
                        text_append_format(text, "  deny    domains = a%u.example\n", i);
                else
                        text_append_format(text, "          message = not for you, number %u\n", i);
        }
}

static void edit_and_strip(const char *text, size_t size, const EximSettings *settings) {
        CLEANUP(exim_stripped_done) EximStripped back = {};
        CLEANUP(freep) char *edited = NULL;
        EximEditPlace place = {};
        size_t edited_size;

        must(exim_edit(text, size, settings, &edited, &edited_size, &place), "edit");
        must(exim_strip(edited, edited_size, &back, &place), "strip");
        if (back.size != size || memcmp(back.text, text, size) != 0)
                die("strip does not give back what edit was given");
}

/* Of work, whatever else the machine does. */
static uint64_t cpu_nsec(void) {
        struct timespec now;

        must(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), "clock");
        return (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec;
}

static int compare(const void *a, const void *b) {
        const uint64_t *left = a, *right = b;

        return *left < *right ? -1 : *left > *right;
}

/* A field of /proc/self/status in bytes. */
static size_t status_field(const char *name) {
        FILE *file = fopen("/proc/self/status", "re");
        unsigned long kilobytes;
        char line[256];
        size_t found = 0;

        while (file && fgets(line, sizeof(line), file))
                if (strncmp(line, name, strlen(name)) == 0 &&
                    sscanf(line + strlen(name), ": %lu", &kilobytes) == 1)
                        found = kilobytes * 1024;
        if (file)
                (void) fclose(file);
        if (found == 0)
                die("/proc/self/status has no such field");
        return found;
}

static void reset_peak(void) {
        FILE *file = fopen("/proc/self/clear_refs", "we");

        if (!file || fputs("5", file) < 0 || fclose(file) != 0)
                die("/proc/self/clear_refs");
}

int main(int argc, char *argv[]) {
        CLEANUP(text_done) Text text = {};
        MailLimits limits = {};
        uint64_t times[ROUNDS];
        unsigned long lines = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
        size_t before;

        if (lines < 10 || lines > LINES_MAX)
                die("usage: bench-edit LINES");
        make_text((unsigned) lines, &text);
        must(mail_limits_set(&limits, MAIL_LIMIT_SMTP_ACCEPT_MAX, 50, NULL), "limit");
        must(mail_limits_set(&limits, MAIL_LIMIT_RECIPIENTS_MAX, 100, NULL), "limit");

        const EximSettings settings = exim_settings_of_limits(&limits);

        reset_peak();
        before = status_field("VmRSS");
        edit_and_strip(text.data, text.size, &settings);
        printf("memory %zu %zu\n", text.size, text.size + status_field("VmHWM") - before);

        for (unsigned i = 0; i < ROUNDS; i++) {
                uint64_t begin = cpu_nsec();

                edit_and_strip(text.data, text.size, &settings);
                times[i] = cpu_nsec() - begin;
        }
        qsort(times, ROUNDS, sizeof(times[0]), compare);
        printf("edit %zu %" PRIu64 "\n", text.size, times[ROUNDS / 2]);
        return EXIT_SUCCESS;
}
