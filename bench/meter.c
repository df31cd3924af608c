/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * bench-meter METERD [plain]: how many decisions a second does the real meter make, over its
 * socket, from 50 connections at a time, with a million subjects that have sent something in the
 * last hour, each with limits of its own? "plain": without those. Prints one line of figures, after
 * the bars that they are held against.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <nettle/base64.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "meter/store-subjects.h"
#include "util/fd.h"
#include "util/now.h"
#include "util/text.h"

#define SUBJECTS    1000000
#define CONNECTIONS 50
#define SECONDS     10
#define DECISIONS   5000000 /* that are measured at most */
#define RECORDS_MAX 50000   /* in one transaction */

typedef struct Place {
        char top[64];
        char socket[96];
        char state[96];
        char run[96];
} Place;

static void die(const char *what) {
        perror(what);
        exit(EXIT_FAILURE);
}

static void make_place(Place *place) {
        (void) snprintf(place->top, sizeof(place->top), "/var/tmp/bench-meter-XXXXXX");
        if (!mkdtemp(place->top))
                die("mkdtemp");
        (void) snprintf(place->socket, sizeof(place->socket), "%s/socket", place->top);
        (void) snprintf(place->state, sizeof(place->state), "%s/state", place->top);
        (void) snprintf(place->run,
                        sizeof(place->run),
                        "/dev/shm/%s",
                        strrchr(place->top, '/') + 1);
        if (mkdir(place->state, 0700) < 0 || mkdir(place->run, 0700) < 0)
                die("mkdir");
}

/* One message each, half of them domains of local users, half mailboxes with theirs. */
static void fill_store(const Place *place) {
        CLEANUP(store_freep) Store *store = NULL;
        uint32_t now = (uint32_t) (now_read_usec(CLOCK_REALTIME) / USEC_PER_SEC);
        char path[128];
        int r;

        (void) snprintf(path, sizeof(path), "%s/counts", place->state);
        r = store_open(path, STORE_DURABLE, &store);
        for (uint32_t i = 0; i < SUBJECTS / 2 && r == 0; i++) {
                char domain[32], mailbox[48];
                MeterRecord record = {
                        .state = RECORD_COUNTED,
                        .time_sec = now - 3000 + i / 200,
                        .recipients = 1,
                        .names = { domain, mailbox, "" },
                };

                (void) snprintf(domain, sizeof(domain), "d%06" PRIu32 ".example", i);
                (void) snprintf(mailbox, sizeof(mailbox), "info@d%06" PRIu32 ".example", i);
                (void) snprintf(record.id, sizeof(record.id), "%06" PRIu32 "-000000-2M", i);
                if (i % RECORDS_MAX == 0)
                        r = store_begin(store);
                if (r == 0)
                        r = store_put_counted(store, &record);
                if (r == 0 && i % RECORDS_MAX == RECORDS_MAX - 1)
                        r = store_commit(store);
        }
        if (r != 0) {
                errno = r < 0 ? -r : EIO;
                die("store");
        }
}

/* In order of their keys, as nobody sets them one by one: LMDB's pages are full then. */
static void fill_subjects(const Place *place) {
        static const SubjectKind kinds[] = { SUBJECT_DOMAIN, SUBJECT_MAILBOX };
        CLEANUP(store_freep) Store *store = NULL;
        char path[128], name[48];
        int r;

        (void) snprintf(path, sizeof(path), "%s/subjects", place->state);
        r = store_open(path, STORE_SUBJECTS, &store);
        for (size_t kind = 0; kind < ELEMENTS_OF(kinds); kind++)
                for (uint32_t i = 0; i < SUBJECTS / 2 && r == 0; i++) {
                        const SubjectSettings settings = { .limits = { 2000 + i, 9000 } };

                        (void) snprintf(name,
                                        sizeof(name),
                                        "%sd%06" PRIu32 ".example",
                                        kinds[kind] == SUBJECT_MAILBOX ? "info@" : "",
                                        i);
                        if (i % RECORDS_MAX == 0)
                                r = store_begin(store);
                        if (r == 0)
                                r = store_put_subject(store, kinds[kind], name, &settings);
                        if (r == 0 && i % RECORDS_MAX == RECORDS_MAX - 1)
                                r = store_commit(store);
                }
        if (r != 0) {
                errno = r < 0 ? -r : EIO;
                die("subjects");
        }
}

