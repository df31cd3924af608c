/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/agent.h"
#include "util/fd.h"

#define AGENT_PATH            "/usr/bin/pkttyagent"
#define REGISTERED_AFTER_MSEC 5000

/* In the child; does not return. */
static void run_agent(pid_t parent, int notify_fd) {
        char process[32], notify[32];

        /* it must not outlive us, even if we are killed */
        if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
                _exit(EXIT_FAILURE);
        if (fcntl(notify_fd, F_SETFD, 0) < 0)
                _exit(EXIT_FAILURE);

        (void) snprintf(process, sizeof process, "%d", (int) parent);
        (void) snprintf(notify, sizeof notify, "%d", notify_fd);

        execl(AGENT_PATH,
              AGENT_PATH,
              "--process",
              process,
              "--notify-fd",
              notify,
              "--fallback",
              (char *) NULL);
        _exit(EXIT_FAILURE);
}

/* The agent closes its end when it is registered; so does its death. */
static void wait_for_end_of(int fd) {
        struct pollfd pollfd = { .fd = fd, .events = POLLIN };
        int r;

        do
                r = poll(&pollfd, 1, REGISTERED_AFTER_MSEC);
        while (r < 0 && errno == EINTR);
}

/* For the handler below, which gets no argument: the one exception from "no static state". */
static Agent *agent_at_signal;

/*
 * Ctrl-C at the password: the agent ends first, and then the terminal is as it was; the other way
 * round the agent could switch the echo off behind us. Every call in agent_done() may be made by a
 * handler (signal-safety(7)).
 */
static void on_deadly_signal(int number) {
        agent_done(agent_at_signal);
        (void) raise(number); /* with its default again, as soon as this returns */
}

static void restore_on_signals(Agent *agent) {
        const struct sigaction action = { .sa_handler = on_deadly_signal,
                                          .sa_flags = (int) SA_RESETHAND };

        agent_at_signal = agent;
        (void) sigaction(SIGINT, &action, NULL);
        (void) sigaction(SIGTERM, &action, NULL);
        (void) sigaction(SIGHUP, &action, NULL);
}

void agent_start(Agent *agent) {
        CLEANUP(fd_closep) int read_fd = -EBADF;
        CLEANUP(fd_closep) int write_fd = -EBADF;
        pid_t parent = getpid(), pid;

        if (agent->tried)
                return;
        agent->tried = true;

        if (geteuid() == 0 || !isatty(STDIN_FILENO) || access(AGENT_PATH, X_OK) < 0)
                return;

        if (fd_make_pipe(&read_fd, &write_fd) < 0)
                return;

        agent->terminal_saved = tcgetattr(STDIN_FILENO, &agent->terminal) >= 0;

        pid = fork();
        if (pid < 0)
                return;
        if (pid == 0)
                run_agent(parent, write_fd);

        agent->pid = pid;
        restore_on_signals(agent);
        write_fd = fd_close(write_fd);
        wait_for_end_of(read_fd);
}

void agent_done(Agent *agent) {
        if (agent->pid <= 0)
                return;

        /* a stopped process takes SIGTERM only once it goes on */
        (void) kill(agent->pid, SIGTERM);
        (void) kill(agent->pid, SIGCONT);
        while (waitpid(agent->pid, NULL, 0) < 0 && errno == EINTR)
                continue;
        agent->pid = 0;

        /* the question may have been open still, with the echo off */
        if (agent->terminal_saved)
                (void) tcsetattr(STDIN_FILENO, TCSADRAIN, &agent->terminal);
}