static void fill_config(const Place *place) {
        CLEANUP(freep) char *path = string_format("%s/meter.json", place->top);
        CLEANUP(freep) char *log = string_format("%s/mainlog", place->top);
        FILE *file = path ? fopen(path, "we") : NULL;

        if (!file || !log)
                die("fopen");
        (void) fprintf(file,
                       "{\"version\": 1, \"exim_uid\": 0, \"log\": \"%s\", \"limits\": {"
                       "\"HourlyRecipientsPerDomain\": 1000, \"DailyRecipientsPerDomain\": 5000, "
                       "\"HourlyRecipientsPerMailbox\": 1000, \"HourlyRecipientsPerUser\": "
                       "10000000}}",
                       log);
        if (fclose(file) != 0)
                die("fclose");
        file = fopen(log, "we");
        if (!file || fclose(file) != 0)
                die("mainlog");
}

static struct sockaddr_un address_of(const Place *place) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        memcpy(address.sun_path, place->socket, strlen(place->socket) + 1);
        return address;
}

static pid_t start(const Place *place, const char *program) {
        struct sockaddr_un address = address_of(place);
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        char config[128], pid[32];
        pid_t child;

        if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0 ||
            listen(fd, 1024) < 0)
                die("socket");

        (void) snprintf(config, sizeof(config), "%s/meter.json", place->top);
        child = fork();
        if (child < 0)
                die("fork");
        if (child > 0)
                return child;

        (void) snprintf(pid, sizeof(pid), "%ld", (long) getpid());
        /* onto itself it would stay one that is closed */
        if (fd == 3 ? fcntl(3, F_SETFD, 0) < 0 : dup2(fd, 3) < 0)
                die("dup2");
        if (setenv("LISTEN_PID", pid, 1) < 0 || setenv("LISTEN_FDS", "1", 1) < 0 ||
            setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent", 1) < 0 ||
            setenv("STATE_DIRECTORY", place->state, 1) < 0 ||
            setenv("RUNTIME_DIRECTORY", place->run, 1) < 0)
                die("setenv");
        (void) execl(program, program, "-c", config, (char *) NULL);
        die(program);
        return -1;
}

/* One question that is on its way. */
typedef struct Slot {
        int fd;
        uint64_t since_usec;
} Slot;

typedef struct Run {
        const Place *place;
        int epoll_fd;
        Slot slots[CONNECTIONS];
        uint32_t asked;
        uint32_t answered;
        uint32_t refused;
        uint32_t *took_usec;
} Run;

static void ask(Run *run, uint32_t slot_number) {
        struct sockaddr_un address = address_of(run->place);
        struct epoll_event event = { .events = EPOLLIN, .data.u32 = slot_number };
        Slot *slot = &run->slots[slot_number];
        uint32_t number = run->asked++;
        char line[256], sender[32], encoded[BASE64_ENCODE_RAW_LENGTH(sizeof(sender)) + 1];
        int size;

        /* everywhere in the table, in an order that no cache can foresee */
        size = snprintf(sender,
                        sizeof(sender),
                        "a@d%06" PRIu32 ".example",
                        (uint32_t) (number * UINT64_C(2654435761) % (SUBJECTS / 2)));
        base64_encode_raw(encoded, (size_t) size, (const uint8_t *) sender);
        encoded[BASE64_ENCODE_RAW_LENGTH((size_t) size)] = 0;

        slot->since_usec = now_read_usec(CLOCK_MONOTONIC);
        slot->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (slot->fd < 0 || connect(slot->fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                die("connect");

        size = snprintf(line,
                        sizeof(line),
                        "D %06" PRIu32 "-%06" PRIu32
                        "-3M n=1 z=2000 u=%u h= p=0 la= lp=-1 s=%s a=\n",
                        number % 1000000,
                        number / 1000000,
                        1000 + number % 10000,
                        encoded);
        if (send(slot->fd, line, (size_t) size, MSG_NOSIGNAL) != size ||
            epoll_ctl(run->epoll_fd, EPOLL_CTL_ADD, slot->fd, &event) < 0)
                die("send");
}

static void take_answer(Run *run, uint32_t slot_number) {
        Slot *slot = &run->slots[slot_number];
        char answer[512];
        ssize_t n = recv(slot->fd, answer, sizeof(answer), 0);

        if (n < 0)
                die("recv");
        if (n == 0)
                run->refused++;
        if (run->answered < DECISIONS)
                run->took_usec[run->answered++] =
                                (uint32_t) (now_read_usec(CLOCK_MONOTONIC) - slot->since_usec);
        slot->fd = fd_close(slot->fd);
}

static int compare(const void *a, const void *b) {
        uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;

        return x < y ? -1 : x > y;
}

/* Of the process: what is its own, and with what it has of files. KiB. */
static void read_memory(pid_t pid, unsigned long *ret_own, unsigned long *ret_all) {
        CLEANUP(freep) char *path = string_format("/proc/%ld/status", (long) pid);
        FILE *file = path ? fopen(path, "re") : NULL;
        char line[256];

        *ret_own = *ret_all = 0;
        while (file && fgets(line, sizeof(line), file)) {
                (void) sscanf(line, "RssAnon: %lu", ret_own);
                (void) sscanf(line, "VmRSS: %lu", ret_all);
        }
        if (file)
                (void) fclose(file);
}

static void measure(Run *run, uint64_t until_usec) {
        while (now_read_usec(CLOCK_MONOTONIC) < until_usec) {
                struct epoll_event events[CONNECTIONS];
                int count = epoll_wait(run->epoll_fd, events, CONNECTIONS, 1000);

                for (int i = 0; i < count; i++) {
                        take_answer(run, events[i].data.u32);
                        ask(run, events[i].data.u32);
                }
        }
}

int main(int argc, char *argv[]) {
        Place place;
        Run run = { .place = &place, .epoll_fd = epoll_create1(EPOLL_CLOEXEC) };
        unsigned long own, all, own_ready;
        struct rusage usage;
        double cpu_usec;
        uint64_t begun, ready;
        pid_t meter;

        if (argc < 2 || argc > 3 || (argc == 3 && !string_equal(argv[2], "plain")))
                return 2;
        run.took_usec = calloc(DECISIONS, sizeof(*run.took_usec));
        if (!run.took_usec || run.epoll_fd < 0)
                die("start");

        make_place(&place);
        fill_store(&place);
        if (argc == 2)
                fill_subjects(&place);
        fill_config(&place);
        begun = now_read_usec(CLOCK_MONOTONIC);
        meter = start(&place, argv[1]);

        /* the first answer comes when all is loaded */
        ask(&run, 0);
        (void) recv(run.slots[0].fd, &(char){ 0 }, 1, MSG_PEEK);
        ready = now_read_usec(CLOCK_MONOTONIC);
        take_answer(&run, 0);
        run.answered = 0;
        read_memory(meter, &own_ready, &all);
        for (uint32_t i = 0; i < CONNECTIONS; i++)
                ask(&run, i);
        measure(&run, ready + SECONDS * USEC_PER_SEC);
        read_memory(meter, &own, &all);

        (void) kill(meter, SIGTERM);
        (void) waitpid(meter, NULL, 0);
        (void) getrusage(RUSAGE_CHILDREN, &usage);
        cpu_usec = (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
                   (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
        qsort(run.took_usec, run.answered, sizeof(*run.took_usec), compare);
        (void) printf("bars: 20000 decisions/s, p99 5000 us, 400 MiB\n"
                      "%u decisions/s, p50 %u us, p99 %u us, max %u us, %.1f us of the "
                      "meter's CPU each with its start; %u without an answer; "
                      "ready "
                      "after %u ms; memory %lu MiB, then %lu MiB, with files %lu MiB\n",
                      run.answered / SECONDS,
                      run.took_usec[run.answered / 2],
                      run.took_usec[run.answered - run.answered / 100 - 1],
                      run.took_usec[run.answered - 1],
                      cpu_usec / run.asked,
                      run.refused,
                      (unsigned) ((ready - begun) / USEC_PER_MSEC),
                      own_ready / 1024,
                      own / 1024,
                      all / 1024);
        (void) printf("remove %s and %s\n", place.top, place.run);
        return EXIT_SUCCESS;
}
